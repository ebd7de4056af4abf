// The columns of an archive as typed-array views, made once: a view costs more than what is read through it.
import * as C from "../../assembly/shared/columns.js";
import type { CoreMemory } from "../core/memory.js";

/** Views of every column. They die when memory grows, which it does not once an archive is open. */
export class Columns {
  readonly u8: Uint8Array;
  readonly kind: Uint8Array;
  readonly a: Uint32Array;
  readonly b: Uint32Array;
  readonly edges: Uint32Array;
  readonly objects: Uint32Array;
  readonly globals: Uint32Array;
  readonly storages: Uint32Array;
  readonly tensors: Uint32Array;
  /** Two words for each size or stride. */
  readonly dims: Uint32Array;
  readonly entries: Uint32Array;
  readonly listing: Uint32Array;
  readonly paths: Uint32Array;
  readonly visible: Uint8Array;
  readonly sources: Uint32Array;

  constructor(memory: CoreMemory) {
    this.u8 = memory.u8;
    this.kind = memory.byteColumn(C.C_KIND);
    this.a = memory.wordColumn(C.C_A, 1);
    this.b = memory.wordColumn(C.C_B, 1);
    this.edges = memory.wordColumn(C.C_EDGES, 1);
    this.objects = memory.wordColumn(C.C_OBJECTS, C.O_WORDS);
    this.globals = memory.wordColumn(C.C_GLOBALS, C.G_WORDS);
    this.storages = memory.wordColumn(C.C_STORAGES, C.S_WORDS);
    this.tensors = memory.wordColumn(C.C_TENSORS, C.T_WORDS);
    this.dims = memory.wordColumn(C.C_DIMS, 2);
    this.entries = memory.wordColumn(C.C_ENTRIES, C.E_WORDS);
    this.listing = memory.wordColumn(C.C_LISTING, C.L_WORDS);
    this.paths = memory.wordColumn(C.C_PATHS, C.P_WORDS);
    this.visible = memory.byteColumn(C.C_VISIBLE);
    this.sources = memory.wordColumn(C.C_SOURCES, C.R_WORDS);
  }
}

/** A 64-bit integer in two words, as a number: exact up to 2^53. */
export function wide(words: Uint32Array, at: number): number {
  return words[at] + words[at + 1] * 4294967296;
}
