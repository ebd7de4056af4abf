// load of a stream, as it passes: each storage goes straight into the buffer that its tensors keep, and no buffer holds the
// file. What is not as torch.save writes it, or not in that order, is for the reader with offsets to judge: everything that
// passed was kept, and what comes yet is taken into memory.
import { FormatError, LimitError, UnpicklingError, UnsupportedError } from "../core/errors.js";
import { ready } from "../core/instance.js";
import { Forward } from "../io/forward.js";
import { heldSource } from "../io/held.js";
import { MemorySource } from "../io/memory.js";
import type { Watch } from "../io/progress.js";
import type { Source } from "../io/source.js";
import { run, type Steps } from "../io/steps.js";
import { toSupply } from "../io/supply.js";
import type { Value } from "../python/value.js";
import type { Archive } from "./archive.js";
import type { Families } from "./families.js";
import { mayBeLegacy, openForwardLegacy } from "./forward_legacy.js";
import { openForwardZip, type ForwardReading } from "./forward_zip.js";
import { limitsOf } from "./limits.js";
import { build, hooked, isWeightsOnly, loadFrom, place, tensorCount, type Placed } from "./load.js";
import type { Loaded } from "./loaded.js";
import { bringFamilies } from "./needed.js";
import type { LoadOptions } from "./options.js";
import { notForward, totalBytes, turn, type Passage } from "./passage.js";
import { getSafeGlobals } from "./policy.js";
import { beginsAsSafetensors } from "./safetensors_fault.js";

/** Bytes of a stream that are taken into memory. */
const MAX_HELD = 2 ** 31;
/** For steps that read nothing. */
const NOTHING: Source = new MemorySource(new Uint8Array(0));
/** Storages below this many bytes share buffers of so many. */
const SMALL = 65536;
const SLAB = 262144;

/** Loads a stream, or the body of an answer. */
export async function loadPassing(from: ReadableStream<Uint8Array> | Response, options: LoadOptions, families: Families, watch: Watch | undefined): Promise<Value> {
  await ready();
  const { signal } = options;
  const forward = new Forward(await toSupply(from, options), { signal, watch, keep: true });
  let done: Done | undefined;
  try {
    try {
      done = await passAll(forward, options, families, watch);
    } catch (cause) {
      if (!isForOffsets(cause)) throw cause;
      return await loadFrom(await held(forward, cause), options, families, watch);
    }
    const { archive, loaded, put } = done;
    await loaded.upload?.(signal);
    watch?.finish();
    watch?.begin("build", tensorCount(archive));
    signal?.throwIfAborted();
    const value = build(archive, loaded, forward.position, put, options);
    watch?.finish();
    return value;
  } finally {
    done?.archive.release();
    await forward.cancel();
  }
}

/** Where TorchScript has its classes. An archive of torch.jit.save is refused whole, whatever its pickle names. */
const SCRIPT = " __torch__.";

/** Can a reader with offsets see more in what was found, or say better what is wrong? */
function isForOffsets(cause: unknown): boolean {
  return cause instanceof FormatError || cause instanceof UnsupportedError && cause.code === "NOT_FORWARD" ||
    cause instanceof UnpicklingError && (cause.code === "PICKLE_END" || cause.message.includes(SCRIPT));
}

async function held(forward: Forward, cause: unknown): Promise<Source> {
  try {
    return await heldSource(forward, MAX_HELD);
  } catch (error) {
    throw error instanceof LimitError && cause instanceof FormatError ? cause : error;
  }
}

/** A checkpoint that has passed. */
interface Done {
  readonly archive: Archive;
  readonly loaded: Loaded;
  /** Puts the objects of the user's hooks into the value. */
  readonly put: (value: Value) => Value;
}

async function passAll(forward: Forward, options: LoadOptions, families: Families, watch: Watch | undefined): Promise<Done> {
  const { signal, checkCrc32 = true } = options;
  const limits = limitsOf(options.limits);
  const safe = isWeightsOnly(options) ? [...getSafeGlobals()] : undefined;
  const passage = await openPassage(forward, { safe, limits, checkCrc32, signal, families });
  const { archive } = passage;
  try {
    const { loaded, mapped, put } = await run(prepare(archive, options), NOTHING, { signal });
    const taken: [row: number, bytes: Uint8Array][] = [];
    const slabs = new Slabs();
    watch?.begin("read", totalBytes(archive));
    for await (const parts of passage.parts((_, nbytes) => slabs.room(nbytes))) {
      signal?.throwIfAborted();
      for (const { row, bytes } of parts) {
        if (mapped?.[row].place === "meta") continue;
        loaded.take(row, bytes, 0, bytes.length);
        taken.push([row, bytes]);
      }
    }
    // Not before all is known to be well: what was kept is what passed.
    if (passage.big) for (const [row, bytes] of taken) turn(archive, row, bytes);
    return { archive, loaded, put };
  } catch (cause) {
    archive.release();
    throw cause;
  }
}

/** What is to be known before storages pass. */
function* prepare(archive: Archive, options: LoadOptions): Steps<Placed & Pick<Done, "put">> {
  yield* bringFamilies(archive);
  const put = yield* hooked(options, archive.families);
  return { ...yield* place(archive, options), put };
}

async function openPassage(forward: Forward, reading: ForwardReading): Promise<Passage> {
  const head = await forward.peek(512);
  if (beginsAsSafetensors(head)) throw notForward("it is a safetensors file");
  if (head[0] === 0x50 && head[1] === 0x4b) return openForwardZip(forward, reading);
  if (mayBeLegacy(head)) return openForwardLegacy(forward, reading);
  throw notForward("it is no zip and no stream");
}

/** Buffers for storages: large ones have theirs, small ones lie side by side, where any element is aligned. */
class Slabs {
  #slab: Uint8Array = new Uint8Array(0);
  #at = 0;

  room(nbytes: number): Uint8Array {
    if (nbytes >= SMALL) return new Uint8Array(nbytes);
    if (this.#at + nbytes > this.#slab.length) {
      this.#slab = new Uint8Array(SLAB);
      this.#at = 0;
    }
    const room = this.#slab.subarray(this.#at, this.#at + nbytes);
    this.#at += (nbytes + 15) & ~15;
    return room;
  }
}
