// A JSON reader that keeps apart what Python keeps apart: an integer stays a number or a bigint, and what is written with a
// point or an exponent becomes a Float. JSON.parse cannot tell 1 from 1.0.
import { Float } from "../../bindings/python/float.js";
import type { Json, JsonObject } from "../../bindings/checkpoint/json.js";

const TOKEN = /[ \t\r\n]*(?:([{}[\],:])|("(?:[^"\\]|\\.)*")|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null))/y;

/** The value of a JSON text. Objects have no prototype. */
export function parseJson(text: string): Json {
  const tokens = new RegExp(TOKEN);
  const open: { readonly into: Json[] | JsonObject; key: string | null }[] = [];
  const root: Json[] = [];
  let into: Json[] | JsonObject = root;
  let key: string | null = null;
  const put = (value: Json): void => {
    if (Array.isArray(into)) into.push(value);
    else if (key !== null) {
      into[key] = value;
      key = null;
    }
  };
  while (root.length === 0 || open.length > 0) {
    const match = tokens.exec(text);
    if (match === null) throw new SyntaxError(`No JSON token in the text behind ${JSON.stringify(text.slice(0, 40))}`);
    const [, mark, string, number, word] = match;
    if (mark === "{" || mark === "[") {
      const fresh: Json[] | JsonObject = mark === "[" ? [] : Object.create(null) as JsonObject; // no prototype, as documented
      put(fresh);
      open.push({ into, key });
      into = fresh;
      key = null;
    } else if (mark === "}" || mark === "]") {
      const level = open.pop();
      if (level === undefined) throw new SyntaxError("Unbalanced JSON");
      into = level.into;
      key = level.key;
    } else if (string !== undefined) {
      const value = JSON.parse(string) as string; // the token is a string
      if (!Array.isArray(into) && key === null) key = value;
      else put(value);
    } else if (number !== undefined) put(numberOf(number));
    else if (word !== undefined) put(JSON.parse(word) as Json); // true, false or null
  }
  return root[0];
}

function numberOf(text: string): Json {
  if (/[.eE]/.test(text)) return new Float(Number(text));
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}
