// What the core's columns say of an opened checkpoint, by rows: records, names, storages. Nothing is made of a row before it
// is asked for.
import * as C from "../../assembly/shared/columns.js";
import * as FACT from "../../assembly/shared/facts.js";
import { K_GLOBAL, K_INT, K_NONE } from "../../assembly/shared/kinds.js";
import { NONE } from "../../assembly/shared/status.js";
import type { CoreExports } from "../core/abi.js";
import { BrineError } from "../core/errors.js";
import { coreInstance, releaseCore } from "../core/instance.js";
import { CoreMemory } from "../core/memory.js";
import { asciiText, utf8Text } from "../core/text.js";
import { dtypeById } from "../torch/dtype.js";
import type { StorageOptions } from "../torch/storage.js";
import { Columns, wide } from "./columns.js";
import { recordEndsOf } from "./record_ends.js";

/** A record of the container. */
export interface Entry {
  readonly name: string;
  readonly size: number;
  readonly packed: number;
  readonly method: number;
  readonly encrypted: boolean;
  readonly crc: number;
  readonly header: number;
}

/** A global that the pickle names. */
export interface GlobalInfo {
  readonly module: string;
  readonly name: string;
  /** Byte offset in the pickle of the opcode that named it first. */
  readonly offset: number;
  readonly opcode: string;
  /** torch.load(weights_only=True) accepts it. */
  readonly allowed: boolean;
  /** It is only ever the class of a storage. */
  readonly inPersistentIdOnly: boolean;
}

/** A storage that the pickle names. */
export interface StorageRow {
  readonly key: string;
  readonly location: string;
  readonly dtype: number;
  readonly nbytes: number;
  readonly entry: number;
  /** The row whose bytes it looks at, and from which byte on; null: it has bytes of its own. */
  readonly view: { readonly root: number; readonly from: number } | null;
}

const OPCODES: ReadonlyMap<number, string> = new Map([[0x63, "GLOBAL"], [0x93, "STACK_GLOBAL"], [0x69, "INST"]]);

/** The rows of one checkpoint. */
export class Rows {
  readonly core: CoreExports;
  readonly memory: CoreMemory;
  #columns: Columns | undefined;
  #recordEnds: Float64Array | undefined;
  #released = false;
  #place = NONE;
  #placeText = "";

  constructor() {
    this.core = coreInstance();
    this.memory = new CoreMemory(this.core);
  }

  /** Lets go of the core. What was built lives on; the description does not. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#columns = undefined;
    this.#recordEnds = undefined;
    releaseCore(this.core);
  }

  /** The columns, as far as they are filled. */
  get columns(): Columns {
    if (this.#released) {
      throw new BrineError("Cannot look into this checkpoint any more: it was closed", { code: "CLOSED" });
    }
    // A view of a memory that has grown has lost its length.
    if (this.#columns === undefined || this.#columns.u8.length === 0) this.#columns = new Columns(this.memory);
    return this.#columns;
  }

  /** For each entry, where its bytes end at the latest. Only of an archive that is open. */
  get recordEnds(): Float64Array {
    return (this.#recordEnds ??= recordEndsOf(this));
  }

  /** A word of the facts record. */
  fact(word: number): number {
    void this.columns; // refuses after release
    return this.memory.u32[(this.core.facts() >>> 2) + word];
  }

  /** A 64-bit fact. */
  fact64(word: number): number {
    void this.columns;
    return this.memory.u64((this.core.facts() >>> 0) + word * 4);
  }

  get entryCount(): number {
    return this.columns.entries.length / C.E_WORDS;
  }

  entry(row: number): Entry {
    const { entries } = this.columns;
    const w = row * C.E_WORDS;
    return {
      name: this.#anyText(entries[w + C.E_NAME], entries[w + C.E_NAME_LENGTH]),
      method: entries[w + C.E_METHOD],
      encrypted: (entries[w + C.E_FLAGS] & 1) !== 0,
      crc: entries[w + C.E_CRC],
      size: wide(entries, w + C.E_SIZE),
      packed: wide(entries, w + C.E_PACKED),
      header: wide(entries, w + C.E_HEADER),
    };
  }

  /** General purpose flags of a record, by the directory. */
  flagsOf(row: number): number {
    return this.columns.entries[row * C.E_WORDS + C.E_FLAGS];
  }

  /** A record's name as it stands in the directory. */
  rawName(row: number): Uint8Array {
    const { entries } = this.columns;
    return this.memory.bytes(entries[row * C.E_WORDS + C.E_NAME], entries[row * C.E_WORDS + C.E_NAME_LENGTH]);
  }

  /** The CRC-32 that the directory states for a record; 0 where it was not computed. */
  crcOf(row: number): number {
    return this.columns.entries[row * C.E_WORDS + C.E_CRC];
  }

  /** Names of zip entries are any bytes; those that are no UTF-8 read as Latin-1. */
  #anyText(at: number, length: number): string {
    const bytes = this.memory.bytes(at, length);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      return new TextDecoder("latin1").decode(bytes);
    }
  }

  get globalCount(): number {
    return this.columns.globals.length / C.G_WORDS;
  }

