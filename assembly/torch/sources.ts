// Classes with their source: the stream format's persistent ids of nn.Module classes.
//
//   ("module", <class>, file, source)      both texts, or both None where Python had no source at hand
//   (<class>, file, source)                in the tar of torch 0.1.9 and before
//
// The value is the class. The texts are kept for people: nothing ever compiles, compares or writes them.
import { columnCount, columnAt, makeColumn, reserve, setColumnCount } from "../base/columns";
import { fault, memorySpent } from "../base/fault";
import { aOf, bOf, edge, kindOf, textOf } from "../base/graph";
import { sameText } from "../base/table";
import { C_SOURCES, R_CLASS, R_FILE, R_TEXT, R_WORDS } from "../shared/columns";
import { F_PID } from "../shared/faults";
import { K_ASCII, K_BYTESTR, K_GLOBAL, K_NONE, K_OBJECT, K_TUPLE } from "../shared/kinds";
import { NONE } from "../shared/status";
import { isTextKind } from "./storages";

const tag: usize = memory.data<u8>([109, 111, 100, 117, 108, 101]); // "module"

/** Forgets the classes of an earlier pickle. False: no memory. */
export function beginSources(): bool {
  return makeColumn(C_SOURCES, R_WORDS << 2, 0);
}

/** Is a persistent id that of a class? */
export function isSourceId(pid: u32): bool {
  if (kindOf(pid) != K_TUPLE || bOf(pid) == 0) return false;
  const first = edge(aOf(pid));
  return (kindOf(first) == K_ASCII || kindOf(first) == K_BYTESTR) && sameText(textOf(first), bOf(first), tag, 6);
}

/**
 * The class of such an id, which is item `first`, noted with its source; NONE with the fault noted. `where` is the opcode's
 * offset.
 */
export function sourceNode(pid: u32, first: u32, where: u32): u32 {
  const items = aOf(pid) + first;
  if (bOf(pid) != first + 3) return wrong(where, pid);
  const cls = edge(items);
  if (kindOf(cls) != K_GLOBAL && kindOf(cls) != K_OBJECT) return wrong(where, cls);
  for (let i: u32 = 1; i < 3; i++) {
    const kind = kindOf(edge(items + i));
    if (kind != K_NONE && !isTextKind(kind)) return wrong(where, edge(items + i));
  }
  if (!reserve(C_SOURCES, 1)) {
    memorySpent(where, R_WORDS << 2);
    return NONE;
  }
  const row = columnCount(C_SOURCES);
  const at = columnAt(C_SOURCES) + <usize>row * (R_WORDS << 2);
  store<u32>(at, cls, R_CLASS << 2);
  store<u32>(at, edge(items + 1), R_FILE << 2);
  store<u32>(at, edge(items + 2), R_TEXT << 2);
  setColumnCount(C_SOURCES, row + 1);
  return cls;
}

function wrong(where: u32, found: u32): u32 {
  fault(F_PID, where, kindOf(found));
  return NONE;
}
