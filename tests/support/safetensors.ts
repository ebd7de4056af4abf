// Safetensors files for tests, honest and hostile ones.
import assert from "node:assert/strict";
import { BrineError } from "../../bindings/index.js";

/** Is it the error of this code, at this byte where one is given? For assert.throws and assert.rejects. */
export const code = (expected: string, offset?: number) => (error: unknown): true => {
  assert.ok(error instanceof BrineError, String(error));
  assert.equal(error.code, expected, error.message);
  if (offset !== undefined) assert.equal(error.offset, offset, error.message);
  assert.match(error.message, /^[A-Z].*[^.]$/s);
  return true;
};

/** A file of this header and so many bytes of data. */
export function fileOf(header: string | Uint8Array, data: number = 0, length?: bigint): Uint8Array {
  const json = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + json.length + data);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

/** The header of one tensor. */
export const one = (fields: string, name: string = "a"): string => `{"${name}":{${fields}}}`;
/** What a header says of a tensor of one byte. */
export const U8 = "\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]";

