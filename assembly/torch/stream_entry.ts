// Where the bytes of a storage stand in a stream or a tar: behind an i64 count of its elements. That is a row of ENTRIES, so
// that whoever reads storages of a zip can read these:
//
//   name   the key          header   the count in front of the content          size, packed   bytes of the content
import { claim } from "../base/arena";
import { columnAt, columnCount, setColumnCount } from "../base/columns";
import { kindOf } from "../base/graph";
import {
  C_ENTRIES, C_STORAGES, E_FORM, E_HEADER, E_NAME, E_NAME_LENGTH, E_PACKED, E_SIZE, E_WORDS, FORM_STREAM, S_ENTRY, S_KEY, S_NBYTES,
  S_WORDS,
} from "../shared/columns";
import { isTextKind, storageKey, storageKeyLength } from "./storages";

/** The count of elements in front of each content. */
export const COUNT_BYTES: u64 = 8;

/**
 * Gives the storage `row`, which is no view and whose count stands at byte `place`, its entry; the column has room for one.
 * False: no memory. The text of a key stays where the file has it; digits of a key that is a number are copied, since the
 * next number is written over them.
 */
export function addStreamEntry(row: u32, place: u64): bool {
  const storage = columnAt(C_STORAGES) + <usize>row * (S_WORDS << 2);
  let name = storageKey(row);
  const length = storageKeyLength();
  if (!isTextKind(kindOf(load<u32>(storage, S_KEY << 2)))) {
    const copy = claim(length);
    if (copy == 0) return false;
    memory.copy(copy, name, length);
    name = copy;
  }
  const bytes = load<u64>(storage, S_NBYTES << 2);
  const entry = columnCount(C_ENTRIES);
  const to = columnAt(C_ENTRIES) + <usize>entry * (E_WORDS << 2);
  memory.fill(to, 0, E_WORDS << 2);
  store<u32>(to, <u32>name, E_NAME << 2);
  store<u32>(to, length, E_NAME_LENGTH << 2);
  store<u32>(to, FORM_STREAM, E_FORM << 2);
  store<u64>(to, bytes, E_SIZE << 2);
  store<u64>(to, bytes, E_PACKED << 2);
  store<u64>(to, place, E_HEADER << 2);
  store<u32>(storage, entry, S_ENTRY << 2);
  setColumnCount(C_ENTRIES, entry + 1);
  return true;
}
