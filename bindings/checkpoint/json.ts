// JSON text as Python's json module writes it, for documents in which an integer and a float of equal value differ: a
// `Float` is written with its `.0`, a bigint with all its digits. Iterative, since documents nest as deeply as pickles do.
import { floatText } from "../python/digits.js";
import { Float } from "../python/float.js";

/** What a document is made of. Objects have the keys of a schema, never keys out of a file. */
export type Json = null | boolean | number | bigint | string | Float | Json[] | JsonObject;

/** An object of a document. */
export interface JsonObject {
  [key: string]: Json | undefined;
}

/** As Python separates. */
const WIDE_COMMA = ", ";
const WIDE_COLON = ": ";

/** An open array or object: what is still to be written of it. */
interface Level {
  readonly values: readonly (Json | undefined)[];
  readonly keys: readonly string[] | null;
  next: number;
}

/** Pieces of the text of a value, each of a bounded size where strings are, so that huge documents can be streamed. */
export function* jsonPieces(value: Json, sortKeys: boolean = false): Generator<string, void, undefined> {
  const levels: Level[] = [];
  let piece = "";
  let current: Json | undefined = value;
  for (;;) {
    if (Array.isArray(current)) {
      piece += "[";
      levels.push({ values: current, keys: null, next: 0 });
    } else if (typeof current === "object" && current !== null && !(current instanceof Float)) {
      const object: JsonObject = current;
      let keys = Object.keys(object).filter((key) => object[key] !== undefined);
      if (sortKeys) keys = keys.sort();
      piece += "{";
      levels.push({ values: keys.map((key) => object[key]), keys, next: 0 });
    } else piece += scalarText(current);
    // Close what is complete, and go on with the first value that is not yet written.
    for (;;) {
      const level = levels.at(-1);
      if (level === undefined) {
        yield piece;
        return;
      }
      if (level.next < level.values.length) {
        if (level.next > 0) piece += WIDE_COMMA;
        if (level.keys !== null) piece += JSON.stringify(level.keys[level.next]) + WIDE_COLON;
        current = level.values[level.next++];
        break;
      }
      piece += level.keys === null ? "]" : "}";
      levels.pop();
    }
    if (piece.length > 65536) {
      yield piece;
      piece = "";
    }
  }
}

/** The text of a value, on one line. */
export function jsonText(value: Json, sortKeys: boolean = false): string {
  let text = "";
  for (const piece of jsonPieces(value, sortKeys)) text += piece;
  return text;
}

/** The text of a document: a line for each key, and below `rowKeys` a line for each row. */
export function* documentPieces(document: JsonObject, rowKeys: ReadonlySet<string>): Generator<string, void, undefined> {
  let before = "{\n ";
  for (const [key, value] of Object.entries(document)) {
    if (value === undefined) continue;
    yield before + JSON.stringify(key) + WIDE_COLON;
    before = ",\n ";
    if (!rowKeys.has(key) || !Array.isArray(value) || value.length === 0) {
      yield* jsonPieces(value);
      continue;
    }
    let start = "[\n  ";
    for (const row of value) {
      yield start;
      yield* jsonPieces(row);
      start = ",\n  ";
    }
    yield "\n ]";
  }
  yield before === "{\n " ? "{}\n" : "\n}\n";
}

function scalarText(value: Exclude<Json, Json[] | JsonObject> | undefined): string {
  if (value instanceof Float) return floatText(value.value);
  if (typeof value === "bigint") return value.toString();
  return JSON.stringify(value ?? null);
}
