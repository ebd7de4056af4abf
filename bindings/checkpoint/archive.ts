// An opened checkpoint: the source, the core's instance that has read its description, and that description by rows.
import * as C from "../../assembly/shared/columns.js";
import * as FACT from "../../assembly/shared/facts.js";
import { F_ZIP_NO_PICKLE, F_ZIP_NOT_IN_FOLDER } from "../../assembly/shared/faults.js";
import { K_GLOBAL, K_INT, K_NONE } from "../../assembly/shared/kinds.js";
import { BARE_PICKLE, DEFLATE, DONE, FAULT, MORE, NONE, WEIGHTS_ONLY } from "../../assembly/shared/status.js";
import type { CoreExports } from "../core/abi.js";
import { BrineError, FormatError, LimitError, UnpicklingError, UnsupportedError } from "../core/errors.js";
import { faultError, readFault, wrongCrcText, type Fault, type FaultNames } from "../core/faults.js";
import { coreInstance, releaseCore } from "../core/instance.js";
import { crc32 } from "../core/kernels.js";
import { CoreMemory } from "../core/memory.js";
import { refusedWhole } from "../core/refusals.js";
import { python3Name } from "../core/python3_name.js";
import { asciiText, utf8Bytes, utf8Text } from "../core/text.js";
import { isGzip } from "../io/gunzip.js";
import type { Steps } from "../io/steps.js";
import { dtypeById } from "../torch/dtype.js";
import type { StorageOptions } from "../torch/storage.js";
import { Columns, wide } from "./columns.js";
import { detectOther, hintOf, kindOfZip, mayBeOldPickle } from "./detect.js";
import type { Limits } from "./options.js";

/** Bytes of pickle decoded between two looks at the clock: engines optimise the decoder sooner in slices. */
const BUDGET = 256 * 1024;

/** What a checkpoint came in. */
export type Container = "zip" | "torchscript" | "legacy" | "tar" | "pickle" | "pt2" | "package";

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

/** Faults from here on count offsets in a pickle. */
const FIRST_OF_PICKLES = 64;

const OPCODES: ReadonlyMap<number, string> = new Map([[0x63, "GLOBAL"], [0x93, "STACK_GLOBAL"], [0x69, "INST"]]);

/** What the core knows of one checkpoint. */
export class Archive {
  readonly core: CoreExports;
  readonly memory: CoreMemory;
  readonly size: number;
  #columns: Columns | undefined;
  #released = false;
  #container: number = FACT.CONTAINER_UNKNOWN;
  /** Of a zip without a data.pkl. */
  #kind: Container | null = null;
  /** What errors of the pickle call its record. */
  pickleName = "data.pkl";
  #place = NONE;
  #placeText = "";
  readonly #wrapping: string;

  /** @param wrapping what it was taken out of, for messages; "": nothing */
  constructor(size: number, wrapping: string = "") {
    this.core = coreInstance();
    this.memory = new CoreMemory(this.core);
    this.size = size;
    this.#wrapping = wrapping;
  }

