// Finds the modules that a TypeScript or JavaScript file names, in every form: import, export … from, import("…"),
// type imports, require. It reads tokens and not lines, so that comments, strings, templates and patterns hide nothing
// and add nothing.

/** A token: a word, a plain text (quoted, or a template without `${`), or one sign. */
type Token = { readonly kind: "word" | "text" | "sign"; readonly text: string };

/** After one of these words a `/` begins a pattern, and is no division. */
const BEFORE_PATTERN = new Set([
  "return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "else", "do", "yield", "await", "instanceof",
]);

/** The end of a quoted text or pattern that begins at `at`: the place of its closing sign. */
function closing(source: string, at: number, sign: string): number {
  let inClass = false; // [/] inside a pattern
  for (let i = at + 1; i < source.length; i++) {
    const c = source[i];
    if (c === "\\") i++;
    else if (sign === "/" && c === "[") inClass = true;
    else if (sign === "/" && c === "]") inClass = false;
    else if (c === sign && !inClass) return i;
  }
  return source.length;
}

/** Reads the characters of a template from `at` on: to its end, or to the `${` that leaves it. */
function templatePart(source: string, at: number): { readonly end: number; readonly leaves: boolean } {
  for (let i = at; i < source.length; i++) {
    if (source[i] === "\\") i++;
    else if (source[i] === "`") return { end: i, leaves: false };
    else if (source[i] === "$" && source[i + 1] === "{") return { end: i, leaves: true };
  }
  return { end: source.length, leaves: false };
}

function tokens(source: string): Token[] {
  const found: Token[] = [];
  const open: ("{" | "${")[] = []; // a "}" that closes "${" goes back into the template
  const word = /[\p{ID_Start}$_#][\p{ID_Continue}$\u200c\u200d]*|[0-9][\w.]*/uy;
  const template = (at: number, first: boolean): number => {
    const { end, leaves } = templatePart(source, at);
    if (first && !leaves) found.push({ kind: "text", text: source.slice(at, end) });
    else found.push({ kind: "sign", text: "`" });
    if (leaves) open.push("${");
    return end + (leaves ? 2 : 1);
  };
  let i = source.startsWith("#!") ? source.indexOf("\n") : 0;
  while (i >= 0 && i < source.length) {
    const c = source[i] ?? "";
    if (/\s/.test(c)) { i++; continue; }
    if (source.startsWith("//", i)) {
      const end = source.indexOf("\n", i);
      i = end < 0 ? source.length : end;
      continue;
    }
    if (source.startsWith("/*", i)) {
      const end = source.indexOf("*/", i + 2);
      i = end < 0 ? source.length : end + 2;
      continue;
    }
    const last = found.at(-1);
    if (c === '"' || c === "'") {
      const end = closing(source, i, c);
      found.push({ kind: "text", text: source.slice(i + 1, end) });
      i = end + 1;
    } else if (c === "`") {
      i = template(i + 1, true);
    } else if (c === "}" && open.pop() === "${") {
      i = template(i + 1, false);
    } else if (c === "/" && (last === undefined || (last.kind === "sign" ? !")]}`".includes(last.text) : last.kind === "word" && BEFORE_PATTERN.has(last.text)))) {
      i = closing(source, i, "/") + 1;
      found.push({ kind: "text", text: "" }); // a value, as a quoted text is one
    } else {
      word.lastIndex = i;
      const [text] = word.exec(source) ?? [];
      if (c === "{") open.push("{");
      found.push(text === undefined ? { kind: "sign", text: c } : { kind: "word", text });
      i += text?.length ?? c.length;
    }
  }
  return found;
}

/** The modules that `source` names, in order. `null` stands for an import whose name is no plain text. */
export function importsOf(source: string): (string | null)[] {
  const all = tokens(source);
  const found: (string | null)[] = [];
  const is = (at: number, kind: Token["kind"], text: string): boolean => all[at]?.kind === kind && all[at]?.text === text;

  /** From a name list on to `from "…"`; adds what it finds. */
  const list = (at: number): void => {
    for (let i = at; i < all.length; i++) {
      const token = all[i] as Token; // i is within the array
      const next = all[i + 1];
      if (token.kind === "word" && token.text === "from" && next?.kind === "text") {
        found.push(next.text);
        return;
      }
      if (token.kind === "sign" && !"{},*".includes(token.text)) return;
    }
  };

  all.forEach((token, at) => {
    if (token.kind !== "word" || is(at - 1, "sign", ".")) return;
    const next = all[at + 1];
    if ((token.text === "import" || token.text === "require") && is(at + 1, "sign", "(")) {
      const name = all[at + 2];
      // A method may be called import or require where it is declared; its parameters are no text either way.
      found.push(name?.kind === "text" ? name.text : null);
    } else if (token.text === "import" && next?.kind === "text") {
      found.push(next.text);
    } else if (token.text === "import" && (next?.kind === "word" || is(at + 1, "sign", "{") || is(at + 1, "sign", "*"))) {
      list(at + 1); // import a = require("…") is found at its `require`
    } else if (token.text === "export") {
      const names = is(at + 1, "word", "type") ? at + 2 : at + 1;
      if (is(names, "sign", "{") || is(names, "sign", "*")) list(names);
    }
  });
  return found;
}
