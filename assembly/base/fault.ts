// The one fault record of an instance: the first thing that went wrong, and where.
//
//   u32 code    u32 zero    u64 offset    u64 x    u64 y
import { F_MEMORY } from "../shared/faults";
import { FAULT } from "../shared/status";

const record: usize = memory.data(32, 8);

/** Notes a fault and answers FAULT, so that a caller can `return fault(…)`. A later fault never covers an earlier one. */
export function fault(code: i32, offset: u64, x: u64 = 0, y: u64 = 0): i32 {
  if (load<i32>(record) == 0) {
    store<i32>(record, code);
    store<u64>(record, offset, 8);
    store<u64>(record, x, 16);
    store<u64>(record, y, 24);
  }
  return FAULT;
}

/** Notes that memory has no more room, for so many bytes or things, and answers FAULT. */
export function memorySpent(offset: u64, wanted: u64 = 0): i32 {
  return fault(F_MEMORY, offset, wanted);
}

/** Is there a fault? */
export function failed(): bool {
  return load<i32>(record) != 0;
}

/** Forgets a fault that was none: a pickle that ends before STOP goes on, perhaps, where more of it is read. */
export function forgive(): void {
  memory.fill(record, 0, 32);
}

export function faultCode(): i32 {
  return load<i32>(record);
}

export function faultOffset(): u64 {
  return load<u64>(record, 8);
}

/** The fault's first number. */
export function faultX(): u64 {
  return load<u64>(record, 16);
}

/** Address of the record. */
export function faultRecord(): usize {
  return record;
}
