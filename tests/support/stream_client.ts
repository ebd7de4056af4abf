// A process that streams a checkpoint of huge.ts, or loads it as a stream, and tells what it saw and what memory it took:
//   node stream_client.js URL tensors|chunks|load
import { load, stream, type Dict, type Tensor } from "../../bindings/index.js";
import { byteOf } from "./huge.js";

/** What it prints, as JSON. */
export interface Streamed {
  readonly tensors: number;
  readonly bytes: number;
  /** The largest resident set of the process so far, in bytes. */
  readonly peak: number;
  readonly ms: number;
}

const [url, how] = process.argv.slice(2);
const began = performance.now();
let tensors = 0;
let bytes = 0;
let index = 0;

function check(part: Uint8Array, offset: number): void {
  for (const at of [0, part.length >> 1, part.length - 1]) {
    if (part[at] !== byteOf(index, offset + at)) throw new Error(`Byte ${offset + at} of tensor ${index} is ${part[at]}`);
  }
  bytes += part.length;
}

if (how === "chunks") {
  for await (const [name, part] of stream(url, { chunks: true })) {
    if (name !== `layer.${index}`) throw new Error(`Found "${name}"`);
    check(part.bytes, part.offset);
    if (!part.last) continue;
    tensors++;
    index++;
  }
} else if (how === "load") {
  const { body } = await fetch(url);
  for (const [name, tensor] of await load<Dict<string, Tensor>>(body!)) { // an answer to GET has one
    if (name !== `layer.${index}`) throw new Error(`Found "${name}"`);
    check(tensor.storage.bytes, 0);
    tensors++;
    index++;
  }
} else {
  for await (const [name, tensor] of stream(url)) {
    if (name !== `layer.${index}`) throw new Error(`Found "${name}"`);
    check(tensor.storage.bytes, 0);
    tensors++;
    index++;
  }
}
const streamed: Streamed = { tensors, bytes, peak: process.resourceUsage().maxRSS * 1024, ms: performance.now() - began };
console.log(JSON.stringify(streamed));