  /**
   * Reads the description: the directory and the pickle, nothing of the tensors. Answers whether it is a gzip file, of
   * which nothing more was read.
   *
   * @param safe names that weights-only loading may see besides torch's own; undefined: refuse nothing
   */
  *open(safe: Iterable<string> | undefined, limits: Limits): Steps<boolean> {
    if (this.size === 0) {
      throw new FormatError("Cannot read checkpoint: the file is empty (ran out of input)", { code: "EMPTY", offset: 0 });
    }
    const [head] = yield [{ offset: 0, length: Math.min(this.size, 512) }];
    const isZip = head[0] === 0x50 && head[1] === 0x4b;
    if (isGzip(head) && this.#wrapping === "") return true;
    const bare = mayBeOldPickle(head) ? yield* this.#tryPickle(head, limits) : 0;
    this.core.openSource(BigInt(this.size), (safe === undefined ? 0 : WEIGHTS_ONLY) | bare);
    if (safe !== undefined) for (const name of safe) this.#allow(name);
    const restricted = safe !== undefined;
    yield* this.#step(head, isZip, limits, restricted);
    if (restricted && this.isScript) throw scriptRefused();
    if (!this.isOther) this.#checkPickle();
    const entries = this.entryCount;
    if (this.hasRecords && entries > limits.entries) throw limit("zip entries", "entries", entries, limits.entries);
    if (this.#container === FACT.CONTAINER_PICKLE && this.storageCount > 0) throw withoutBytes();
    return false;
  }

  /** Reads the directory of a zip, whatever is in it. */
  *openDirectory(limits: Limits): Steps<void> {
    const [head] = yield [{ offset: 0, length: Math.min(this.size, 512) }];
    this.core.openSource(BigInt(this.size), 0);
    for (;;) {
      const status = this.core.step(BUDGET);
      this.#container = this.memory.u32[(this.core.facts() >>> 2) + FACT.FACT_CONTAINER];
      if (this.#container !== FACT.CONTAINER_ZIP && this.#container !== FACT.CONTAINER_UNKNOWN || status === DONE) break;
      if (status === FAULT) {
        if (this.#isNoCheckpoint()) break;
        if (head[0] !== 0x50 || head[1] !== 0x4b) detectOther(head, this.size);
        throw this.faultError();
      }
      if (this.memory.u32[(this.core.facts() >>> 2) + FACT.FACT_PICKLE_ENTRY] !== NONE) break; // the directory is there
      if (status === MORE) yield [];
      else yield* this.#feed(head, limits);
    }
    const entries = this.entryCount;
    if (this.hasRecords && entries > limits.entries) throw limit("zip entries", "entries", entries, limits.entries);
  }

  /** Reads a pickle that the source is, without a container. */
  *openPickle(safe: Iterable<string> | undefined, limits: Limits): Steps<void> {
    this.core.openSource(BigInt(this.size), BARE_PICKLE | (safe === undefined ? 0 : WEIGHTS_ONLY));
    if (safe !== undefined) for (const name of safe) this.#allow(name);
    yield* this.#step(new Uint8Array(0), true, limits);
  }

  /** Goes through the source to the end of its description. */
  *#step(head: Uint8Array, isZip: boolean, limits: Limits, restricted: boolean = false): Steps<void> {
    for (;;) {
      const status = this.core.step(BUDGET);
      this.#container = this.memory.u32[(this.core.facts() >>> 2) + FACT.FACT_CONTAINER];
      if (this.#container === FACT.CONTAINER_ZIP && !isZip) detectOther(head, this.size, this.#wrapping, this.#notPickle);
      if (this.#container === FACT.CONTAINER_TAR && this.#wrapping !== "") throw packedTar();
      if (status === DONE) break;
      if (status === MORE) yield [];
      else if (status === FAULT && this.#container === FACT.CONTAINER_ZIP && this.#isNoCheckpoint()) {
        this.#kind = kindOfZip(this.#recordNames());
        if (this.#kind === null) throw this.faultError();
        break;
      }
      else if (status === FAULT) throw restricted && this.isScript ? scriptRefused() : this.faultError();
      else yield* this.#feed(head, limits);
    }
  }

  /** Why the source is no pickle of protocol 0 or 1; "": it does not look like one. */
  #notPickle = "";

  /**
   * Pickles of protocols 0 and 1 have no first bytes of their own, so a source is one where all of it is: it decodes, and
   * ends at STOP. Nothing is refused by policy here, so that a text is no refused pickle. Answers the flag to open with.
   */
  *#tryPickle(head: Uint8Array, limits: Limits): Steps<number> {
    const trial = new Archive(this.size);
    try {
      trial.core.openSource(BigInt(this.size), BARE_PICKLE);
      yield* trial.#step(head, true, limits);
      if (trial.end === this.size) return BARE_PICKLE;
      this.#notPickle = `as a pickle it ends at byte ${trial.end}, and more bytes follow`;
    } catch (cause) {
      if (!(cause instanceof BrineError) || cause.code === "LIMIT_DESCRIPTION") throw cause;
      this.#notPickle = `as a pickle it breaks${cause.offset === undefined ? "" : ` at byte ${cause.offset}`}: ${cause.message}`;
    } finally {
      trial.release();
    }
    return 0;
  }

  /** Are its ENTRIES records? Those of a stream and of a tar are the places of storages, and a pickle has none. */
  get hasRecords(): boolean {
    return this.#container === FACT.CONTAINER_ZIP;
  }

  /** What kind of container it is. */
  get container(): Container {
    switch (this.#container) {
      case FACT.CONTAINER_STREAM: return "legacy";
      case FACT.CONTAINER_TAR: return "tar";
      case FACT.CONTAINER_PICKLE: return "pickle";
      default: return this.#kind ?? (this.isScript ? "torchscript" : "zip");
    }
  }

  /** Did torch.jit.save write it? */
  get isScript(): boolean {
    return this.#kind === "torchscript" || (this.fact(FACT.FACT_FLAGS) & FACT.FACTS_TORCHSCRIPT) !== 0;
  }

  /** A zip without a data.pkl of its own, of a kind that is known: its values are made from other records. */
  get isOther(): boolean {
    return this.#kind !== null;
  }

  /** Did the core stop because this zip, whose directory it read, is no plain checkpoint? */
  #isNoCheckpoint(): boolean {
    const { code } = this.fault();
    return code === F_ZIP_NO_PICKLE || code === F_ZIP_NOT_IN_FOLDER;
  }

  *#recordNames(): Generator<string, void, undefined> {
    for (let row = 0; row < this.entryCount; row++) yield this.entry(row).name;
  }

  /** Is it known what it is? */
  get isKnown(): boolean {
    switch (this.#container) {
      case FACT.CONTAINER_UNKNOWN: return false;
      case FACT.CONTAINER_ZIP: return this.entryCount > 0 && (this.isOther || !this.#isNoCheckpoint());
      case FACT.CONTAINER_TAR: return this.fact64(FACT.FACT_PICKLE_HEADER) > 0; // its members were found
      default: return true;
    }
  }

  /** The byte behind all that belongs to it. A zip and a tar go on to the end of the source. */
  get end(): number {
    const ends = this.#container === FACT.CONTAINER_STREAM || this.#container === FACT.CONTAINER_PICKLE;
    return ends ? this.fact64(FACT.FACT_DIRECTORY) : this.size;
  }

  /** @param head the source's first bytes, which are here already */
  *#feed(head: Uint8Array, limits: Limits): Steps<void> {
    const from = Number(this.core.needFrom());
    const length = Number(this.core.needTo()) - from;
    const size = Number(this.core.needSize());
    const deflated = this.core.needMethod() === DEFLATE;
    if (deflated && size > limits.inflated) throw limit("bytes of an inflated pickle", "inflated", size, limits.inflated);
    if (size > limits.description) throw limit("bytes of description", "description", size, limits.description);
    const at = this.core.feed() >>> 0;
    if (at === 0) throw limit("bytes of WebAssembly memory", "description", size, limits.description);
    if (!deflated && from + length <= head.length) {
      this.memory.bytes(at, size).set(head.subarray(from, from + length));
      this.core.fed(size);
      return;
    }
    const [bytes] = yield [deflated ? { offset: from, length, inflated: size } : { offset: from, length, into: this.memory.bytes(at, size) }];
    if (deflated) this.memory.bytes(at, size).set(bytes);
    this.core.fed(bytes.length);
  }

  #allow(name: string): void {
    const bytes = utf8Bytes(name);
    const at = this.core.alloc(Math.max(1, bytes.length)) >>> 0;
    if (at === 0) throw limit("bytes of WebAssembly memory", "description", bytes.length, 0);
    this.memory.bytes(at, bytes.length).set(bytes);
    if (this.core.allowGlobal(at, bytes.length) === FAULT) throw this.faultError();
  }

  /** A damaged pickle can decode to other values; its CRC tells. */
  #checkPickle(): void {
    const row = this.fact(FACT.FACT_PICKLE_ENTRY);
    if (row === NONE) return;
    const { crc, name } = this.entry(row);
    if (crc !== 0 && crc32(this.memory.bytes(this.fact(FACT.FACT_PICKLE_AT), this.fact(FACT.FACT_PICKLE_LENGTH))) !== crc) {
      throw wrongCrc(name);
    }
  }

  /** Tells strs of their own apart, which only those who build values need. */
  markOwnTexts(): void {
    if (this.core.markOwnTexts() === FAULT) throw this.faultError();
  }

  /** Lets go of the core. What was built lives on; the description does not. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#columns = undefined;
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

  /** The fault that stopped the core, as an error. */
  faultError(): BrineError {
    const fault = this.fault();
    if (this.hasRecords || fault.code < FIRST_OF_PICKLES) return faultError(fault, this.names(), this.pickleName);
    // Where the pickle stands is known: the offset is told in the file.
    const start = this.memory.u64((this.core.facts() >>> 0) + FACT.FACT_PICKLE_HEADER * 4);
    return faultError({ ...fault, offset: fault.offset + start }, this.names(), null);
  }

  fault(): Fault {
    return readFault(this.core);
  }

  /** What the core's rows are called, for messages. */
  names(): FaultNames {
    return {
      hint: () => hintOf(Array.from({ length: Math.min(this.entryCount, 1000) }, (_, row) => this.entry(row).name)),
      entry: (row) => (row < this.entryCount ? this.entry(row).name : `entry ${row}`),
      global: (row) => {
        if (row >= this.globalCount) return "?";
        const { module, name } = this.global(row);
        return python3Name(module, name);
      },
      storage: (row) => (row < this.storageCount ? this.storage(row).key : `${row}`),
    };
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

  /** The row of the record of this name, exactly so or with letters of either case; undefined: there is none. */
  findEntry(name: string): number | undefined {
    const bytes = utf8Bytes(name);
    const at = this.core.alloc(Math.max(1, bytes.length)) >>> 0;
    if (at === 0) throw limit("bytes of WebAssembly memory", "description", bytes.length, 0);
    this.memory.bytes(at, bytes.length).set(bytes);
    const row = this.core.findEntry(at, bytes.length) >>> 0;
    return row === NONE ? undefined : row;
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

/** weights-only refuses TorchScript before anything in it. */
function scriptRefused(): UnpicklingError {
  return new UnpicklingError(
    `${refusedWhole("TorchScript archives passed to ``torch.load``")}; torch.jit.save wrote this file (it has constants.pkl or model.json)`,
    { code: "TORCHSCRIPT" },
  );
}

/** The error of a record whose content is not what its CRC says. */
export function wrongCrc(name: string): FormatError {
  return new FormatError(wrongCrcText(name), { code: "CRC", record: name });
}

/** A pickle that names storages, with nothing around it that holds them. */
function withoutBytes(): UnpicklingError {
  return new UnpicklingError(
    "A plain pickle names storages by persistent ids, and holds no bytes for them: this is, it seems, the data.pkl of an archive. Open the archive",
    { code: "PERSISTENT_ID" },
  );
}

/** torch looks for no tar inside gzip. */
function packedTar(): FormatError {
  return new FormatError("Cannot read checkpoint: found a gzip file with a tar archive inside (tar.gz). Unpack it first: a checkpoint may be among its files", {
    code: "GZIP", offset: 0,
  });
}

function limit(what: string, name: string, found: number, most: number): LimitError {
  return new LimitError(`Found ${found} ${what}; limits.${name} is ${most}`, { code: `LIMIT_${name.toUpperCase()}`, found, limit: most });
}

/** The error of something that a later version will do. */
export function unsupported(what: string, code: string): UnsupportedError {
  return new UnsupportedError(`${what} is not supported yet`, { code });
}