  global(row: number): GlobalInfo {
    const { globals, u8 } = this.columns;
    const w = row * C.G_WORDS;
    const flags = globals[w + C.G_FLAGS];
    return {
      module: utf8Text(u8, globals[w + C.G_MODULE], globals[w + C.G_MODULE_LENGTH]),
      name: utf8Text(u8, globals[w + C.G_NAME], globals[w + C.G_NAME_LENGTH]),
      offset: globals[w + C.G_OFFSET],
      opcode: OPCODES.get(globals[w + C.G_OPCODE]) ?? "GLOBAL",
      allowed: (flags & C.GLOBAL_ALLOWED) !== 0,
      inPersistentIdOnly: (flags & C.GLOBAL_IN_PID_ONLY) !== 0,
    };
  }

  get storageCount(): number {
    return this.columns.storages.length / C.S_WORDS;
  }

  storage(row: number): StorageRow {
    const { storages } = this.columns;
    const w = row * C.S_WORDS;
    return {
      key: this.#nodeText(storages[w + C.S_KEY]),
      location: this.#nodeText(storages[w + C.S_LOCATION]),
      dtype: storages[w + C.S_DTYPE],
      nbytes: wide(storages, w + C.S_NBYTES),
      entry: storages[w + C.S_ENTRY],
      view: this.viewOf(row),
    };
  }

  /** What a view of another storage looks at; null where the storage is none. */
  viewOf(row: number): { readonly root: number; readonly from: number } | null {
    const { storages } = this.columns;
    const w = row * C.S_WORDS;
    if ((storages[w + C.S_FLAGS] & C.STORAGE_VIEW) === 0) return null;
    return { root: storages[w + C.S_ROOT], from: wide(storages, w + C.S_VIEW_AT) };
  }

  /** The rows of storages that have bytes of their own. */
  ownRows(): Uint32Array {
    const { storages } = this.columns;
    const rows = new Uint32Array(this.storageCount);
    let count = 0;
    for (let row = 0; row < rows.length; row++) {
      if ((storages[row * C.S_WORDS + C.S_FLAGS] & C.STORAGE_VIEW) === 0) rows[count++] = row;
    }
    return rows.subarray(0, count);
  }

  /** The sources of classes that the file carries, by the class. */
  sources(): Map<string, readonly [file: string, text: string]> {
    const { sources, kind, a } = this.columns;
    const out = new Map<string, readonly [string, string]>();
    for (let w = 0; w < sources.length; w += C.R_WORDS) {
      const cls = sources[w + C.R_CLASS];
      const file = sources[w + C.R_FILE];
      const text = sources[w + C.R_TEXT];
      if (kind[cls] !== K_GLOBAL || kind[file] === K_NONE || kind[text] === K_NONE) continue;
      const { module, name } = this.global(a[cls]);
      out.set(`${module}.${name}`, [this.#nodeText(file), this.#nodeText(text)]);
    }
    return out;
  }

  /** What a storage is made with besides its bytes. */
  storageOptions(row: number): StorageOptions {
    const dtype = dtypeById(this.columns.storages[row * C.S_WORDS + C.S_DTYPE]);
    return { dtype, location: this.location(row), key: this.key(row) };
  }

  /** The label of the device a storage was saved from. One text serves all of a place: they name the same node. */
  location(row: number): string {
    const place = this.columns.storages[row * C.S_WORDS + C.S_LOCATION];
    if (place !== this.#place) {
      this.#place = place;
      this.#placeText = this.#nodeText(place);
    }
    return this.#placeText;
  }

  /** The key of a storage. torch numbers its storages: such a key is its row's number, which stands for the text. */
  key(row: number): string | number {
    const { storages, u8, a, b, kind } = this.columns;
    const node = storages[row * C.S_WORDS + C.S_KEY];
    let digits = 1;
    for (let most = 10; most <= row; most *= 10) digits++;
    if (b[node] !== digits || kind[node] === K_INT) return this.#nodeText(node);
    let rest = row;
    for (let at = a[node] + digits - 1; at >= a[node]; at--) {
      const tenth = (rest / 10) | 0; // rows are below 2^31
      if (u8[at] !== 0x30 + rest - tenth * 10) return this.#nodeText(node);
      rest = tenth;
    }
    return row;
  }

  /** The number of a storage's dtype. */
  dtypeOf(row: number): number {
    return this.columns.storages[row * C.S_WORDS + C.S_DTYPE];
  }

  /** Bytes of a storage, as the pickle claims and the record has. */
  storageBytes(row: number): number {
    return wide(this.columns.storages, row * C.S_WORDS + C.S_NBYTES);
  }

  /** Text of a node that is a str, or an int used as a key. */
  #nodeText(node: number): string {
    const { kind, a, b, u8 } = this.columns;
    if (kind[node] === K_INT) return BigInt.asIntN(64, (BigInt(b[node]) << 32n) | BigInt(a[node])).toString();
    return nodeText(u8, a[node], b[node]);
  }

  /** Bytes of the folder in front of every record's name. */
  get folder(): string {
    return this.#anyText(this.fact(FACT.FACT_FOLDER), this.fact(FACT.FACT_FOLDER_LENGTH));
  }
}

function nodeText(u8: Uint8Array, at: number, length: number): string {
  for (let i = 0; i < length; i++) if (u8[at + i] > 0x7f) return utf8Text(u8, at, length);
  return asciiText(u8, at, length);
}
