// Where the decoder is: the offset of the opcode at work, for faults and for nodes, and whether weights_only's rules hold.
import { faultWith } from "../base/fault";
import { F_MEMORY, F_PICKLE_STACK } from "../shared/faults";

let opcodeAt: u32 = 0;
let opcode: u32 = 0;
let protocol: u32 = 0;
let isRestricted: bool = false;

export function beginPlace(restricted: bool): void {
  opcodeAt = 0;
  protocol = 0;
  isRestricted = restricted;
}

export function setPlace(at: u32, op: u32): void {
  opcodeAt = at;
  opcode = op;
}

/** Offset of the opcode at work. */
export function place(): u32 {
  return opcodeAt;
}

/** Of the latest PROTO, 0 where there was none. */
export function protocolOf(): u32 {
  return protocol;
}

export function setProtocol(to: u32): void {
  protocol = to;
}

/** Do weights_only's rules hold? */
export function restricted(): bool {
  return isRestricted;
}

/** A fault of the opcode at work. */
export function refuse(code: i32, x: u64): i32 {
  return faultWith(code, opcodeAt, x, 0);
}

/** The same of a fault that has two numbers. */
export function refuseWith(code: i32, x: u64, y: u64): i32 {
  return faultWith(code, opcodeAt, x, y);
}

/** The opcode at work wants more from the stack than lies above the newest mark. */
export function underflow(): i32 {
  return refuse(F_PICKLE_STACK, opcode);
}

export function outOfMemory(): i32 {
  return refuse(F_MEMORY, 0);
}

export function opcodeOf(): u32 {
  return opcode;
}
