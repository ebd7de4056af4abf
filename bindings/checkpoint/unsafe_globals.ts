// torch.serialization.get_unsafe_globals_in_checkpoint: what weights-only loading would refuse, told without loading.
import { python3Name } from "../core/python3_name.js";
import type { SourceLike } from "../io/to_source.js";
import { open } from "./open.js";
import type { OpenOptions } from "./options.js";
import { getSafeGlobals } from "./policy.js";

/**
 * The names that weights-only loading would refuse, in order of first use: neither torch's list nor `addSafeGlobals` has them.
 * Opcodes count for nothing here: a file of protocol 4 is refused for them, whatever it names.
 *
 * @param source a path, a `file:` URL, bytes, or a `Source`
 * @returns full names in Python 3's spelling, as `addSafeGlobals` takes them
 * @throws FormatError, SourceError, UnpicklingError, LimitError, UnsupportedError as `open` does: a list that breaks off would look safe
 *
 * @example Allow what a file names, after a look at it
 * ```ts
 * const names = await getUnsafeGlobals("training_args.bin");
 * console.log(names);
 * ```
 */
export async function getUnsafeGlobals(source: SourceLike, options: OpenOptions = {}): Promise<string[]> {
  const file = await open(source, options);
  try {
    const safe = new Set(getSafeGlobals());
    const names = file.globals.filter(({ allowed }) => !allowed).map(({ module, name }) => python3Name(module, name));
    return [...new Set(names)].filter((name) => !safe.has(name) || /^(sys|os|posix|nt)\.[^.]+$/.test(name));
  } finally {
    await file.close();
  }
}
