// Reading the description of a zip from far away in as few requests as can be: its end, what of the directory the end does
// not hold, and its front with data.pkl. What is found here is only a guess at what the core will ask for. It asks all the
// same, of a source that has kept these ranges; a wrong guess costs a request and is never believed.
import { KeptSource } from "../io/kept.js";
import type { Source } from "../io/source.js";
import { run, type RunOptions, type Steps } from "../io/steps.js";

/** The core looks for the end of a zip in so many bytes, or a few less. */
const TAIL = 65_664;
/** The core reads so many bytes before the directory along with it. */
const BEFORE_DIRECTORY = 16_384;
/** Of a file that is no zip the first bytes tell what it is. */
const HEAD = 16_384;
/** Behind data.pkl stand small records, up to here. */
const BEHIND_PICKLE = 16_384;
/** A record that is no small one. */
const SMALL = 1024;
/** What is kept at most; a larger description is left for the core to ask for. */
const MOST = 32 * 1024 * 1024;

const END = 0x06054b50;
const LOCATOR = 0x07064b50;
const END64 = 0x06064b50;
const ENTRY = 0x02014b50;

/** A source over the same bytes that has those that opening it will ask for. */
export async function readAhead(source: Source, { signal }: RunOptions): Promise<Source> {
  const kept = source instanceof KeptSource ? source : new KeptSource(source);
  await run(lookAhead(kept), kept, { signal }); // nobody watches: what is kept counts when it is asked for
  return kept;
}

function* lookAhead(source: KeptSource): Steps<void> {
  const { size } = source;
  const tailAt = Math.max(0, size - TAIL);
  const tail = yield* keep(source, tailAt, size);
  const end = directoryIn(tail, tailAt);
  if (end === undefined) return void (yield* keep(source, 0, Math.min(size, HEAD)));
  const rest = yield* keep(source, Math.max(0, end.from - BEFORE_DIRECTORY), tailAt);
  const directory = new Uint8Array(end.to - end.from);
  const inTail = Math.max(end.from, tailAt);
  directory.set(tail.subarray(inTail - tailAt, end.to - tailAt), inTail - end.from);
  if (end.from < tailAt) directory.set(rest.subarray(rest.length - (tailAt - end.from)));
  const front = frontOf(new DataView(directory.buffer), end.from);
  yield* keep(source, 0, Math.min(size, HEAD, front.from));
  yield* keep(source, front.from, front.to);
}

/** Reads a range and keeps it. */
function* keep(source: KeptSource, from: number, to: number): Steps<Uint8Array> {
  if (to <= from) return new Uint8Array(0);
  const [bytes] = yield [{ offset: from, length: to - from }];
  source.keep(from, bytes);
  return bytes;
}

/** Where the directory stands, by the last end record in the tail of a file. */
function directoryIn(tail: Uint8Array, tailAt: number): { readonly from: number; readonly to: number } | undefined {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  for (let at = tail.length - 22; at >= 0; at--) {
    if (tail[at] !== 0x50 || view.getUint32(at, true) !== END) continue;
    const is64 = at >= 76 && view.getUint32(at - 20, true) === LOCATOR && view.getUint32(at - 76, true) === END64;
    const to = tailAt + (is64 ? at - 76 : at);
    const bytes = is64 ? Number(view.getBigUint64(at - 76 + 40, true)) : view.getUint32(at + 12, true);
    if (bytes > 0 && bytes <= Math.min(to, MOST)) return { from: to - bytes, to };
  }
  return undefined;
}

/** Where data.pkl stands and the small records behind it, by a directory at byte `end`; nothing where it names none. */
function frontOf(directory: DataView, end: number): { readonly from: number; readonly to: number } {
  let pickle = -1;
  let pickleEnd = 0;
  const large: number[] = [];
  for (let at = 0; at + 46 <= directory.byteLength && directory.getUint32(at, true) === ENTRY;) {
    const name = directory.getUint16(at + 28, true);
    const header = directory.getUint32(at + 42, true);
    const packed = directory.getUint32(at + 20, true);
    if (pickle < 0 && isPickle(directory, at + 46, name)) {
      pickle = header;
      pickleEnd = header + 30 + name + packed + BEHIND_PICKLE;
    } else if (packed > SMALL) large.push(header);
    at += 46 + name + directory.getUint16(at + 30, true) + directory.getUint16(at + 32, true);
  }
  if (pickle < 0 || pickleEnd - pickle > MOST || pickle >= end) return { from: HEAD, to: HEAD };
  let to = Math.min(end, pickleEnd);
  for (const header of large) if (header > pickle && header < to) to = header;
  return { from: pickle <= HEAD ? 0 : pickle, to };
}

/** Is the name of `length` bytes at `at` that of a data.pkl in a folder? */
function isPickle(view: DataView, at: number, length: number): boolean {
  const wanted = "/data.pkl";
  if (length < wanted.length || at + length > view.byteLength) return false;
  for (let i = 0; i < wanted.length; i++) if (view.getUint8(at + length - wanted.length + i) !== wanted.charCodeAt(i)) return false;
  for (let i = 0; i < length - wanted.length; i++) if (view.getUint8(at + i) === 0x2f) return false;
  return true;
}
