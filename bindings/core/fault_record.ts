// The core's fault record: what stopped it, and where. faults.ts has the words for it.
import type { CoreExports } from "./abi.js";

/** The fault record, read out. */
export interface Fault {
  readonly code: number;
  readonly offset: number;
  readonly x: bigint;
  readonly y: bigint;
}

/** Reads the fault record of an instance. */
export function readFault(core: CoreExports): Fault {
  const view = new DataView(core.memory.buffer, core.faultRecord() >>> 0, 32);
  return {
    code: view.getUint32(0, true),
    offset: Number(view.getBigUint64(8, true)),
    x: view.getBigUint64(16, true),
    y: view.getBigUint64(24, true),
  };
}
