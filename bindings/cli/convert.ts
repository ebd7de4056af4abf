// `brine convert`: a file through brine's values and back. Nothing is run on the way, so no class is refused; what comes out
// is written in the way of the input, as far as brine writes it, and where it does not, says so.
import { load } from "../checkpoint/load.js";
import { open } from "../checkpoint/open.js";
import type { SaveOptions } from "../checkpoint/options.js";
import { save } from "../checkpoint/save.js";
import type { Output } from "./output.js";
import type { Where } from "./where.js";

/** Options to write with, and what of the input's they leave out. */
export interface Writable {
  readonly options: SaveOptions;
  readonly notes: readonly string[];
}

/** The nearest options to these that brine writes. */
export function writable(options: SaveOptions): Writable {
  const nearest: Record<string, unknown> = { ...options };
  const notes: string[] = [];
  const leave = (name: keyof SaveOptions, note: string): void => {
    delete nearest[name];
    notes.push(note);
  };
  if (options.format !== undefined && options.format !== "zip") leave("format", `format "${options.format}" is written as "zip"`);
  if (options.pickleProtocol !== undefined && options.pickleProtocol !== 2) {
    leave("pickleProtocol", `pickle protocol ${options.pickleProtocol} is written as 2`);
  }
  if (options.byteorder === "big") leave("byteorder", "big-endian tensors are written little-endian");
  if (options.skipData === true) leave("skipData", "storages that the input leaves out are written as zeros");
  if (options.keys !== undefined) leave("keys", "keys of storages are numbered anew");
  if (options.sources !== undefined) leave("sources", "class sources are left out");
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(options.torchVersion ?? "") ?? [];
  if (major !== undefined && Number(major) * 1000 + Number(minor) < 1009) {
    // The oldest that is written: a reader of that age may know no newer form of what is inside.
    nearest["torchVersion"] = "1.9";
    notes.push(`the layout of torch ${options.torchVersion} is written as that of 1.9`);
  }
  return { options: nearest as SaveOptions, notes };
}

/** Converts a file; notes go to standard error. */
export async function convert(from: string, to: string, where: Where, out: Output): Promise<number> {
  const checkpoint = await open(from, where);
  const { saveOptions, container } = checkpoint;
  await checkpoint.close();
  const value = await load(from, { ...where, weightsOnly: false });
  const { options, notes } = writable(saveOptions);
  const other = container === "tar" ? "a tar of torch 0.1" : container === "pickle" ? "a plain pickle" : undefined;
  if (other !== undefined) out.error(`brine: note: ${other} is written as a zip of the newest layout`);
  const { signal, onProgress } = where;
  await save(value, to, { ...options, signal, onProgress });
  if (container === "torchscript" || container === "pt2" || container === "package") {
    out.error("brine: note: only the values are written: no code, and nothing that is no part of them");
  }
  for (const note of notes) out.error(`brine: note: ${note}`);
  return 0;
}
