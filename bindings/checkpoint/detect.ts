// What a file is that brine does not read: told by its first bytes, so that the message can say what was found and what to do.
import { FormatError } from "../core/errors.js";

interface Kind {
  readonly code: string;
  readonly found: string;
  readonly advice: string;
  matches(head: Uint8Array): boolean;
}

const ascii = (head: Uint8Array, from: number, to: number): string => String.fromCharCode(...head.subarray(from, to));
const begins = (...bytes: number[]) => (head: Uint8Array): boolean => bytes.every((b, i) => head[i] === b);

const KINDS: readonly Kind[] = [
  { code: "GZIP", found: "a gzip file", advice: "Unpack it first: one wrapping is read, not two", matches: begins(0x1f, 0x8b) },
  { code: "PREVIEW", found: "an archive of a 2018 preview release", advice: "No release of PyTorch reads it",
    matches: (head) => ascii(head, 0, 8) === "PYTORCH1" },
  { code: "GIT_LFS", found: "a git-lfs pointer", advice: "This is a pointer, the file was not downloaded: run git lfs pull",
    matches: (head) => ascii(head, 0, 40).startsWith("version https://git-lfs.github.com/spec/") },
  { code: "HTML", found: "an HTML page", advice: "The download gave an error page instead of the file",
    matches: (head) => /^\s*(<!doctype html|<html)/i.test(ascii(head, 0, 64)) },
  { code: "FLATBUFFER", found: "a mobile flatbuffer module", advice: "torch.load does not read it either",
    matches: (head) => ascii(head, 4, 8) === "PTMF" },
  { code: "HDF5", found: "an HDF5 file", advice: "Keras and others write these; read it with an HDF5 library", matches: begins(0x89, 0x48, 0x44, 0x46) },
  { code: "NPY", found: "a NumPy array file", advice: "Read it with a .npy reader", matches: begins(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59) },
  { code: "GGUF", found: "a GGUF file", advice: "llama.cpp and others read it", matches: begins(0x47, 0x47, 0x55, 0x46) },
  // What is none of these tricks is told before anything else (safetensors_fault.ts).
  { code: "SAFETENSORS_HEADER", found: "a safetensors file whose header claims 4 GB or more, or does not begin with \"{\"", advice: "The format allows neither",
    matches: (head) => /^[ \t\r\n]*\{[ \t\r\n]*["}]/.test(ascii(head, 8, 512)) },
];

/**
 * Throws the error that says what this file is instead of a checkpoint.
 *
 * @param wrapping what it was taken out of; "": nothing
 * @param notPickle why it is no pickle either, if it was tried
 */
export function detectOther(head: Uint8Array, size: number, wrapping: string = "", notPickle: string = ""): never {
  const inside = wrapping === "" ? "" : ` inside a ${wrapping} file`;
  const kind = KINDS.find((k) => k.matches(head));
  if (kind === undefined) {
    const text = head.subarray(0, 64).every((b) => b === 9 || b === 10 || b === 13 || (b >= 32 && b < 127));
    throw new FormatError(
      `Cannot read checkpoint: found ${text ? "a text file" : "bytes of an unknown kind"} of ${size} bytes${inside}, expected a file that torch.save wrote ` +
        `(a zip, which begins with "PK")${notPickle === "" ? "" : `; ${notPickle}`}`,
      { code: "NOT_A_CHECKPOINT", offset: 0 },
    );
  }
  throw new FormatError(`Cannot read checkpoint: found ${kind.found}${inside}. ${kind.advice}`, { code: kind.code, offset: 0 });
}

/** Zips that brine reads although they have no data.pkl, told by the names of their records. */
const OTHERS: readonly { readonly name: RegExp; readonly kind: "torchscript" | "pt2" | "package" }[] = [
  { name: /^[^/]+\/model\.json$/, kind: "torchscript" },
  { name: /^([^/]+\/archive_format|([^/]+\/)?serialized_exported_program\.json)$/, kind: "pt2" },
  { name: /^[^/]+\/(\.data\/)?extern_modules$/, kind: "package" },
];

/** The kind of a zip without a data.pkl; null where it is none that is read. */
export function kindOfZip(names: Iterable<string>): "torchscript" | "pt2" | "package" | null {
  let best = OTHERS.length;
  for (const name of names) {
    for (let i = 0; i < best; i++) if (OTHERS[i].name.test(name)) best = i;
    if (best === 0) break;
  }
  return best < OTHERS.length ? OTHERS[best].kind : null;
}

/** Zips that are no checkpoints, told by the names of their records. */
const ZIPS: readonly { readonly name: RegExp; readonly what: string }[] = [
  { name: /\.npy$/, what: "It is a NumPy .npz file: read it with a .npz reader" },
  { name: /(^|\/)constants\.pkl$/, what: "It is a TorchScript archive without its module" },
  { name: /^(config|metadata)\.json$/, what: "It is a zip of another program, such as Keras" },
];

/** Names of checkpoints, as people give them, and as torch.export 2.1 gave one. */
const CHECKPOINT = /\.(pth|pt|ckpt|bin)$|^serialized_state_dict\.json$/;
/** So many are named. */
const NAMED = 8;

/** Those of these names that look like checkpoints. */
export function checkpointsAmong(names: Iterable<string>): string[] {
  const out: string[] = [];
  for (const name of names) if (CHECKPOINT.test(name)) out.push(name);
  return out;
}

/** What to say of checkpoints inside a zip. */
export function memberAdvice(members: readonly string[]): string {
  const shown = members.slice(0, NAMED).map((name) => JSON.stringify(name)).join(", ");
  const more = members.length > NAMED ? ` and ${members.length - NAMED} more` : "";
  const weights = members.find((name) => !/optim|variables|inputs/i.test(name)) ?? members[0];
  return `It holds ${shown}${more}: say load(src, { member: ${JSON.stringify(weights)} })`;
}

/** What a zip is that has no data.pkl where torch.save puts it; "" where nothing tells. */
export function hintOf(names: readonly string[]): string {
  let best = ZIPS.length;
  for (const name of names) {
    for (let i = 0; i < best; i++) if (ZIPS[i].name.test(name)) best = i;
    if (best === 0) break;
  }
  const members = checkpointsAmong(names);
  if (best > 1 && members.length > 0) return `. ${memberAdvice(members)}`;
  return best < ZIPS.length ? `. ${ZIPS[best].what}` : "";
}
