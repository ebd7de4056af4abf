// Checkpoints of the stream format made by hand, byte by byte (reference §1.4).
import { latin1 } from "./pickles.js";

const MAGIC = "\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.";
const VERSION = "\x80\x02M\xe9\x03.";
/** As Python 2 wrote it: byte strings, another order. */
const INFO = "\x80\x02}q\x01(U\x10protocol_versionq\x02M\xe9\x03U\ntype_sizesq\x03}q\x04(U\x03intq\x05K\x04U\x05shortq\x06K\x02U\x04longq\x07K\x04uU\rlittle_endianq\x08\x88u.";

/** SHORT_BINSTRING: a str of Python 2. */
export function str2(value: string): string {
  return `U${String.fromCharCode(value.length)}${value}`;
}

/** A storage of the stream: its key, elements, and bytes. */
export interface StreamStorage {
  readonly key: string;
  readonly elements: number;
  readonly bytes: Uint8Array;
}

/** The stream around the pickle of an object (without PROTO and STOP). */
export function streamOf(object: string, storages: readonly StreamStorage[]): Uint8Array {
  const keys = `\x80\x02](${storages.map(({ key }) => str2(key)).join("")}e.`;
  const parts = [latin1(`${MAGIC}${VERSION}${INFO}\x80\x02${object}.${storages.length === 0 ? "\x80\x02]." : keys}`)];
  for (const { elements, bytes } of storages) {
    const count = Buffer.alloc(8);
    count.writeBigInt64LE(BigInt(elements));
    parts.push(count, bytes);
  }
  return Buffer.concat(parts);
}
