// `brine convert`: a file through brine's values and back. Nothing is run on the way, so no class is refused; what comes out
// is written in the way of the input, as far as brine writes it, and where it does not, says so.
import type { CheckpointFile } from "../checkpoint/checkpoint_file.js";
import { load } from "../checkpoint/load.js";
import { open } from "../checkpoint/open.js";
import type { SaveOptions } from "../checkpoint/options.js";
import { save, type SaveControl } from "../checkpoint/save.js";
import { BrineError } from "../core/errors.js";
import { Dict, type Tensor } from "../index.js";
import type { Output } from "./output.js";
import { counted } from "./table.js";
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
  if (options.format === "safetensors") {
    delete nearest["format"];
    if (options.metadata !== undefined) leave("metadata", "the metadata of the header is left out");
  } else if (options.format !== undefined && options.format !== "zip") leave("format", `format "${options.format}" is written as "zip"`);
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

/** How the command is to convert. */
export interface ConvertFlags {
  /** Into safetensors: take the tensors out of whatever holds them, by the names that `ls` gives. */
  readonly flatten: boolean;
  /** Into safetensors: write tensors that share memory each by itself. */
  readonly copy: boolean;
}

/** Is that what a safetensors file is called? */
export function isSafetensorsName(path: string): boolean {
  return /\.safetensors$/i.test(path);
}

/** Converts a file; notes go to standard error. */
export async function convert(from: string, to: string, flags: ConvertFlags, where: Where, out: Output): Promise<number> {
  const checkpoint = await open(from, where);
  const { saveOptions, container } = checkpoint;
  try {
    await checkpoint.openAll();
    if (isSafetensorsName(to)) return await intoSafetensors(checkpoint, from, to, flags, where, out);
  } finally {
    await checkpoint.close();
  }
  const value = await load(from, { ...where, weightsOnly: false });
  const { options, notes } = writable(saveOptions);
  const other = container === "tar" ? "a tar of torch 0.1" : container === "pickle" ? "a plain pickle" : container === "safetensors" ? "a safetensors file" : undefined;
  if (other !== undefined) out.error(`brine: note: ${other} is written as a zip of the newest layout`);
  const { signal, onProgress } = where;
  await save(value, to, { ...options, signal, onProgress });
  if (container === "torchscript" || container === "pt2" || container === "package") {
    out.error("brine: note: only the values are written: no code, and nothing that is no part of them");
  }
  for (const note of notes) out.error(`brine: note: ${note}`);
  return 0;
}

/** Writes the tensors of a checkpoint as a safetensors file. */
async function intoSafetensors(checkpoint: CheckpointFile, from: string, to: string, flags: ConvertFlags, where: Where, out: Output): Promise<number> {
  const { signal, onProgress } = where;
  const options: SaveOptions & SaveControl = { format: "safetensors", sharedTensors: flags.copy ? "copy" : "refuse", metadata: metadataFor(checkpoint), signal, onProgress };
  if (!flags.flatten) {
    await save(await load(from, { ...where, weightsOnly: false }), to, options).catch((error: unknown) => { throw advised(error, out); });
    return 0;
  }
  const tensors = new Dict<string, Tensor>();
  for (const { name } of checkpoint.tensors()) tensors.set(name, checkpoint.get(name) as Tensor); // it was listed
  await save(tensors, to, options).catch((error: unknown) => { throw advised(error, out); });
  out.error(`brine: note: ${counted(tensors.size, "tensor")} written under the names that ls gives; whatever else the file holds is left out`);
  return 0;
}

/** An error of what safetensors cannot hold, with a note of the flag that helps. */
function advised(error: unknown, out: Output): unknown {
  const code = error instanceof BrineError ? error.code : "";
  if (code === "SAFETENSORS_VALUE") out.error("brine: note: --flatten writes the tensors alone, by the names that ls gives");
  if (code === "SAFETENSORS_SHARED") out.error("brine: note: --copy writes each of the tensors that share memory by itself");
  return error;
}

/** The texts of a safetensors file are kept; of a checkpoint, what readers of PyTorch's tensors look for. */
function metadataFor({ container, metadata }: CheckpointFile): SaveOptions["metadata"] {
  return metadata ?? (container === "safetensors" ? undefined : { format: "pt" });
}
