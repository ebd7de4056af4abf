// Where there are no files, or none that can be mapped.
import { UnsupportedError } from "../core/errors.js";
import type { MapPages } from "./mmap_file.node.js";

/** Is a map one of the open file? There are no maps. */
export const mapsByNumber: boolean = false;

/** Refuses: there is nothing to map files by. */
export function mapper(): MapPages {
  throw new UnsupportedError("Cannot map files in this runtime: load without mmap", { code: "MMAP" });
}
