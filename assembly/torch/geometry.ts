// Does this view fit its storage? The one place that answers, for every way to rebuild a tensor, in exact 64-bit
// arithmetic: every size, stride and offset in a file is a lie until it has passed here.
//
// A view of sizes s, strides t and offset o over elements of w bytes needs (o + Σ (sᵢ - 1)·tᵢ + 1) · w bytes. One
// without elements needs none, whatever its offset and strides. reference/torch-serialization.md §4.7, threats.md §4.
import { faultWith } from "../base/fault";
import { F_NEGATIVE_GEOMETRY, F_VIEW_BOUNDS } from "../shared/faults";

/** From here on JavaScript does not count exactly. */
const MAX_NUMEL: u64 = 1 << 53;
const PAST_64_BITS: u64 = 0xffffffffffffffff;

let numel: u64 = 0;

/** The number of elements of the view that `fits` has just passed. */
export function numelOf(): u64 {
  return numel;
}

/**
 * False, with the fault noted, where the view does not fit into `nbytes` bytes. At `dims` stand ndim sizes and ndim
 * strides, as i64; an element has `width` bytes, 16 at most; `where` is the offset for the fault.
 */
export function fits(dims: usize, ndim: u32, offset: i64, width: u64, nbytes: u64, where: u64): bool {
  if (offset < 0) return negative(where, offset, 0);
  const strides = dims + (<usize>ndim << 3);
  let empty = false;
  for (let i: usize = 0; i < <usize>ndim; i++) {
    const size = load<i64>(dims + (i << 3));
    const stride = load<i64>(strides + (i << 3));
    if (size < 0) return negative(where, size, 1);
    if (stride < 0) return negative(where, stride, 2);
    if (size == 0) empty = true;
  }
  numel = 0;
  if (empty) return true;
  let count: u64 = 1;
  let last = <u64>offset;
  for (let i: usize = 0; i < <usize>ndim; i++) {
    const size = load<u64>(dims + (i << 3));
    const stride = load<u64>(strides + (i << 3));
    if ((size | count) >> 26 != 0 && size > MAX_NUMEL / count) return outside(where, PAST_64_BITS, nbytes);
    count *= size;
    if (size == 1 || stride == 0) continue;
    if ((size | stride) >> 31 != 0 && stride > PAST_64_BITS / (size - 1)) return outside(where, PAST_64_BITS, nbytes);
    const reach = stride * (size - 1);
    if (reach > PAST_64_BITS - last) return outside(where, PAST_64_BITS, nbytes);
    last += reach;
  }
  if (count >= MAX_NUMEL || last == PAST_64_BITS) return outside(where, PAST_64_BITS, nbytes);
  const elements = last + 1;
  if (elements >> 59 != 0) return outside(where, PAST_64_BITS, nbytes);
  if (elements * width > nbytes) return outside(where, elements * width, nbytes);
  numel = count;
  return true;
}

function negative(where: u64, value: i64, what: u64): bool {
  faultWith(F_NEGATIVE_GEOMETRY, where, <u64>value, what);
  return false;
}

function outside(where: u64, needed: u64, there: u64): bool {
  faultWith(F_VIEW_BOUNDS, where, needed, there);
  return false;
}
