// How a module prints: its class, what it says of itself, and its children, each level indented by two.
//
//   Name(extra)        without children, and one line       Name(
//   Name()             nothing at all                         extra, line by line
//                                                             (child): its own text
//                                                           )
//
// A ModuleList joins neighbours of the same text: `(0-2): 3 x Linear(…)`. So texts are first compared and then written:
//
//   1  shapes   from the leaves up, each module becomes a shape; modules that print the same are one shape
//   2  write    from the root down, into one list of lines, with a stack of its own
//
// A module that holds itself prints as `...` there, where Python gives up.

import { MAX_TEXT, tooLong } from "../python/quote.js";
import { strOf } from "../python/repr.js";
import { ModuleBase } from "./module_base.js";
import { extraText } from "./module_extra.js";
import { typeName } from "./type_name.js";

/** A module's text, before it is indented. */
interface Shape {
  readonly open: string;
  /** Each with what stands before it. */
  readonly children: readonly (readonly [label: string, shape: Shape])[];
  readonly close: string;
}

const NONE: Shape = { open: "None", children: [], close: "" };
const ITSELF: Shape = { open: "...", children: [], close: "" };

/** Classes that print their children by number. */
const LISTS: ReadonlySet<string> = new Set(["torch.nn.modules.container.ModuleList", "torch.nn.utils.parametrize.ParametrizationList"]);

/** The text that Python prints for a module. */
export function moduleText(root: ModuleBase): string {
  return written(new Shapes().of(root));
}

/** A module whose children are being looked at. */
interface Frame {
  readonly module: ModuleBase;
  readonly children: readonly (readonly [string, Shape | ModuleBase])[];
  readonly shapes: Shape[];
}

class Shapes {
  readonly #made: Map<ModuleBase, Shape> = new Map();
  readonly #open: Set<ModuleBase> = new Set();
  /** Shapes by what they print, so that equal ones are one. */
  readonly #known: Map<string, Shape> = new Map();
  readonly #numbers: Map<Shape, number> = new Map();

  of(root: ModuleBase): Shape {
    const stack: Frame[] = [this.#begin(root)];
    for (;;) {
      const frame = stack[stack.length - 1];
      const next = frame.children[frame.shapes.length];
      if (next === undefined) {
        const shape = this.#shape(frame);
        this.#made.set(frame.module, shape);
        this.#open.delete(frame.module);
        stack.pop();
        if (stack.length === 0) return shape;
        stack[stack.length - 1].shapes.push(shape);
        continue;
      }
      const [, child] = next;
      const known = child instanceof ModuleBase ? this.#made.get(child) ?? (this.#open.has(child) ? ITSELF : undefined) : child;
      if (known !== undefined) frame.shapes.push(known);
      else stack.push(this.#begin(child as ModuleBase)); // a shape is known
    }
  }

  #begin(module: ModuleBase): Frame {
    this.#open.add(module);
    const children = Array.from(module.table("_modules"), ([name, child]): [string, Shape | ModuleBase] =>
      [strOf(name), child instanceof ModuleBase ? child : child === null ? NONE : this.#one(`<${typeName(child)} object>`, [], "")]);
    return { module, children, shapes: [] };
  }

  #shape({ module, children, shapes }: Frame): Shape {
    const name = module.className;
    if (LISTS.has(`${module.module}.${module.name}`)) {
      return this.#one(`${name}(`, joinedEqual(shapes), shapes.length === 0 ? ")" : "\n)");
    }
    const extra = extraText(module);
    const lines = extra === "" ? [] : extra.split("\n");
    if (children.length === 0 && lines.length <= 1) return this.#one(`${name}(${extra}`, [], ")");
    const open = [`${name}(`, ...lines.map((line) => `  ${line}`)].join("\n");
    return this.#one(open, children.map(([child], i): [string, Shape] => [`(${child}): `, shapes[i]]), "\n)");
  }

  #one(open: string, children: readonly (readonly [string, Shape])[], close: string): Shape {
    const key = JSON.stringify([open, close, ...children.flatMap(([label, shape]) => [label, this.#number(shape)])]);
    let shape = this.#known.get(key);
    if (shape === undefined) this.#known.set(key, shape = { open, children, close });
    return shape;
  }

  #number(shape: Shape): number {
    let number = this.#numbers.get(shape);
    if (number === undefined) this.#numbers.set(shape, number = this.#numbers.size);
    return number;
  }
}

/** The children of a list: neighbours of one shape stand together. */
function joinedEqual(shapes: readonly Shape[]): [string, Shape][] {
  const out: [string, Shape][] = [];
  for (let from = 0, to = 0; from < shapes.length; from = to) {
    while (to < shapes.length && shapes[to] === shapes[from]) to++;
    out.push([to === from + 1 ? `(${from}): ` : `(${from}-${to - 1}): ${to - from} x `, shapes[from]]);
  }
  return out;
}

function written(root: Shape): string {
  const pieces: string[] = [];
  let length = 0;
  const put = (text: string, depth: number): void => {
    const lines = text.includes("\n") ? text.split("\n").length - 1 : 0;
    length += text.length + lines * 2 * depth;
    if (length > MAX_TEXT) throw tooLong(length);
    pieces.push(lines === 0 ? text : text.replaceAll("\n", `\n${"  ".repeat(depth)}`));
  };
  const stack: { readonly shape: Shape; at: number }[] = [];
  const begin = (shape: Shape): void => {
    put(shape.open, stack.length);
    stack.push({ shape, at: 0 });
  };
  begin(root);
  while (stack.length > 0) {
    const frame = stack[stack.length - 1];
    const child = frame.shape.children[frame.at++];
    if (child === undefined) {
      stack.pop();
      put(frame.shape.close, stack.length);
      continue;
    }
    put(`\n  ${child[0]}`, stack.length - 1);
    begin(child[1]);
  }
  return pieces.join("");
}
