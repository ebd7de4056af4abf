// The ABI: every export of brine.wasm, each one delegating to the room that does the work. README.md beside this file
// documents them for a host in any language.
export { claim as alloc } from "./base/arena";
export { faultRecord } from "./base/fault";
export { columnTable } from "./base/columns";
export {
  allowGlobal, facts, fed, feed, findEntry, needFrom, needMethod, needSize, needTo, openSource, step,
} from "./read";
export {
  encode, encodeBegin, graphBegin, graphEnd, outAt, outClear, outLength, pickleAt, pickleLength, saveBegin, saveNext,
  savePut, saveRoom, saveSkip,
} from "./write";
export { markOwnTexts } from "./torch/own_texts";
export { takeContents } from "./container/zip_contents";
export { gather } from "./kernel/gather";
export { swap16, swap32, swap64 } from "./kernel/swap";
export { widenBf16, widenF16 } from "./kernel/widen";
export { crc32 } from "./base/crc32";
