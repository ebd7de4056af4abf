// The kernels over elements, through the same window (kernels.ts): half floats, and strided gather.
import { allocate } from "./allocate.js";
import { gatherByLoop, plan, type View } from "./gather.js";
import { openWindow, SMALL, STEP, WINDOW } from "./kernels.js";

/** Rows that long, side by side in the source, are copied straight across. */
const LONG_ROW = 2048;

/**
 * Half-precision elements as singles. Exact: each value of a 16-bit float is a single, and NaNs keep their payload.
 *
 * @param bytes little-endian elements, any alignment
 * @returns a new array
 */
export function widen(bytes: Uint8Array, kind: "float16" | "bfloat16"): Float32Array {
  const count = bytes.length >>> 1;
  const result = new Float32Array(allocate(count * 4).buffer);
  const { core, from, to } = openWindow();
  const run = kind === "float16" ? core.widenF16 : core.widenBf16;
  // Copied as bytes: a float that passes through a register may lose a NaN's signalling bit.
  const out = new Uint8Array(result.buffer);
  for (let at = 0; at < count * 2; at += STEP) {
    const piece = bytes.subarray(at, Math.min(at + STEP, count * 2));
    new Uint8Array(core.memory.buffer, from, piece.length).set(piece);
    run(from, to, piece.length >>> 1);
    out.set(new Uint8Array(core.memory.buffer, to, piece.length * 2), at * 2);
  }
  return result;
}

/**
 * The elements of a strided view side by side, in row-major order.
 *
 * @param bytes the storage, any alignment
 * @param itemSize bytes of one element: 1, 2, 4, 8 or 16
 * @param shape sizes
 * @param stride in elements, none less than 0; 0 repeats
 * @param storageOffset of the first element, in elements
 * @returns new bytes, of their own ArrayBuffer
 * @throws ArgumentError `GATHER_BOUNDS` where the view does not fit, LimitError `ARRAY_BYTES` where the result does not
 */
export function gatherContiguous(
  bytes: Uint8Array, itemSize: number, shape: readonly number[], stride: readonly number[], storageOffset: number,
): Uint8Array {
  const view = plan(bytes.length, itemSize, shape, stride, storageOffset);
  const out = allocate(view.count * itemSize);
  const rank = view.size.length;
  if (view.count === 0) return out;
  if (rank === 0 || (rank === 1 && view.stride[0] === 1)) {
    out.set(bytes.subarray(view.from * itemSize, (view.from + view.count) * itemSize));
  } else if (out.length <= SMALL || (view.stride[rank - 1] === 1 && view.size[rank - 1] * itemSize >= LONG_ROW)) {
    gatherByLoop(bytes, out, itemSize, view, 0, view.size);
  } else {
    gatherByBoxes(bytes, out, itemSize, view);
  }
  return out;
}

/** A part of a view: so many of each dimension, from so far in. */
interface Box {
  readonly from: number;
  readonly to: number;
  readonly size: readonly number[];
}

/** Cuts the view into boxes until the elements of each, and what lies between them, fit the window. */
function gatherByBoxes(bytes: Uint8Array, out: Uint8Array, itemSize: number, view: View): void {
  const most = WINDOW / itemSize;
  const inner = view.size.length - 1;
  const boxes: Box[] = [{ from: view.from, to: 0, size: view.size }];
  for (let box = boxes.pop(); box !== undefined; box = boxes.pop()) {
    let extent = 1;
    let count = 1;
    let widest = 0;
    for (let d = 0; d <= inner; d++) {
      extent += (box.size[d] - 1) * view.stride[d];
      count *= box.size[d];
      if ((box.size[d] - 1) * view.stride[d] > (box.size[widest] - 1) * view.stride[widest]) widest = d;
    }
    if (extent <= most && count <= most && extent <= 8 * count) {
      gatherBox(bytes, out, itemSize, view, box, extent, count);
      continue;
    }
    const cut = extent > most ? widest : box.size.findIndex((n) => n > 1);
    const half = Math.floor(box.size[cut] / 2);
    // Far apart, or so thin that writing the rows of a box one by one would cost more than it saves.
    if (extent > 8 * count || (cut !== 0 && half * view.apart[cut] < 64)) {
      gatherByLoop(bytes, out, itemSize, { ...view, from: box.from }, box.to, box.size);
      continue;
    }
    boxes.push({
      from: box.from + half * view.stride[cut],
      to: box.to + half * view.apart[cut],
      size: box.size.with(cut, box.size[cut] - half),
    });
    boxes.push({ from: box.from, to: box.to, size: box.size.with(cut, half) });
  }
}

/** One box: into the window as it stands in the source, gathered, and out to where its rows belong. */
function gatherBox(
  bytes: Uint8Array, out: Uint8Array, itemSize: number, view: View, box: Box, extent: number, count: number,
): void {
  const { core, from, to, dims } = openWindow();
  const rank = view.size.length;
  const memory = core.memory.buffer;
  new Uint8Array(memory, from, extent * itemSize).set(bytes.subarray(box.from * itemSize, (box.from + extent) * itemSize));
  const table = new BigInt64Array(memory, dims, 2 * rank);
  for (let d = 0; d < rank; d++) {
    table[d] = BigInt(box.size[d]);
    table[rank + d] = BigInt(view.stride[d]);
  }
  core.gather(from, to, itemSize, rank, dims);
  const made = new Uint8Array(memory, to, count * itemSize);
  // The last dimensions, as far as the box has all of them, are one run in the result, with one more that it has in part.
  let outer = rank - 1;
  while (outer > 0 && box.size[outer] === view.size[outer]) outer--;
  const run = box.size[outer] * view.apart[outer];
  const turned: number[] = new Array<number>(outer).fill(0);
  let at = box.to;
  for (let done = 0; done < count; done += run) {
    out.set(made.subarray(done * itemSize, (done + run) * itemSize), at * itemSize);
    for (let d = outer - 1; d >= 0; d--) {
      at += view.apart[d];
      if (++turned[d] < box.size[d]) break;
      at -= box.size[d] * view.apart[d];
      turned[d] = 0;
    }
  }
}
