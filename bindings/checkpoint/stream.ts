// stream: the tensors of a checkpoint while it passes, from its first byte to its last.
import { FormatError } from "../core/errors.js";
import { ready } from "../core/instance.js";
import { Forward } from "../io/forward.js";
import { isGzip } from "../io/gzip.js";
import { Watch } from "../io/progress.js";
import { skipping, toSupply, type StreamLike } from "../io/supply.js";
import type { Tensor } from "../torch/tensor.js";
import { lateFamilies } from "./families.js";
import { isTar, openHeldTar } from "./forward_held.js";
import { mayBeLegacy, openForwardLegacy } from "./forward_legacy.js";
import { openForwardZip, type ForwardReading } from "./forward_zip.js";
import { limitsOf } from "./limits.js";
import { checkStreamOptions, type StreamOptions } from "./options.js";
import { notForward, totalBytes, turn, type Passage } from "./passage.js";
import { TensorParts, WholeTensors, type Passing, type TensorPart } from "./passing.js";
import { beginsAsSafetensors } from "./safetensors_fault.js";

/** Bytes of a tar that are taken into memory. */
const MAX_HELD = 2 ** 31;

/**
 * The tensors of a checkpoint, each as soon as its bytes have passed: a file larger than memory can be read from front to
 * back, from a socket as from a disk. One storage is held, beside what the loop still has, or, with `chunks`, a window.
 *
 * Tensors come in the order of their storages in the file; those over one storage come one after the other, and share it. Names
 * are those of `open(src).tensors()`. As there, nothing is refused by policy, since nothing is run. Nothing is read ahead of
 * the loop, and leaving it lets go of the source.
 *
 * What passes is checked as it passes, each storage before its tensors are given: sizes, sums, and in the end whether the archive's
 * directory lists just what was seen. So all is well once the loop has ended by itself, and not before.
 *
 * @param source a stream, an answer, an iterable of bytes such as a Node stream, an address, a path, or whatever `open` takes
 * @param options `chunks: true` for parts instead of tensors; limits, signal, onProgress, offset, checkCrc32; fetch and headers for addresses
 * @returns pairs of a name and a tensor; with `chunks`, of a name and a part of one
 * @throws UnsupportedError `NOT_FORWARD` where the description comes last, as in TorchScript archives and re-zipped files: `open` reads those
 * @throws UnpicklingError where the pickle is malformed
 * @throws FormatError where the container is damaged, or cut short
 * @throws LimitError where a named limit is passed, or a storage has more bytes than one buffer: `chunks` reads it
 * @throws SourceError where the source cannot be read
 *
 * @example Look at every tensor of a file that is larger than memory
 * ```ts
 * for await (const [name, tensor] of stream(await fetch(url))) console.log(name, tensor.shape);
 * ```
 *
 * @example Add up the bytes of each tensor, a window at a time
 * ```ts
 * const sums = new Map<string, number>();
 * for await (const [name, { bytes }] of stream("model.pth", { chunks: true })) {
 *   sums.set(name, bytes.reduce((sum, byte) => sum + byte, sums.get(name) ?? 0));
 * }
 * ```
 */
export function stream(source: StreamLike, options: StreamOptions & { readonly chunks: true }): AsyncGenerator<[name: string, part: TensorPart], void, undefined>;
export function stream(source: StreamLike, options?: StreamOptions & { readonly chunks?: false }): AsyncGenerator<[name: string, tensor: Tensor], void, undefined>;
export function stream(source: StreamLike, options: StreamOptions = {}): AsyncGenerator<[string, Tensor] | [string, TensorPart], void, undefined> {
  checkStreamOptions(options);
  return pass(source, options);
}

async function* pass(source: StreamLike, options: StreamOptions): AsyncGenerator<[string, Tensor] | [string, TensorPart], void, undefined> {
  const { signal, checkCrc32 = true, offset = 0 } = options;
  signal?.throwIfAborted();
  await ready();
  const watch = Watch.of(options.onProgress);
  watch?.begin("open");
  const forward = new Forward(skipping(await toSupply(source, options), offset), { signal, watch });
  let passage: Passage | undefined;
  let reason: unknown;
  try {
    passage = await openPassage(forward, { safe: undefined, limits: limitsOf(options.limits), checkCrc32, signal, families: lateFamilies() });
    watch?.begin("read", totalBytes(passage.archive));
    yield* options.chunks === true ? given(passage, new TensorParts(passage.archive), signal) : given(passage, new WholeTensors(passage.archive), signal);
    watch?.finish();
  } catch (cause) {
    reason = cause;
    throw cause;
  } finally {
    passage?.archive.release();
    await forward.cancel(reason);
  }
}

async function* given<T>(passage: Passage, passing: Passing<T>, signal: AbortSignal | undefined): AsyncGenerator<[string, T], void, undefined> {
  const { big, archive } = passage;
  for await (const parts of passage.parts(passing.room)) {
    for (const part of parts) {
      if (big) turn(archive, part.row, part.bytes);
      for (const item of passing.take(part)) {
        yield item;
        signal?.throwIfAborted();
      }
    }
  }
  // Said at last, by a file from before torch 2.7 that was made by hand: what passed was taken for little-endian.
  if (passage.big !== big) throw notForward("its byteorder stands behind its storages, and says big: what has passed was read the other way round");
  yield* passing.rest();
}

/** Opens what begins there, by its first bytes. */
async function openPassage(forward: Forward, reading: ForwardReading): Promise<Passage> {
  const head = await forward.peek(512);
  if (head.length === 0) throw new FormatError("Cannot read checkpoint: the file is empty (ran out of input)", { code: "EMPTY", offset: 0 });
  if (beginsAsSafetensors(head)) throw notForward("it is a safetensors file");
  if (head[0] === 0x50 && head[1] === 0x4b) {
    const zip = await openForwardZip(forward, reading);
    if (!zip.isByteorderLate) return zip;
    zip.archive.release();
    throw notForward("its byteorder stands behind its storages");
  }
  if (isTar(head)) return openHeldTar(forward, reading, MAX_HELD);
  if (mayBeLegacy(head)) return openForwardLegacy(forward, reading);
  throw notForward(isGzip(head) ? "it is a gzip file" : "its first bytes are those of no zip, stream or tar");
}
