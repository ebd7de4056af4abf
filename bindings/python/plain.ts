// A Python value as plain data, for JSON and for postMessage. It is a way out, not a way back: the types that
// JavaScript lacks are told by shape only.
//
//   value                        plain                             with { json: true }
//   None, bool, str, int, float  null, boolean, string, number     NaN and infinities as "nan", "inf", "-inf"
//   int past 2^53                bigint                            its decimal digits, as a string
//   list, tuple, set, frozenset  an array
//   dict, all keys str           an object
//   dict, other keys             an array of [key, value] pairs
//   bytes, bytearray             a Uint8Array of their own         base64
//   complex                      { re, im }
//   Global, Ellipsis …           its name
//   PyObject                     { class, args, kwargs?, state?, items?, pairs? }
//   tensors                      as torch/ says, by plainSymbol
//
// A key such as `__proto__` becomes a property of the object, never its prototype. Attributes of a dict are left out.

import { ArgumentError, LimitError, UnsupportedError } from "../core/errors.js";
import { floatText, integerText } from "./digits.js";
import { Float } from "./float.js";
import { PyObject } from "./object.js";
import { reprOf } from "./repr.js";
import { Str } from "./str.js";
import { plainSymbol, reprSymbol } from "./symbols.js";

/** Containers of one value: what the Map that finds them again holds in every engine. */
const MAX_CONTAINERS = 16777215;

/** Options of `toPlain`. */
export interface PlainOptions {
  /** Only what JSON can hold; a value that holds itself is refused. Default: what postMessage can carry. */
  readonly json?: boolean;
}

/** Plain data: what `structuredClone` copies without loss. */
export type Plain = null | boolean | number | bigint | string | ArrayBufferView | Plain[] | { [key: string]: Plain };

/**
 * A value as plain data. What is shared stays shared, and a value may hold itself.
 *
 * @param value Anything that `load` gives
 * @throws {UnsupportedError} `CYCLE`: with `json`, of a value that holds itself
 * @throws {ArgumentError} `NOT_A_VALUE`: of undefined, a function or a symbol
 * @throws {LimitError} `PLAIN_TOO_LARGE`
 *
 * @example Send a state dict's settings to a page
 * ```ts
 * JSON.stringify(toPlain(new Dict([["lr", 0.1], ["betas", tuple(0.9, 0.999)]]))); // {"lr":0.1,"betas":[0.9,0.999]}
 * ```
 */
export function toPlain(value: unknown, options: PlainOptions = {}): Plain {
  return new Plainer(options.json === true).convert(value);
}

/** A container whose members are being converted, and where they go. */
interface Job {
  readonly source: object;
  /** Its members; for "pairs" and "object" keys and values in turn. */
  readonly members: readonly unknown[];
  readonly shape: "list" | "pairs" | "object";
  readonly target: Plain[] | { [key: string]: Plain };
  at: number;
}

class Plainer {
  readonly #json: boolean;
  readonly #made: Map<object, Plain> = new Map();
  readonly #open: Set<object> = new Set();
  readonly #jobs: Job[] = [];

  constructor(json: boolean) {
    this.#json = json;
  }

