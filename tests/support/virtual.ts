// A checkpoint of any size that takes no more memory than one of its tensors: brine's own writer lays it out, and where the
// bytes of a tensor go only a view of them is kept. Every tensor looks at the same noise from another byte on.
import { OrderedDict, Storage, Tensor } from "../../bindings/index.js";
import { saveInto } from "../../bindings/checkpoint/save.js";
import type { SaveOptions } from "../../bindings/index.js";
import type { Sink } from "../../bindings/io/sink.js";
import type { Content } from "./server.js";

/** A file that is made as it is asked for, and what is in it. */
export interface VirtualCheckpoint extends Content {
  readonly names: readonly string[];
  /** The bytes of a tensor. */
  of(i: number): Uint8Array;
}

/** `count` uint8 tensors of `nbytes` bytes each, at least 65,536. */
export function virtualCheckpoint(count: number, nbytes: number, options: SaveOptions = {}): VirtualCheckpoint {
  const noise = new Uint8Array(nbytes + count);
  for (let i = 0, x = 1; i < noise.length; i++) {
    x = Math.imul(x, 1664525) + 1013904223;
    noise[i] = x >>> 24;
  }
  const of = (i: number): Uint8Array => noise.subarray(i, i + nbytes);
  const names = Array.from({ length: count }, (_, i) => `layers.${i}.weight`);
  const all = new OrderedDict<string, Tensor>();
  for (const [i, name] of names.entries()) all.set(name, new Tensor(new Storage(of(i), { dtype: "uint8" }), { dtype: "uint8", shape: [nbytes] }));
  const pieces: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  let size = 0;
  const sink: Sink = {
    write(bytes) {
      pieces.push({ at: size, bytes: bytes.buffer === noise.buffer ? bytes : bytes.slice() });
      size += bytes.length;
    },
    close: () => undefined,
    abort: () => undefined,
  };
  saveInto(all, sink, options);
  return {
    size, names, of,
    bytes(from, to) {
      const out = new Uint8Array(to - from);
      let low = 0;
      for (let high = pieces.length; high - low > 1;) {
        const middle = (low + high) >>> 1;
        if (pieces[middle].at <= from) low = middle;
        else high = middle;
      }
      for (let i = low; i < pieces.length && pieces[i].at < to; i++) {
        const { at, bytes } = pieces[i];
        const first = Math.max(from, at);
        const last = Math.min(to, at + bytes.length);
        if (last > first) out.set(bytes.subarray(first - at, last - at), first - from);
      }
      return out;
    },
  };
}
