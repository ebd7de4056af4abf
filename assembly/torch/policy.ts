// What torch.load(weights_only=True) lets through: opcodes (reference §5.1) and names (§5.2 to §5.4). Reading without
// that policy uses the same tables to tell what it would have refused, so that nothing looks different to the two.
import { claim } from "../base/arena";
import { fault, memorySpent } from "../base/fault";
import { findLine, isWord, lineEnd, unpacked, wordEnd } from "../base/lists";
import { GLOBAL_ALLOWED, GLOBAL_ALLOWED_BY_USER, GLOBAL_BLOCKED } from "../shared/columns";
import { F_LIMIT_NAME } from "../shared/faults";
import { MAX_NAME } from "../shared/limits";
import { PYTHON2_MODULES, PYTHON2_PAIRS } from "../shared/python2_names";
import { DONE } from "../shared/status";
import { beginKnown, enlist, join, LISTED, LISTED_BY_USER, lookUp } from "./known_names";

// Modules that nobody may allow.
const BLOCKED: string = `sys
os
posix
nt`;

// A bit for each accepted opcode, 32 to a word.
const accepted: usize = memory.data<u32>([
  0x00000000,
  0x00004300, // MARK EMPTY_TUPLE STOP
  0x21266c80, // BINFLOAT BININT BININT1 BININT2 NONE BINPERSID REDUCE SHORT_BINSTRING BINUNICODE EMPTY_LIST
  0x203e052e, // APPEND BUILD GLOBAL APPENDS BINGET LONG_BINGET BINPUT LONG_BINPUT SETITEM TUPLE SETITEMS EMPTY_DICT
  0x000087e3, // PROTO NEWOBJ TUPLE1 TUPLE2 TUPLE3 NEWTRUE NEWFALSE LONG1 EMPTY_SET
  0x00000000,
  0x00000000,
  0x00000000,
]);

let pairs: usize = 0;
let modules: usize = 0;
let blocked: usize = 0;
let path: usize = 0; // "module.name", composed

/** Makes the tables ready. False: no memory. */
export function beginPolicy(): bool {
  if (path != 0) return true;
  pairs = unpacked(PYTHON2_PAIRS);
  modules = unpacked(PYTHON2_MODULES);
  blocked = unpacked(BLOCKED);
  if (pairs == 0 || modules == 0 || blocked == 0 || !beginKnown()) return false;
  path = claim(<usize>MAX_NAME * 2 + 64);
  return path != 0;
}

/** Does the restricted unpickler take this opcode? */
export function isAccepted(opcode: u32): bool {
  return ((load<u32>(accepted + (<usize>(opcode >> 5) << 2)) >> (opcode & 31)) & 1) != 0;
}

/** Puts "module.name" (a Python 3 name) on the user's list, which lasts as long as the instance. DONE or FAULT. */
export function allow(at: usize, n: u32): i32 {
  if (n > <u32>MAX_NAME * 2) return fault(F_LIMIT_NAME, 0, n, MAX_NAME * 2);
  if (!beginPolicy() || !enlist(at, n, LISTED_BY_USER)) return memorySpent(0, n);
  return DONE;
}

/** GLOBAL_ALLOWED, _BY_USER and GLOBAL_BLOCKED of a name as a file spells it; neither part is over MAX_NAME. */
export function flagsOf(module: usize, moduleLength: u32, name: usize, nameLength: u32): u32 {
  const n = composePath(module, moduleLength, name, nameLength);
  let flags: u32 = 0;
  const known = lookUp(path, n);
  if ((known & LISTED) != 0) flags |= GLOBAL_ALLOWED;
  if ((known & LISTED_BY_USER) != 0) flags |= GLOBAL_ALLOWED_BY_USER;
  if (findLine(blocked, path, <u32>mappedModule) != 0) flags |= GLOBAL_BLOCKED;
  return flags;
}

let mappedModule: usize = 0; // bytes of the module's name in `path`

/** Writes "module.name" to `path`, in Python 3's spelling, and answers its length. */
function composePath(module: usize, moduleLength: u32, name: usize, nameLength: u32): u32 {
  let line = findLine(pairs, module, moduleLength);
  for (; line != 0; line = findLine(lineEnd(line) + 1, module, moduleLength)) {
    const old = line + 1;
    const oldEnd = wordEnd(old);
    if (!isWord(old, oldEnd, name, nameLength)) continue;
    module = oldEnd + 1;
    name = wordEnd(module) + 1;
    mappedModule = name - 1 - module;
    return join(module, <u32>mappedModule, name, <u32>(lineEnd(name) - name), path);
  }
  line = findLine(modules, module, moduleLength);
  if (line != 0) {
    module = line + 1;
    moduleLength = <u32>(lineEnd(module) - module);
  }
  mappedModule = moduleLength;
  return join(module, moduleLength, name, nameLength, path);
}
