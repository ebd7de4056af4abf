// Arrays of the size that a file or a caller asks for.
import { LimitError } from "./errors.js";

/** Bytes of their own; LimitError where the engine has no such array. */
export function allocate(bytes: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(bytes);
  } catch (cause) {
    throw new LimitError(`Cannot make an array of ${bytes} bytes: more than this engine has, or allows in one array`, {
      code: "ARRAY_BYTES", found: bytes, limit: 4294967296, cause,
    });
  }
}
