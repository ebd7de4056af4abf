// How a file was written, told from the file: the options with which `save` writes it again.
import * as FACT from "../../assembly/shared/facts.js";
import type { Archive } from "./archive.js";
import type { SaveOptions } from "./options.js";

/** The options that give this file back. */
export function saveOptionsOf(archive: Archive): SaveOptions {
  const flags = archive.fact(FACT.FACT_FLAGS);
  const byteorder = archive.fact(FACT.FACT_BYTEORDER);
  const keys = Array.from({ length: archive.storageCount }, (_, row) => archive.storage(row).key);
  const numbered = keys.every((key, row) => key === `${row}`);
  const torchVersion = archive.fact(FACT.FACT_FORMAT_VERSION) > 0 ? "2.7"
    : byteorder !== 0 || (flags & FACT.FACTS_WITH_ID) !== 0 ? "2.1" : numbered ? "1.9" : "1.6";
  return {
    format: "zip",
    pickleProtocol: archive.fact(FACT.FACT_PROTOCOL),
    torchVersion,
    folder: archive.folder,
    storageAlignment: archive.fact(FACT.FACT_ALIGNMENT) || 64,
    computeCrc32: (flags & FACT.FACTS_WITHOUT_CRC) === 0,
    byteorder: byteorder === 2 ? "big" : "little",
    ...((flags & FACT.FACTS_LATE_BYTEORDER) !== 0 ? { byteorderRecord: "last" } as const : {}),
    ...(numbered ? {} : { keys }),
  };
}
