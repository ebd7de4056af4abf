// SHA-256, for `--hashes` and for descriptions of bytes. Only the command and the tests come here, which run where
// node:crypto is; a page asks for no hashes.
import { createHash } from "node:crypto";

/** SHA-256 of the bytes, in 64 hexadecimal digits. */
export function sha256(bytes: Uint8Array): string {
  const hash = createHash("sha256");
  // A view of more than 2 GiB is refused by some engines' OpenSSL in one piece.
  const step = 1 << 28;
  for (let at = 0; at < bytes.length; at += step) hash.update(bytes.subarray(at, at + step));
  return hash.digest("hex");
}
