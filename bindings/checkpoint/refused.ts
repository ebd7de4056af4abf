// Why a checkpoint cannot be opened, in words: what the core's fault says of this archive, what a file is instead, and what
// is refused whole. Only who fails needs any of it.
import { faultError, type FaultNames } from "../core/faults.js";
import { readFault } from "../core/fault_record.js";
import { BrineError, FormatError, UnpicklingError, UnsupportedError } from "../core/errors.js";
import { python3Name } from "../core/python3_name.js";
import { refusedWhole } from "../core/refusals.js";
import * as FACT from "../../assembly/shared/facts.js";
import type { Archive } from "./archive.js";
import { hintOf } from "./detect.js";

/** Faults from here on count offsets in a pickle. */
const FIRST_OF_PICKLES = 64;

/** The fault that stopped the core, as an error. */
export function archiveFault(archive: Archive): BrineError {
  const fault = readFault(archive.core);
  if (archive.hasRecords || archive.isInRecord || fault.code < FIRST_OF_PICKLES) return faultError(fault, namesIn(archive), archive.pickleName);
  // Where the pickle stands is known: the offset is told in the file.
  const start = archive.memory.u64((archive.core.facts() >>> 0) + FACT.FACT_PICKLE_HEADER * 4);
  return faultError({ ...fault, offset: fault.offset + start }, namesIn(archive), null);
}

/** What the core's rows are called, for messages. */
function namesIn(archive: Archive): FaultNames {
  return {
    hint: () => hintOf(Array.from({ length: Math.min(archive.entryCount, 1000) }, (_, row) => archive.entry(row).name)),
    entry: (row) => (row < archive.entryCount ? archive.entry(row).name : `entry ${row}`),
    global: (row) => {
      if (row >= archive.globalCount) return "?";
      const { module, name } = archive.global(row);
      return python3Name(module, name);
    },
    storage: (row) => (row < archive.storageCount ? archive.storage(row).key : `${row}`),
  };
}

/** weights-only refuses TorchScript before anything in it. */
export function scriptRefused(): UnpicklingError {
  return new UnpicklingError(
    `${refusedWhole("TorchScript archives passed to ``torch.load``")}; torch.jit.save wrote this file (it has constants.pkl or model.json)`,
    { code: "TORCHSCRIPT" },
  );
}

/** A pickle that names storages, with nothing around it that holds them. */
export function withoutBytes(): UnpicklingError {
  return new UnpicklingError(
    "A plain pickle names storages by persistent ids, and holds no bytes for them: this is, it seems, the data.pkl of an archive. Open the archive",
    { code: "PERSISTENT_ID" },
  );
}

/** torch looks for no tar inside gzip. */
export function packedTar(): FormatError {
  return new FormatError("Cannot read checkpoint: found a gzip file with a tar archive inside (tar.gz). Unpack it first: a checkpoint may be among its files", {
    code: "GZIP", offset: 0,
  });
}

/** Why such a file is not opened as a checkpoint of torch.save; `load`, `open` and `inspect` go on from there. */
export function safetensorsFault(wrapping: string): FormatError | UnsupportedError {
  if (wrapping !== "") return new FormatError("Cannot read checkpoint: found a gzip file with a safetensors file inside. Unpack it first", { code: "GZIP", offset: 0 });
  return new UnsupportedError("Cannot read this as a checkpoint of torch.save: found a safetensors file. load, open and inspect read it", { code: "SAFETENSORS", offset: 0 });
}
