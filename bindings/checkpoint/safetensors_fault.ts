// How a safetensors file is told from a checkpoint of torch.save, before anything else is tried: its length may look like
// the beginning of a zip, of gzip or of a pickle.
import { UnsupportedError } from "../core/errors.js";

/** Does a safetensors header begin there? A length under 2^32, and JSON of an object behind it: no other kind begins so. */
export function beginsAsSafetensors(head: Uint8Array): boolean {
  return head[4] === 0 && head[5] === 0 && head[6] === 0 && head[7] === 0 && head[8] === 0x7b;
}

/** Is that why a file was not opened? */
export function isSafetensors(fault: unknown): boolean {
  return fault instanceof UnsupportedError && fault.code === "SAFETENSORS";
}

/** Null where that is why, for whoever reads such files too; every other fault is thrown on. */
export function unlessSafetensors(fault: unknown): null {
  if (isSafetensors(fault)) return null;
  throw fault;
}
