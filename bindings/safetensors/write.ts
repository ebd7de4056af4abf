// The header of a file that is written: byte for byte what the official library writes for the same tensors. They stand by
// dtype, those with wide elements first so that each is aligned, then by name; the header is filled up with spaces to a multiple
// of 8. The library leaves the order of two or more entries of metadata to chance; here they stand as they are given.
import { LimitError } from "../core/errors.js";
import { utf8Bytes } from "../core/text.js";
import { SAFE_DTYPES } from "./dtypes.js";
import { LENGTH_BYTES, MAX_HEADER, METADATA } from "./header.js";

/** A tensor to be written. */
export interface SafeEntry {
  readonly name: string;
  /** The place of its dtype in `SAFE_DTYPES`. */
  readonly dtype: number;
  /** In elements of that dtype. */
  readonly shape: readonly number[];
  readonly nbytes: number;
}

/** Which of two stands first. */
export function compareEntries(a: SafeEntry, b: SafeEntry): number {
  return b.dtype - a.dtype || compareNames(a.name, b.name);
}

/** As their UTF-8 is compared, in which characters beyond U+FFFF come last. */
function compareNames(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Surrogates, which stand for what is beyond U+FFFF, behind everything else. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** The length, and the header of these tensors, whose data follows in this order. */
export function headerBytes(entries: readonly SafeEntry[], metadata: ReadonlyMap<string, string> | null): Uint8Array {
  const members: string[] = [];
  if (metadata !== null) {
    const texts = Array.from(metadata, ([key, text]) => `${JSON.stringify(key)}:${JSON.stringify(text)}`);
    members.push(`"${METADATA}":{${texts.join(",")}}`);
  }
  let end = 0;
  for (const { name, dtype, shape, nbytes } of entries) {
    const begin = end;
    end += nbytes;
    members.push(`${JSON.stringify(name)}:{"dtype":"${SAFE_DTYPES[dtype].name}","shape":[${shape.join(",")}],"data_offsets":[${begin},${end}]}`);
  }
  const json = utf8Bytes(`{${members.join(",")}}`);
  const length = Math.ceil(json.length / LENGTH_BYTES) * LENGTH_BYTES;
  if (length > MAX_HEADER) {
    throw new LimitError(`The names of ${entries.length} tensors make a header of ${length} bytes; the format allows ${MAX_HEADER}`, {
      code: "LIMIT_HEADER", found: length, limit: MAX_HEADER,
    });
  }
  const bytes = new Uint8Array(LENGTH_BYTES + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, LENGTH_BYTES);
  return bytes;
}
