// Does brine see in a checkpoint what PyTorch sees? The rules of the project's compare.py, in process: an integer and a
// float of equal value differ, floats are compared exactly, the numbering of storages is compared as a partition.
import { Float } from "../../bindings/python/float.js";
import { jsonText, type Json, type JsonObject } from "../../bindings/checkpoint/json.js";

/** Keys that describe the file. */
export const KEYS: readonly string[] = ["container", "globals", "records", "root", "tensors", "storages", "jit"];

/** One place where two documents differ. */
export interface Difference {
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

/** The first differences between what PyTorch says and what brine says; none if the two agree. */
export function compareDocuments(expect: JsonObject, actual: JsonObject, most: number = 8): Difference[] {
  renumber(expect);
  renumber(actual);
  forgetPacked(expect, actual);
  const found: Difference[] = [];
  for (const key of KEYS) {
    if (expect[key] === undefined || expect[key] === null) continue;
    for (const difference of differences(expect[key], actual[key], key)) {
      if (/\/(key|location)$/.test(difference.path) && difference.expected === "null") continue;
      found.push(difference);
      if (found.length >= most) return found;
    }
  }
  return found;
}

/**
 * Of elements that share bytes PyTorch hashes as many bytes as there are elements, past the end of their storage: each time
 * it was asked it gave another hash of the same file.
 */
function forgetPacked(expect: JsonObject, actual: JsonObject): void {
  const { tensors } = actual;
  if (!Array.isArray(expect.tensors) || !Array.isArray(tensors)) return;
  for (const [i, entry] of expect.tensors.entries()) {
    const found = tensors[i];
    if (!isObject(entry) || !isObject(found) || entry.dtype !== "torch.quint4x2" && entry.dtype !== "torch.quint2x4") continue;
    if (typeof entry.sha256 === "string" && typeof found.sha256 === "string") entry.sha256 = found.sha256;
  }
}

/** Every place where `a` differs from `e`, which is PyTorch's. */
export function* differences(e: Json | undefined, a: Json | undefined, path: string): Generator<Difference> {
  const stack: [Json | undefined, Json | undefined, string][] = [[e, a, path]];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const [x, y, at] = top;
    if (Array.isArray(x) && Array.isArray(y)) {
      if (x.length !== y.length) yield difference(`${at}/length`, x.length, y.length);
      for (let i = Math.min(x.length, y.length) - 1; i >= 0; i--) stack.push([x[i], y[i], `${at}/${i}`]);
    } else if (isObject(x) && isObject(y)) {
      for (const key of new Set([...Object.keys(x), ...Object.keys(y)])) stack.push([x[key], y[key], `${at}/${key}`]);
    } else if (!same(x, y)) yield difference(at, x, y);
  }
}

function isObject(x: Json | undefined): x is JsonObject {
  return typeof x === "object" && x !== null && !Array.isArray(x) && !(x instanceof Float);
}

function same(x: Json | undefined, y: Json | undefined): boolean {
  if (x instanceof Float || y instanceof Float) return x instanceof Float && y instanceof Float && Object.is(x.value, y.value);
  return x === y;
}

function difference(path: string, e: Json | undefined, a: Json | undefined): Difference {
  const text = (x: Json | undefined): string => (x === undefined ? "(absent)" : jsonText(x).slice(0, 160));
  return { path, expected: text(e), found: text(a) };
}

/** Numbers storages by the first tensor or node that uses them, so that two readers' numberings can be compared. */
function renumber(document: JsonObject): void {
  const order = new Map<number, number>();
  const see = (i: Json | undefined): Json | undefined => {
    if (typeof i !== "number") return i;
    if (!order.has(i)) order.set(i, order.size);
    return order.get(i);
  };
  for (const key of ["tensors", "root"]) {
    const stack: (Json | undefined)[] = [document[key]];
    for (let x = stack.pop(); stack.length > 0 || x !== undefined; x = stack.pop()) {
      if (Array.isArray(x)) for (let i = x.length - 1; i >= 0; i--) stack.push(x[i]);
      else if (isObject(x)) {
        const keys = Object.keys(x);
        if ("storage" in x && (keys.length === 1 || "dtype" in x)) x.storage = see(x.storage);
        for (const k of keys.reverse()) if (k !== "storage") stack.push(x[k]);
      }
    }
  }
  const { storages } = document;
  if (!Array.isArray(storages)) return;
  storages.forEach((_, i) => see(i));
  const out: Json[] = new Array<Json>(storages.length).fill(null);
  for (const [old, fresh] of order) if (old < out.length && fresh < out.length) out[fresh] = storages[old];
  document.storages = out;
}
