// Raw deflate by the platform: node:zlib, which bounds its output, so that a small record cannot become a large one.
import { inflateRawSync } from "node:zlib";
import { FormatError } from "../core/errors.js";

/** Inflates raw deflate to exactly `size` bytes. */
export function inflate(packed: Uint8Array, size: number): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
  } catch (cause) {
    throw new FormatError(`Cannot inflate a record: its deflated data is damaged, or longer than the ${size} bytes that it declares`, {
      code: "INFLATE", cause,
    });
  }
  if (bytes.length !== size) {
    throw new FormatError(`Cannot inflate a record: it declares ${size} bytes, its data has ${bytes.length}`, { code: "INFLATE" });
  }
  return bytes;
}