  convert(value: unknown): Plain {
    const root = this.#plain(value);
    while (this.#jobs.length > 0) {
      const job = this.#jobs[this.#jobs.length - 1];
      if (job.at === job.members.length) {
        this.#open.delete(job.source);
        this.#jobs.pop();
        continue;
      }
      const member = job.members[job.at++];
      if (job.shape === "object") {
        if ((job.at & 1) === 1) continue; // a key: its value comes next
        const target = job.target as { [key: string]: Plain }; // the target of "object", whose keys are strings
        setOwn(target, job.members[job.at - 2] as string, this.#plain(member));
        continue;
      }
      const list = job.target as Plain[]; // the target of "list" and "pairs"
      if (job.shape === "list") list.push(this.#plain(member));
      else if ((job.at & 1) === 1) list.push([this.#plain(member)]);
      else (list[list.length - 1] as Plain[]).push(this.#plain(member));
    }
    return root;
  }

  /** The plain form of a value; that of a container is empty yet, and its job is on the stack. */
  #plain(value: unknown): Plain {
    switch (typeof value) {
      case "string":
      case "boolean":
        return value;
      case "number":
        return this.#json && !Number.isFinite(value) ? floatText(value) : value;
      case "bigint":
        return this.#json ? integerText(value) : value;
      case "object":
        return value === null ? null : this.#object(value);
      default:
        throw new ArgumentError(`Cannot make plain data of ${String(value)}: expected a Python value`, {
          code: "NOT_A_VALUE",
        });
    }
  }

  #object(value: object): Plain {
    if (value instanceof Float || value instanceof Str) return this.#plain(value.value);
    if (this.#json && this.#open.has(value)) {
      throw new UnsupportedError("Cannot make JSON of a value that holds itself: use toPlain without { json: true }", {
        code: "CYCLE",
      });
    }
    const made = this.#made.get(value);
    if (made !== undefined) return made;
    if (ArrayBuffer.isView(value)) return this.#bytes(value);
    const plain = (value as { readonly [plainSymbol]?: () => unknown })[plainSymbol];
    if (plain !== undefined) return this.#plain(plain.call(value));
    if (value instanceof PyObject) return this.#begin(value, parts(value), "object");
    if ((value as { readonly [reprSymbol]?: unknown })[reprSymbol] !== undefined) return reprOf(value);
    if (Array.isArray(value)) return this.#begin(value, value, "list");
    if (value instanceof Set) return this.#begin(value, Array.from(value), "list");
    if (value instanceof Map) return this.#map(value);
    return this.#begin(value, Object.entries(value).flat(1), "object");
  }

  #map(map: ReadonlyMap<unknown, unknown>): Plain {
    const members: unknown[] = [];
    let texts = true;
    map.forEach((value, key) => {
      members.push(key, value);
      texts &&= typeof key === "string";
    });
    return this.#begin(map, members, texts ? "object" : "pairs");
  }

  #begin(source: object, members: readonly unknown[], shape: Job["shape"]): Plain {
    if (this.#made.size >= MAX_CONTAINERS) {
      throw new LimitError(
        `Cannot make plain data of more than ${MAX_CONTAINERS} containers: convert parts of the value`,
        { code: "PLAIN_TOO_LARGE", found: this.#made.size + 1, limit: MAX_CONTAINERS },
      );
    }
    const target: Job["target"] = shape === "object" ? {} : [];
    this.#made.set(source, target);
    this.#open.add(source);
    this.#jobs.push({ source, members, shape, target, at: 0 });
    return target;
  }

  #bytes(view: ArrayBufferView): Plain {
    if (!(view instanceof Uint8Array)) {
      return this.#json && Symbol.iterator in view
        ? Array.from(view as Iterable<number | bigint> & ArrayBufferView, (element) => this.#plain(element))
        : view;
    }
    if (this.#json) return base64(view);
    const copy = new Uint8Array(view); // of its own: postMessage would send the whole buffer that a view is of
    if (this.#made.size < MAX_CONTAINERS) this.#made.set(view, copy);
    return copy;
  }
}

function parts(object: PyObject): unknown[] {
  const { module, name, args, kwargs, state, items, pairs } = object;
  const members: unknown[] = ["class", `${module}.${name}`, "args", args];
  if (kwargs !== null) members.push("kwargs", kwargs);
  if (state !== undefined) members.push("state", state);
  if (items.length > 0) members.push("items", items);
  if (pairs.length > 0) members.push("pairs", pairs);
  return members;
}

/** Sets a property of the object itself, whatever its name. */
function setOwn(target: { [key: string]: Plain }, key: string, value: Plain): void {
  if (key !== "__proto__") target[key] = value;
  else Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}

/** Bytes as base64, a piece at a time: 3 bytes are 4 characters. */
function base64(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += 6144) {
    pieces.push(btoa(String.fromCharCode(...bytes.subarray(at, at + 6144))));
  }
  return pieces.join("");
}
