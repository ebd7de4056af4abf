// What the code of a TorchScript archive says of its classes, read as text and never run:
//
//   class Linear(Module):
//     __parameters__ = ["weight", "bias", ]
//     __buffers__ = []
//
// A tensor in a module is a parameter, a buffer or neither; only these lines tell. The pickle does not.

/** A class of the archive's code. */
export interface ScriptClass {
  /** It is declared as a module. */
  readonly isModule: boolean;
  readonly parameters: ReadonlySet<string>;
  readonly buffers: ReadonlySet<string>;
}

/** The record of the code of a `__torch__.a.b`, within the archive's folder. */
export function codeRecordOf(module: string): string {
  return `code/${module.replaceAll(".", "/")}.py`;
}

/** The classes that a code file declares, by their names. One pass over its lines. */
export function classesOf(text: string): Map<string, ScriptClass> {
  const out = new Map<string, ScriptClass>();
  let open: { parameters: Set<string>; buffers: Set<string> } | undefined;
  for (let at = 0; at < text.length;) {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline;
    if (text.startsWith("class ", at)) {
      const [name, base] = headOf(text.slice(at + 6, Math.min(end, at + 6 + MAX_HEAD)));
      open = { parameters: new Set(), buffers: new Set() };
      out.set(name, { isModule: base === "Module", ...open });
    } else if (text.startsWith("def ", at)) open = undefined;
    else if (open !== undefined && text.startsWith("  __parameters__ = [", at)) addTexts(text, at + 20, end, open.parameters);
    else if (open !== undefined && text.startsWith("  __buffers__ = [", at)) addTexts(text, at + 17, end, open.buffers);
    at = end + 1;
  }
  return out;
}

/** Longer names of classes no program has. */
const MAX_HEAD = 4096;

/** Of `Linear(Module):` the name and the base. */
function headOf(line: string): readonly [name: string, base: string] {
  const bracket = line.indexOf("(");
  return [line.slice(0, bracket < 0 ? line.length : bracket), bracket < 0 ? "" : line.slice(bracket + 1, line.indexOf(")", bracket))];
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "\\": "\\", "'": "'", '"': '"', a: "\x07", b: "\b", f: "\f", v: "\v" };

/** Adds the quoted texts between two places of a line to a set. */
function addTexts(text: string, from: number, to: number, into: Set<string>): void {
  for (let at = from; at < to; at++) {
    const quote = text[at];
    if (quote === "]") return;
    if (quote !== '"' && quote !== "'") continue;
    let word = "";
    for (at++; at < to && text[at] !== quote; at++) {
      if (text[at] !== "\\" || at + 1 >= to) word += text[at];
      else {
        const octal = /^[0-7]{3}/.exec(text.slice(at + 1, at + 4));
        word += octal !== null ? String.fromCharCode(parseInt(octal[0], 8)) : ESCAPES[text[at + 1]] ?? text[at + 1];
        at += octal !== null ? 3 : 1;
      }
    }
    into.add(word);
  }
}
