// Where the content of a record should begin, if PyTorch wrote it: contents are aligned by padding in the extra of the local
// header (reference/torch-serialization.md §2.5, §2.15). It tells how much to read so that header and content come in one
// request; it is used for nothing before the header itself has said the same.
import * as C from "../../assembly/shared/columns.js";
import * as FACT from "../../assembly/shared/facts.js";
import type { Archive } from "./archive.js";
import { wide } from "./columns.js";

const BIG = 0xffffffff;
/** Alignments that the format can hold; another number is none of PyTorch's. */
const MOST = 65_536;

/** Computes where contents begin. */
export class RecordOffsets {
  readonly #archive: Archive;
  readonly #alignment: number;
  readonly #prefix: number;

  constructor(archive: Archive) {
    const stated = archive.fact(FACT.FACT_ALIGNMENT);
    this.#archive = archive;
    this.#alignment = stated >= 1 && stated <= MOST ? stated : 64;
    this.#prefix = archive.fact64(FACT.FACT_PREFIX);
  }

  /** The byte of the source at which the content of an entry should begin. */
  contentOf(entry: number): number {
    const { entries } = this.#archive.columns;
    const w = entry * C.E_WORDS;
    const header = wide(entries, w + C.E_HEADER);
    if (entries[w + C.E_FORM] === C.FORM_STREAM) return header + 8;
    const size = wide(entries, w + C.E_SIZE);
    const at = header - this.#prefix;
    let start = at + 30 + entries[w + C.E_NAME_LENGTH] + 4;
    if (size >= BIG || at >= BIG) start += 4 + (size >= BIG ? 16 : 0) + (at >= BIG ? 8 : 0);
    return this.#prefix + start + (this.#alignment - start % this.#alignment) % this.#alignment;
  }
}
