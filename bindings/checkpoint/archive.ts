// Opening a checkpoint: the core is fed what it asks for, until it has read the description or says why it cannot. What it
// read stands in rows (rows.ts).
import * as FACT from "../../assembly/shared/facts.js";
import { F_MEMORY, F_ZIP_NO_PICKLE, F_ZIP_NOT_IN_FOLDER } from "../../assembly/shared/faults.js";
import { MAX_SEARCH } from "../../assembly/shared/limits.js";
import { BARE_PICKLE, DEFLATE, DONE, FAULT, MORE, NONE, WEIGHTS_ONLY } from "../../assembly/shared/status.js";
import { BrineError, FormatError, LimitError } from "../core/errors.js";
import { readFault } from "../core/fault_record.js";
import { crc32 } from "../core/kernels.js";
import { utf8Bytes } from "../core/text.js";
import { wrongCrc } from "../core/wrong_crc.js";
import { isGzip } from "../io/gzip.js";
import type { Steps } from "../io/steps.js";
import type { Families } from "./families.js";
import type { Limits } from "./limits.js";
import { Rows } from "./rows.js";
import { beginsAsSafetensors } from "./safetensors_fault.js";

/** Bytes of pickle decoded between two looks at the clock: engines optimise the decoder sooner in slices. */
const BUDGET = 256 * 1024;

/** What a checkpoint came in. */
export type Container = "zip" | "torchscript" | "legacy" | "tar" | "pickle" | "pt2" | "package" | "safetensors" | "sharded";

/** Opcodes with which a pickle of protocol 0 or 1 begins: those that push something. */
const OLD_PICKLES = "(])}FGIJKLMNSTUVXc";

/** What the core knows of one checkpoint. */
export class Archive extends Rows {
  readonly size: number;
  /** What a read of its source costs, as `Source.gap` says. */
  readonly gap: number | undefined;
  #container: number = FACT.CONTAINER_UNKNOWN;
  /** Of a zip without a data.pkl. */
  #kind: Container | null = null;
  /** What errors of the pickle call its record. */
  pickleName = "data.pkl";
  readonly #wrapping: string;
  /** Why the source is no pickle of protocol 0 or 1; "": it does not look like one; null: it is one. */
  #notPickle: string | null = "";
  /** Is it the pickle of a zip, although no directory was read? */
  isInRecord = false;

  /** What few archives need. */
  readonly families: Families;

