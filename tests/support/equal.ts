// Are two loaded values the same: classes, order, ints and floats, shared objects and shared memory? Faster than comparing
// their descriptions, for tests that load a file a hundred thousand times.
import { isNumpy } from "../../bindings/checkpoint/rebuild_numpy.js";
import { Dict } from "../../bindings/python/dict.js";
import { Float } from "../../bindings/python/float.js";
import { keySlot, markOf } from "../../bindings/python/marks.js";
import { Global, PyObject } from "../../bindings/python/object.js";
import { Str } from "../../bindings/python/str.js";
import { Storage } from "../../bindings/torch/storage.js";
import { Tensor } from "../../bindings/torch/tensor.js";

/** Whether the two are equal, with every object of the one standing for one object of the other. */
export function equalValues(a: unknown, b: unknown): boolean {
  const twin = new Map<object, object>();
  const stack: [unknown, unknown][] = [[a, b]];
  const floatOf = (container: object, slot: unknown, value: unknown): boolean => markOf(container, slot, value) instanceof Float;
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const [x, y] = top;
    if (typeof x !== "object" || typeof y !== "object" || x === null || y === null) {
      if (!Object.is(x, y)) return false;
      continue;
    }
    const known = twin.get(x);
    if (known !== undefined) {
      if (known !== y) return false;
      continue;
    }
    twin.set(x, y);
    if (x.constructor !== y.constructor) return false;
    if (x instanceof Uint8Array) {
      if (Buffer.compare(x, y as Uint8Array) !== 0) return false;
    } else if (Array.isArray(x)) {
      const other = y as unknown[]; // of the same class
      if (x.length !== other.length) return false;
      for (let i = 0; i < x.length; i++) {
        if (floatOf(x, i, x[i]) !== floatOf(other, i, other[i])) return false;
        stack.push([x[i], other[i]]);
      }
    } else if (x instanceof Map) {
      const other = y as Map<unknown, unknown>; // of the same class
      if (x.size !== other.size) return false;
      const entries = [...other];
      let i = 0;
      for (const [key, value] of x) {
        const [otherKey, otherValue] = entries[i++];
        if (floatOf(x, key, value) !== floatOf(other, otherKey, otherValue)) return false;
        if (floatOf(x, keySlot(key), key) !== floatOf(other, keySlot(otherKey), otherKey)) return false;
        stack.push([key, otherKey], [value, otherValue]);
      }
      if (x instanceof Dict && y instanceof Dict) {
        if (x.hasAttributes !== y.hasAttributes) return false;
        if (x.hasAttributes) stack.push([x.attributes, y.attributes]);
      }
    } else if (Symbol.iterator in x && "size" in x) stack.push([[...x as Set<unknown>], [...y as Set<unknown>]]);
    else if (x instanceof Storage && y instanceof Storage) {
      if (x.dtype !== y.dtype || x.location !== y.location || x.nbytes !== y.nbytes) return false;
      stack.push([x.bytes, y.bytes]);
    } else if (x instanceof Tensor && y instanceof Tensor) {
      if (x.dtype !== y.dtype || x.storageOffset !== y.storageOffset || x.requiresGrad !== y.requiresGrad) return false;
      if (x.isConj !== y.isConj || x.isNeg !== y.isNeg) return false;
      stack.push([[...x.shape], [...y.shape]], [[...x.stride], [...y.stride]], [x.storage, y.storage]);
      stack.push([x.attributes, y.attributes]);
    } else if (x instanceof PyObject && y instanceof PyObject) {
      if (x.via !== y.via) return false;
      stack.push([x.callable, y.callable], [x.args, y.args], [x.kwargs, y.kwargs], [x.state, y.state], [x.items, y.items], [x.pairs, y.pairs]);
    } else if (isNumpy(x) && isNumpy(y)) {
      const [one, other] = [x.pickled(), y.pickled()];
      stack.push([one.callable, other.callable], [one.args, other.args], [one.state, other.state]);
    } else if (x instanceof Global && y instanceof Global) {
      if (!x.equals(y)) return false;
    } else if (x instanceof Float || x instanceof Str) {
      if (!Object.is(x.value, (y as Float | Str).value)) return false;
    } else if (String(x) !== String(y)) return false;
  }
  return true;
}
