// Fetch one storage, or a part of it: rows of a tensor, or a tensor that sees a part of its storage. A part has no CRC of its own, so
// only its place can be checked: the record's header, and its size.
import * as C from "../../assembly/shared/columns.js";
import { NONE } from "../../assembly/shared/status.js";
import type { Steps } from "../io/steps.js";
import type { Archive } from "./archive.js";
import { wide } from "./columns.js";
import { contentStart, fetchStorages, headerBytes, type FetchOptions } from "./fetch.js";
import { ALIGN, refuseUnreadable } from "./plan.js";
import { RecordOffsets } from "./record_offset.js";

/** So many bytes in front of what was asked for may stay in its buffer. */
const FRONT = 4096;

/** The bytes of the storage of a row. */
export function* fetchStorage(archive: Archive, row: number, options: FetchOptions): Steps<Uint8Array> {
  const view = archive.viewOf(row);
  if (view !== null) return (yield* fetchRange(archive, view.root, view.from, view.from + archive.storageBytes(row), options)).slice();
  let found: Uint8Array = new Uint8Array(0);
  yield* fetchStorages(archive, [row], options, (_, bytes, from, nbytes) => {
    found = bytes.subarray(from, from + nbytes);
  });
  return found;
}

/** The bytes of the storage of a row from `from` up to `to`. A deflated or big-endian one is read whole. */
export function* fetchRange(archive: Archive, row: number, from: number, to: number, options: FetchOptions): Steps<Uint8Array> {
  const view = archive.viewOf(row);
  if (view !== null) return yield* fetchRange(archive, view.root, view.from + from, view.from + to, options); // a root is no view
  if (from >= to) return new Uint8Array(0);
  if (options.views !== undefined) return usable(options.views.bytes(row).subarray(from, to), 0);
  const { entries, storages } = archive.columns;
  const entry = storages[row * C.S_WORDS + C.S_ENTRY];
  const w = entry * C.E_WORDS;
  if (entry === NONE || entries[w + C.E_METHOD] !== 0 || options.big) return (yield* fetchStorage(archive, row, options)).slice(from, to);
  refuseUnreadable(archive, entry);
  const tensor = options.nameOf?.(row);
  const header = wide(entries, w + C.E_HEADER);
  const ends = archive.recordEnds;
  if (archive.gap !== undefined) {
    const content = new RecordOffsets(archive).contentOf(entry);
    const end = Math.min(ends[entry], content + to);
    // What begins near the header is read along with it; elsewhere both are asked for at the same time.
    const near = content + from - header <= archive.gap;
    const first = near ? Math.floor(header / ALIGN) * ALIGN : content + from;
    if (end > first) {
      options.planned?.(end - first);
      const [bytes, head] = yield [{ offset: first, length: end - first, tensor }, ...(near ? [] : [{ offset: header, length: headerBytes(archive) }])];
      const start = header + (near ? contentStart(archive, ends, row, bytes, header - first) : contentStart(archive, ends, row, head, 0));
      if (start === content && end === content + to) return usable(bytes, start + from - first);
      const [again] = yield [{ offset: start + from, length: to - from, tensor }]; // the header says otherwise
      return usable(again, 0);
    }
  }
  options.planned?.(to - from);
  const [head] = yield [{ offset: header, length: headerBytes(archive) }];
  const start = header + contentStart(archive, ends, row, head, 0);
  const [bytes] = yield [{ offset: start + from, length: to - from, tensor }];
  return usable(bytes, 0);
}

/** What begins at `at` of a buffer: aligned, and without much that nobody asked for in front. */
function usable(bytes: Uint8Array, at: number): Uint8Array {
  return at > FRONT || (bytes.byteOffset + at) % 8 !== 0 ? bytes.slice(at) : bytes.subarray(at);
}
