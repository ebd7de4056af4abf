// The classes and functions that a pickle names: one row of GLOBALS for each distinct spelling, with what the core knows
// of it. Naming something never does anything.
import { columnAt, columnCount, reserve, setColumnCount } from "../base/columns";
import { fault, memorySpent } from "../base/fault";
import { aOf, kindOf } from "../base/graph";
import { fillSlot, findSlot, hashText, makeTable, nextSlot, sameText, slotRow, tableRoom } from "../base/table";
import {
  C_GLOBALS, C_OBJECTS, G_FLAGS, G_KNOWN, G_MODULE, G_MODULE_LENGTH, G_NAME, G_NAME_LENGTH, G_OFFSET, G_OPCODE,
  G_WORDS, GLOBAL_ALLOWED, O_CALLABLE, O_WORDS,
} from "../shared/columns";
import { F_LIMIT_COLLISIONS, F_LIMIT_NAME } from "../shared/faults";
import { K_GLOBAL, K_OBJECT } from "../shared/kinds";
import { KNOWN_DTYPE, KNOWN_STORAGE, UNKNOWN } from "../shared/known";
import { MAX_NAME } from "../shared/limits";
import { NONE } from "../shared/status";
import { join, lookUp } from "./known_names";
import { flagsOf } from "./policy";

const table: usize = memory.data(16, 8);
const path: usize = memory.data(128);
// "torch.tensor", which until 1.7 was the name of the module that is torch._tensor now; both, and "Storage".
const oldTensor: usize = memory.data<u8>([116, 111, 114, 99, 104, 46, 116, 101, 110, 115, 111, 114]);
const newTensor: usize = memory.data<u8>([116, 111, 114, 99, 104, 46, 95, 116, 101, 110, 115, 111, 114]);
const storage: usize = memory.data<u8>([83, 116, 111, 114, 97, 103, 101]);

/** Forgets the globals of an earlier pickle. False: no memory. */
export function beginGlobals(): bool {
  return makeTable(table, 32);
}

/** The row of a global, or NONE with the fault noted. Both texts stay where they are. */
export function globalRow(
  module: usize, moduleLength: u32, name: usize, nameLength: u32, opcode: u32, where: u32, restricted: bool,
): u32 {
  if (moduleLength > <u32>MAX_NAME || nameLength > <u32>MAX_NAME) {
    fault(F_LIMIT_NAME, where, max(moduleLength, nameLength), MAX_NAME);
    return NONE;
  }
  if (!tableRoom(table) || !reserve(C_GLOBALS, 1)) return spent(where);
  const hash = hashText(name, nameLength, hashText(module, moduleLength));
  const rows = columnAt(C_GLOBALS);
  let slot = findSlot(table, hash);
  while (slot != 0) {
    const row = slotRow(slot);
    if (row == NONE) break;
    const at = rows + <usize>row * (G_WORDS << 2);
    if (
      sameText(<usize>load<u32>(at, G_MODULE << 2), load<u32>(at, G_MODULE_LENGTH << 2), module, moduleLength) &&
      sameText(<usize>load<u32>(at, G_NAME << 2), load<u32>(at, G_NAME_LENGTH << 2), name, nameLength)
    ) return row;
    slot = nextSlot(table, hash, slot);
  }
  if (slot == 0) {
    fault(F_LIMIT_COLLISIONS, where, columnCount(C_GLOBALS));
    return NONE;
  }
  const row = columnCount(C_GLOBALS);
  const at = rows + <usize>row * (G_WORDS << 2);
  store<u32>(at, <u32>module, G_MODULE << 2);
  store<u32>(at, moduleLength, G_MODULE_LENGTH << 2);
  store<u32>(at, <u32>name, G_NAME << 2);
  store<u32>(at, nameLength, G_NAME_LENGTH << 2);
  store<u32>(at, knownAs(module, moduleLength, name, nameLength, restricted), G_KNOWN << 2);
  store<u32>(at, where, G_OFFSET << 2);
  store<u32>(at, opcode, G_OPCODE << 2);
  store<u32>(at, flagsOf(module, moduleLength, name, nameLength), G_FLAGS << 2);
  setColumnCount(C_GLOBALS, row + 1);
  fillSlot(table, slot, hash, row);
  return row;
}

function spent(where: u32): u32 {
  memorySpent(where, G_WORDS << 2);
  return NONE;
}

/** The known number of a name. The unrestricted reader is torch's: it takes a storage class by its name alone. */
function knownAs(module: usize, moduleLength: u32, name: usize, nameLength: u32, restricted: bool): u32 {
  if (moduleLength > 40 || nameLength > 80 || hasDot(name, nameLength)) return UNKNOWN;
  if (!restricted && sameText(module, moduleLength, oldTensor, 12)) {
    module = newTensor;
    moduleLength = 13;
  }
  const known = lookUp(path, join(module, moduleLength, name, nameLength, path)) & 0xffff;
  if (known != 0 || restricted || !endsInStorage(name, nameLength)) return known;
  const byName = lookUp(path, join(oldTensor, 5, name, nameLength, path)) & 0xffff;
  return byName > <u32>KNOWN_STORAGE && byName < <u32>KNOWN_DTYPE ? byName : UNKNOWN;
}

/** A name with dots is a way through attributes: never one of those that the core knows. */
function hasDot(name: usize, n: u32): bool {
  for (let i: usize = 0; i < n; i++) if (load<u8>(name + i) == 46) return true;
  return false;
}

function endsInStorage(name: usize, n: u32): bool {
  return n > 7 && sameText(name + n - 7, 7, storage, 7);
}

// What others ask of a row.

export function knownOf(row: u32): u32 {
  return load<u32>(columnAt(C_GLOBALS) + <usize>row * (G_WORDS << 2), G_KNOWN << 2);
}

export function globalFlags(row: u32): u32 {
  return load<u32>(columnAt(C_GLOBALS) + <usize>row * (G_WORDS << 2), G_FLAGS << 2);
}

export function setGlobalFlags(row: u32, flags: u32): void {
  store<u32>(columnAt(C_GLOBALS) + <usize>row * (G_WORDS << 2), flags, G_FLAGS << 2);
}

/** Is this node an object that was made by calling the known class? */
export function isInstanceOf(made: u32, known: u32): bool {
  if (kindOf(made) != K_OBJECT) return false;
  const row = columnAt(C_OBJECTS) + <usize>aOf(made) * (O_WORDS << 2);
  const callable = load<u32>(row, O_CALLABLE << 2);
  return kindOf(callable) == K_GLOBAL && knownOf(aOf(callable)) == known;
}

/**
 * Is this one of the functions on torch's list? Its other names are classes, and only their instances take a state:
 * functions begin with an underscore there, or lie in a module that does (_codecs.encode).
 */
export function isListedFunction(row: u32): bool {
  const at = columnAt(C_GLOBALS) + <usize>row * (G_WORDS << 2);
  if ((load<u32>(at, G_FLAGS << 2) & GLOBAL_ALLOWED) == 0) return false;
  const underscore: u8 = 95;
  return load<u8>(<usize>load<u32>(at, G_NAME << 2)) == underscore ||
    load<u8>(<usize>load<u32>(at, G_MODULE << 2)) == underscore && load<u32>(at, G_MODULE_LENGTH << 2) == 7;
}
