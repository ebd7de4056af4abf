// What a container remembers of its slots: JavaScript has one number where Python has int and float, and no identity of
// strings. A mark says that a slot held the float 1.0, and not the int 1, or a str of its own. It counts only while the
// slot still holds that value, so that whoever changes a value need not know of marks.
//
//   container   slot                      marked value
//   Array       index                     while the length is the marked one: a shift moves every slot
//   Tuple       index
//   Dict, Map   the key                   of the value
//   Dict, Map   keySlot(key)              of the key itself
//   Set         keySlot(member)
//   other       a name its writer knows   such as "state" of a PyObject
//
// Marks hang on their container by a WeakMap: no property, nothing to print, nothing to copy, nothing in the way.

import { LimitError } from "../core/errors.js";
import { Float } from "./float.js";
import { Str } from "./str.js";

/** What a mark says: a float that looks like an int, a NaN with bits of its own, or a str of its own. */
export type Boxed = Float | Str;

/** Marked slots of one container, floats of an array apart: what a Map holds in every engine. */
export const MAX_MARKS = 16777216;

/** The slot of a key itself, as the key alone is the slot of its value. */
export class KeySlot {
  readonly key: unknown;

  constructor(key: unknown) {
    this.key = key;
  }
}

/** The slot of a dict's key, or of a set's member. */
export function keySlot(key: unknown): KeySlot {
  return new KeySlot(key);
}

/** The marks of one container. A loop over many slots asks for them once, with `marksOf`. */
export class Marks {
  #values: Map<unknown, Boxed> | null = null;
  #keys: Map<unknown, Boxed> | null = null;
  /** Of an array: the values of marked floats by index, NaN where none. A list of a million floats is 8 MB of marks. */
  #floats: Float64Array | null = null;
  /** The array's length when it was last marked; -1: not an array. */
  #length = -1;

  /** Marks a slot; the container is the one that these marks are of. */
  set(container: object, slot: unknown, boxed: Boxed): void {
    if (slot instanceof KeySlot) put((this.#keys ??= new Map()), slot.key, boxed);
    else if (Array.isArray(container) && isIndex(slot)) {
      if (boxed instanceof Float && !Number.isNaN(boxed.value)) return this.setFloat(container, slot, boxed.value);
      if (this.#floats !== null && slot < this.#floats.length) this.#floats[slot] = NaN;
      put((this.#values ??= new Map()), slot, boxed);
    } else put((this.#values ??= new Map()), slot, boxed);
    this.seal(container);
  }

  /** Marks an item of an array as the float of this value, which is not NaN. */
  setFloat(array: readonly unknown[], index: number, value: number): void {
    let floats = this.#floats;
    if (floats === null || index >= floats.length) {
      const grown = new Float64Array(Math.max(index + 1, array.length, floats === null ? 0 : 2 * floats.length));
      grown.fill(NaN);
      if (floats !== null) grown.set(floats);
      this.#floats = floats = grown;
    }
    floats[index] = value;
    this.#length = array.length;
    this.#values?.delete(index);
  }

  /** Takes the length that an array has now for the one that the marks were made at. */
  seal(container: object): void {
    if (Array.isArray(container)) this.#length = container.length;
  }

  /** The mark of the slot, if it holds this value and (arrays) the length has not changed. */
  ofValue(container: object, slot: unknown, value: unknown): Boxed | undefined {
    if (this.#length >= 0 && (container as readonly unknown[]).length !== this.#length) return undefined;
    if (typeof value === "number" && this.#floats !== null && Object.is(this.#floats[slot as number], value)) {
      if (!Number.isNaN(value)) return new Float(value);
    }
    const boxed = this.#values?.get(slot);
    return boxed !== undefined && Object.is(boxed.value, value) ? boxed : undefined;
  }

  /** The mark of a key or member. Map and Set hold -0 as 0, so the two count as one here. */
  ofKey(key: unknown): Boxed | undefined {
    const boxed = this.#keys?.get(key);
    if (boxed === undefined) return undefined;
    return boxed.value === key || Object.is(boxed.value, key) ? boxed : undefined;
  }

  /** Forgets a slot of a dict or set: key and value. */
  forget(key: unknown): void {
    this.#values?.delete(key);
    this.#keys?.delete(key);
  }
}

function isIndex(slot: unknown): slot is number {
  return typeof slot === "number" && Number.isInteger(slot) && slot >= 0 && slot < 0xffffffff;
}

function put(slots: Map<unknown, Boxed>, slot: unknown, boxed: Boxed): void {
  if (slots.size >= MAX_MARKS && !slots.has(slot)) {
    throw new LimitError(`Cannot mark more than ${MAX_MARKS} slots of one container: the engine's Map holds no more`, {
      code: "MARKS_FULL",
      found: slots.size + 1,
      limit: MAX_MARKS,
    });
  }
  slots.set(slot, boxed);
}

const MARKS: WeakMap<object, Marks> = new WeakMap();

/**
 * Marks a slot. The length of an array is part of its marks: mark it when it is full, or call `sealMarks` then.
 *
 * @param container The array, tuple, dict, set or object
 * @param slot An index, a dict's key (for its value), or `keySlot(key)`
 * @param boxed What the slot held
 */
export function setMark(container: object, slot: unknown, boxed: Boxed): void {
  let marks = MARKS.get(container);
  if (marks === undefined) MARKS.set(container, (marks = new Marks()));
  marks.set(container, slot, boxed);
}

/**
 * Marks a slot as a float without a box: for builders of long lists of floats.
 *
 * @param value What the slot holds; not NaN
 */
export function markFloat(container: object, slot: unknown, value: number): void {
  let marks = MARKS.get(container);
  if (marks === undefined) MARKS.set(container, (marks = new Marks()));
  if (Array.isArray(container) && isIndex(slot)) marks.setFloat(container, slot, value);
  else marks.set(container, slot, new Float(value));
}

/** Says that an array has its full length now: its marks, made while it grew, count at this length. */
export function sealMarks(container: object): void {
  MARKS.get(container)?.seal(container);
}

/** What the slot held, if it was marked and still holds that value. */
export function markOf(container: object, slot: unknown, value: unknown): Boxed | undefined {
  const marks = MARKS.get(container);
  if (marks === undefined) return undefined;
  return slot instanceof KeySlot
    ? Object.is(slot.key, value) || slot.key === value ? marks.ofKey(value) : undefined
    : marks.ofValue(container, slot, value);
}

/** All marks of a container; undefined where it has none, as most. */
export function marksOf(container: object): Marks | undefined {
  return MARKS.get(container);
}

/** Forgets all marks of a container. */
export function clearMarks(container: object): void {
  MARKS.delete(container);
}

/**
 * The value as a slot holds it: `Float` and `Str` give what they box, and leave a mark where the value alone would not
 * tell. Everything else stays what it is.
 */
export function unbox(container: object, slot: unknown, value: unknown): unknown {
  if (typeof value !== "object" || !(value instanceof Float || value instanceof Str)) return value;
  if (tells(value)) setMark(container, slot, value);
  return value.value;
}

/** Whether a box says more than its value: the float 0.5 is a float without a mark. */
export function tells(boxed: Boxed): boolean {
  return boxed instanceof Str || boxed.bits !== undefined || Number.isSafeInteger(boxed.value);
}
