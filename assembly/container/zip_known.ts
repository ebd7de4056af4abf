// The records of a checkpoint that have a meaning, by number: `<folder>/<name>` each (reference §2.2, §2.10).
import { sameName } from "./zip_names";

export const R_PICKLE: u32 = 0;
export const R_VERSION: u32 = 1;
export const R_DATA_VERSION: u32 = 2;
export const R_BYTEORDER: u32 = 3;
export const R_FORMAT_VERSION: u32 = 4;
export const R_ALIGNMENT: u32 = 5;
export const R_ID: u32 = 6;
export const R_CONSTANTS: u32 = 7;
/** What stands before the key of a storage. */
export const R_DATA: u32 = 8;

const names: usize = memory.data<u8>([
  100, 97, 116, 97, 46, 112, 107, 108, // data.pkl
  118, 101, 114, 115, 105, 111, 110, // version
  46, 100, 97, 116, 97, 47, 118, 101, 114, 115, 105, 111, 110, // .data/version
  98, 121, 116, 101, 111, 114, 100, 101, 114, // byteorder
  46, 102, 111, 114, 109, 97, 116, 95, 118, 101, 114, 115, 105, 111, 110, // .format_version
  46, 115, 116, 111, 114, 97, 103, 101, 95, 97, 108, 105, 103, 110, 109, 101, 110, 116, // .storage_alignment
  46, 100, 97, 116, 97, 47, // .data/serialization_id
  115, 101, 114, 105, 97, 108, 105, 122, 97, 116, 105, 111, 110, 95, 105, 100,
  99, 111, 110, 115, 116, 97, 110, 116, 115, 46, 112, 107, 108, // constants.pkl
  100, 97, 116, 97, 47, // data/
]);
const starts: usize = memory.data<u8>([0, 8, 15, 28, 37, 52, 70, 92, 105, 110]);

/** Is this the name (within the folder) of a record that reading goes by? Directory entries are not. */
export function isUsedRecord(name: usize, n: u32): bool {
  if (n > 5 && sameName(name, knownName(R_DATA), 5)) return load<u8>(name + n - 1) != 0x2f;
  for (let r: u32 = 0; r < R_DATA; r++) {
    if (knownLength(r) == n && sameName(name, knownName(r), n)) return true;
  }
  return false;
}

export function knownName(r: u32): usize {
  return names + <usize>load<u8>(starts + r);
}

export function knownLength(r: u32): u32 {
  return <u32>load<u8>(starts + r + 1) - <u32>load<u8>(starts + r);
}
