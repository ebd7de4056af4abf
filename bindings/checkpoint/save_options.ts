// How a file was written, told from the file: the options with which `save` writes it again.
import * as FACT from "../../assembly/shared/facts.js";
import * as C from "../../assembly/shared/columns.js";
import { K_GLOBAL, K_TUPLE } from "../../assembly/shared/kinds.js";
import type { Archive } from "./archive.js";
import type { SaveOptions } from "./options.js";

/** Compressed sparse tensors are all that tells a file of 2.0 from one of 1.9: CSR had a function of its own before. */
function hasSparseOf2(archive: Archive): boolean {
  const { objects, kind, a, b, edges } = archive.columns;
  for (let w = 0; w < objects.length; w += C.O_WORDS) {
    const callable = objects[w + C.O_CALLABLE];
    const args = objects[w + C.O_ARGS];
    if (kind[callable] !== K_GLOBAL || kind[args] !== K_TUPLE || b[args] !== 2) continue;
    const data = edges[a[args] + 1];
    if (kind[data] === K_TUPLE && b[data] === 4 && archive.global(a[callable]).name === "_rebuild_sparse_tensor") return true;
  }
  return false;
}

/** Were the storages left out (skip_data)? Their records are holes without a checksum, among others that have theirs. */
function hasHoles(archive: Archive): boolean {
  if ((archive.fact(FACT.FACT_FLAGS) & FACT.FACTS_WITHOUT_CRC) !== 0) return false;
  let holes = 0;
  for (const row of archive.ownRows()) {
    const { nbytes, entry } = archive.storage(row);
    if (nbytes === 0) continue;
    if (archive.crcOf(entry) !== 0) return false;
    holes++;
  }
  return holes > 0;
}

/** The options that give this file back. */
export function saveOptionsOf(archive: Archive): SaveOptions {
  if (archive.container === "legacy") return streamOptions(archive);
  if (archive.container !== "zip") return { format: "zip" }; // torch.save writes no such thing: the newest layout of a zip
  const flags = archive.fact(FACT.FACT_FLAGS);
  const byteorder = archive.fact(FACT.FACT_BYTEORDER);
  const keys = Array.from({ length: archive.storageCount }, (_, row) => archive.storage(row).key);
  const numbered = keys.every((key, row) => key === `${row}`);
  const torchVersion = archive.fact(FACT.FACT_FORMAT_VERSION) > 0 ? "2.7"
    : byteorder !== 0 || (flags & FACT.FACTS_WITH_ID) !== 0 ? "2.1" : numbered ? (hasSparseOf2(archive) ? "2.0" : "1.9") : "1.6";
  return {
    format: "zip",
    pickleProtocol: archive.fact(FACT.FACT_PROTOCOL),
    torchVersion,
    folder: archive.folder,
    storageAlignment: archive.fact(FACT.FACT_ALIGNMENT) || 64,
    computeCrc32: (flags & FACT.FACTS_WITHOUT_CRC) === 0,
    byteorder: byteorder === 2 ? "big" : "little",
    ...((flags & FACT.FACTS_LATE_BYTEORDER) !== 0 ? { byteorderRecord: "last" } as const : {}),
    ...(hasHoles(archive) ? { skipData: true } : {}),
    ...(numbered ? {} : { keys }),
  };
}

/** Those of the stream format: its keys were addresses, so they are told, and the sources of classes with them. */
function streamOptions(archive: Archive): SaveOptions {
  const keys = Array.from(archive.ownRows(), (row) => archive.storage(row).key);
  const sources = archive.sources();
  return {
    format: "legacy",
    pickleProtocol: archive.fact(FACT.FACT_PROTOCOL),
    keys,
    ...(sources.size > 0 ? { sources: Object.fromEntries(sources) } : {}),
  };
}
