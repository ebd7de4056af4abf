// What the code files of a TorchScript archive declare: for each class its parameters and buffers. They are read as text,
// line by line, and nothing else is done with them.
//
//   class BatchNorm1d(Module):
//     __parameters__ = ["weight", "bias", ]
//     __buffers__ = ["running_mean", "running_var", ]      since torch 1.6; before, no attribute counts as a buffer
//     def forward(self: …                                  deeper lines are the bodies of methods

/** What a class declares. */
export interface ScriptClass {
  /** Does it extend Module? */
  readonly isModule: boolean;
  readonly parameters: ReadonlySet<string>;
  readonly buffers: ReadonlySet<string>;
}

/** The module that a code file defines: `__torch__.a.b` for `code/__torch__/a/b.py`; undefined where it is no code file. */
export function moduleOf(record: string): string | undefined {
  const [, path] = /^code\/(.+)\.py$/.exec(record) ?? [];
  return path?.replaceAll("/", ".");
}

/** The classes that a code file declares, by their full names. */
export function classesOf(module: string, text: string): Map<string, ScriptClass> {
  const out = new Map<string, ScriptClass>();
  let parameters: Set<string> | undefined;
  let buffers = new Set<string>();
  for (const line of text.split("\n")) {
    if (line.startsWith("class ")) {
      const [, name = "", base = ""] = /^class ([^\s(:]+)(?:\((\w*)\))?:/.exec(line) ?? [];
      parameters = new Set();
      buffers = new Set();
      out.set(`${module}.${name}`, { isModule: base === "Module", parameters, buffers });
    } else if (parameters !== undefined) {
      if (line.startsWith("  __parameters__ = [")) addNames(line, parameters);
      else if (line.startsWith("  __buffers__ = [")) addNames(line, buffers);
    }
  }
  return out;
}

function addNames(line: string, to: Set<string>): void {
  for (const [, name] of line.matchAll(/"([^"]*)"/g)) to.add(name);
}