  /**
   * @param wrapping what it was taken out of, for messages; "": nothing
   * @param gap as `Source.gap`
   */
  constructor(size: number, families: Families, wrapping: string = "", gap?: number) {
    super();
    this.size = size;
    this.gap = gap;
    this.families = families;
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
    if (beginsAsSafetensors(head)) throw (yield* this.families.refused.get()).safetensorsFault(this.#wrapping);
    const isZip = head[0] === 0x50 && head[1] === 0x4b;
    if (isGzip(head) && this.#wrapping === "") return true;
    if (OLD_PICKLES.includes(String.fromCharCode(head[0]))) {
      this.#notPickle = yield* (yield* this.families.names.get()).whyNoPickle(this.size, head, this.families, limits);
    }
    const bare = this.#notPickle === null ? BARE_PICKLE : 0;
    this.core.openSource(BigInt(this.size), (safe === undefined ? 0 : WEIGHTS_ONLY) | bare);
    if (safe !== undefined) for (const name of safe) yield* this.#allow(name);
    const restricted = safe !== undefined;
    yield* this.#step(head, isZip, limits, restricted);
    if (restricted && this.isScript) throw (yield* this.families.refused.get()).scriptRefused();
    if (!this.isOther) this.#checkPickle();
    const entries = this.entryCount;
    if (this.hasRecords && entries > limits.entries) throw limit("zip entries", "entries", entries, limits.entries);
    if (this.#container === FACT.CONTAINER_PICKLE && this.storageCount > 0) throw (yield* this.families.refused.get()).withoutBytes();
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
        if (head[0] !== 0x50 || head[1] !== 0x4b) (yield* this.families.refused.get()).detectOther(head, this.size);
        throw yield* this.faultError();
      }
      if (this.memory.u32[(this.core.facts() >>> 2) + FACT.FACT_PICKLE_ENTRY] !== NONE) break; // the directory is there
      if (status === MORE) yield [];
      else yield* this.#feed(head, limits);
    }
    const entries = this.entryCount;
    if (this.hasRecords && entries > limits.entries) throw limit("zip entries", "entries", entries, limits.entries);
  }

  /** Reads a pickle that the source is, without a container. `head`: its first bytes, where they are here already. */
  *openPickle(safe: Iterable<string> | undefined, limits: Limits, head: Uint8Array = new Uint8Array(0)): Steps<void> {
    this.core.openSource(BigInt(this.size), BARE_PICKLE | (safe === undefined ? 0 : WEIGHTS_ONLY));
    if (safe !== undefined) for (const name of safe) yield* this.#allow(name);
    yield* this.#step(head, true, limits);
  }

  /** As `openPickle`, of a record whose length nobody knows yet: the source goes on behind it. Errors are those of a record. */
  *openRecordPickle(safe: Iterable<string> | undefined, limits: Limits): Steps<void> {
    this.isInRecord = true;
    yield* this.openPickle(safe, limits);
  }

  /** Goes through the source to the end of its description. */
  *#step(head: Uint8Array, isZip: boolean, limits: Limits, restricted: boolean = false): Steps<void> {
    for (;;) {
      const status = this.core.step(BUDGET);
      this.#container = this.memory.u32[(this.core.facts() >>> 2) + FACT.FACT_CONTAINER];
      if (this.#container === FACT.CONTAINER_ZIP && !isZip) {
        (yield* this.families.refused.get()).detectOther(head, this.size, this.#wrapping, this.#notPickle ?? "");
      }
      if (this.#container === FACT.CONTAINER_TAR && this.#wrapping !== "") throw (yield* this.families.refused.get()).packedTar();
      if (status === DONE) break;
      if (status === MORE) yield [];
      else if (status === FAULT && this.#container === FACT.CONTAINER_ZIP && this.#isNoCheckpoint()) {
        this.#kind = (yield* this.families.refused.get()).kindOfZip(this.#recordNames());
        if (this.#kind === null) throw yield* this.faultError();
        break;
      }
      else if (status === FAULT) throw restricted && this.isScript ? (yield* this.families.refused.get()).scriptRefused() : yield* this.faultError();
      else yield* this.#feed(head, limits);
    }
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
    const { code } = readFault(this.core);
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

  *#allow(name: string): Steps<void> {
    const bytes = utf8Bytes(name);
    const at = this.core.alloc(Math.max(1, bytes.length)) >>> 0;
    if (at === 0) throw limit("bytes of WebAssembly memory", "description", bytes.length, 0);
    this.memory.bytes(at, bytes.length).set(bytes);
    if (this.core.allowGlobal(at, bytes.length) === FAULT) throw yield* this.faultError();
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
    if (this.core.markOwnTexts() !== FAULT) return;
    const { code, x } = readFault(this.core); // one of these two, and nobody can wait for faults.ts here
    throw code === F_MEMORY
      ? new LimitError(`WebAssembly memory could not grow by ${x} bytes`, { code: "MEMORY", found: Number(x), limit: 4294967296 })
      : new LimitError(`Found ${x} names whose hashes collide; the limit is ${MAX_SEARCH}`, { code: "LIMIT_COLLISIONS", offset: 0, found: Number(x), limit: MAX_SEARCH });
  }

  /** The fault that stopped the core, as an error. */
  *faultError(): Steps<BrineError> {
    return (yield* this.families.refused.get()).archiveFault(this);
  }
}

/** The error of a named limit that is passed. */
export function limit(what: string, name: string, found: number, most: number): LimitError {
  return new LimitError(`Found ${found} ${what}; limits.${name} is ${most}`, { code: `LIMIT_${name.toUpperCase()}`, found, limit: most });
}
