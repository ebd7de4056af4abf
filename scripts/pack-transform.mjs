// A compiler transform that packs the core's tables of names. In the source a table is a template literal, which people can
// read and check; in the binary it would stand with two bytes a character, and a third of its bytes where repetitions are
// told as such. assembly/base/lists.ts unpacks, and draws what is made here.
import { Transform } from "assemblyscript/transform";
import { LiteralKind, NodeKind } from "assemblyscript";

const LEAST = 3; // characters that a repetition replaces
const MOST = LEAST + 15;
const FAR = 2047;

export default class PackTransform extends Transform {
  afterParse(parser) {
    for (const { internalPath, statements } of parser.sources) {
      if (!internalPath.startsWith("assembly/")) continue;
      for (const { kind, declarations } of statements) {
        if (kind === NodeKind.Variable) for (const { type, initializer } of declarations) packLiteral(type, initializer);
      }
    }
  }
}

function packLiteral(type, literal) {
  if (type?.name?.identifier.text !== "string" || literal?.kind !== NodeKind.Literal) return;
  if (literal.literalKind === LiteralKind.Template) literal.parts[0] = packed(literal.parts[0]);
}

/** A string whose characters are, two bytes each, the packed text. */
function packed(text) {
  const bytes = [text.length & 0xff, text.length >> 8, ...pack(text)];
  if (bytes.length % 2 !== 0) bytes.push(0);
  const units = [];
  for (let i = 0; i < bytes.length; i += 2) units.push(bytes[i] | (bytes[i + 1] << 8));
  return String.fromCharCode(...units);
}

/** The fewest bytes for a text, chosen from its end: what follows a repetition costs the same however it was reached. */
function pack(text) {
  if (!/^[\0-\x7f]*$/.test(text)) throw new Error(`Table of names that is not ASCII: ${text.slice(0, 40)}`);
  const cost = new Array(text.length + 1).fill(0);
  const steps = new Array(text.length);
  for (let i = text.length - 1; i >= 0; i--) {
    cost[i] = cost[i + 1] + 1;
    steps[i] = { length: 1 };
    for (let from = Math.max(0, i - FAR); from < i; from++) {
      for (let n = 1; n <= MOST && i + n <= text.length && text[from + n - 1] === text[i + n - 1]; n++) {
        if (n < LEAST || cost[i + n] + 2 >= cost[i]) continue;
        cost[i] = cost[i + n] + 2;
        steps[i] = { length: n, back: i - from };
      }
    }
  }
  const bytes = [];
  for (let i = 0; i < text.length; i += steps[i].length) {
    const { length, back } = steps[i];
    if (back === undefined) bytes.push(text.charCodeAt(i));
    else bytes.push(0x80 | ((length - LEAST) << 3) | (back >> 8), back & 0xff);
  }
  return bytes;
}
