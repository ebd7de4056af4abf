// A compiler transform that packs the core's tables of names. In the source a table is a template literal, which people can
// read and check; in the binary it would stand with two bytes a character, and a third of its bytes where repetitions are
// told as such. The tables share many words, so they are packed as one text: the empty template literal of
// assembly/base/lists.ts becomes that, and every other one the offset at which it begins there. lists.ts unpacks, and draws
// what is made here.
import { Transform } from "assemblyscript/transform";
import { LiteralKind, NodeKind } from "assemblyscript";

const LEAST = 3; // characters that a repetition replaces
const MOST = LEAST + 15;
const FAR = 2047;

/** The order of the files with tables in which they pack best, found by trying all; others come behind, by name. */
const ORDER = ["assembly/torch/known_names", "assembly/pickle/encode_global", "assembly/shared/python2_names", "assembly/torch/names"];

export default class PackTransform extends Transform {
  afterParse(parser) {
    const sources = parser.sources.filter(({ internalPath }) => internalPath.startsWith("assembly/"));
    const tables = sources.flatMap(({ internalPath, statements }) => tablesOf(statements).map((table) => ({ internalPath, table })));
    const place = (path) => `${ORDER.includes(path) ? ORDER.indexOf(path) : ORDER.length} ${path}`;
    tables.sort((a, b) => place(a.internalPath).localeCompare(place(b.internalPath), "en"));
    const all = tables.find(({ table }) => table.parts[0] === "");
    let text = "";
    for (const { table } of tables) {
      if (table === all?.table) continue;
      const offset = text.length;
      text += `${table.parts[0]}\n\0`;
      table.parts[0] = String.fromCharCode(offset);
    }
    if (all !== undefined) all.table.parts[0] = packed(text);
  }
}

/** The template literals that are constants of type string, in their order. */
function tablesOf(statements) {
  const declarations = statements.flatMap((statement) => (statement.kind === NodeKind.Variable ? statement.declarations : []));
  return declarations
    .filter(({ type, initializer }) => type?.name?.identifier.text === "string" && initializer?.literalKind === LiteralKind.Template)
    .map(({ initializer }) => initializer);
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
