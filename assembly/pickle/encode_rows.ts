// What the encoder keeps beside the graph's own rows while it writes: for each row of GLOBALS its row in the encoder's
// table of names, looked up when it is first met.
import { C_GLOBALS, G_MODULE, G_MODULE_LENGTH, G_NAME, G_NAME_LENGTH, G_WORDS } from "../shared/columns";
import { N_FIRST } from "../shared/kinds";
import { claim, giveBack } from "../base/arena";
import { columnAt, columnCount } from "../base/columns";
import { aOf, nodeCount, textOf } from "../base/graph";
import { internGlobal } from "./encode_global";
import { noMemory } from "./encode_out";

let rows: usize = 0;
let rowBytes: usize = 0;
let textBase: usize = 0;

/** Forgets every row. False: no memory. */
export function beginRows(): bool {
  giveBack(rows, rowBytes);
  rowBytes = <usize>columnCount(C_GLOBALS) << 2;
  rows = claim(rowBytes);
  if (rows == 0) return false;
  memory.fill(rows, 0, rowBytes);
  // Addresses of names count from where a node's text does. A graph of constants alone names nothing.
  textBase = nodeCount() > <u32>N_FIRST ? textOf(N_FIRST) - <usize>aOf(N_FIRST) : 0;
  return true;
}

/** The encoder's row for a row of GLOBALS that is known to exist; -1 where memory is spent. */
export function globalOf(row: u32): i32 {
  const held = load<u32>(rows + (<usize>row << 2));
  if (held != 0) return <i32>(held - 1);
  const at = columnAt(C_GLOBALS) + <usize>row * (G_WORDS * 4);
  const global = internGlobal(
    textBase + <usize>load<u32>(at, G_MODULE * 4), load<u32>(at, G_MODULE_LENGTH * 4),
    textBase + <usize>load<u32>(at, G_NAME * 4), load<u32>(at, G_NAME_LENGTH * 4),
  );
  if (global == 0xffffffff) {
    noMemory(columnCount(C_GLOBALS));
    return -1;
  }
  store<u32>(rows + (<usize>row << 2), global + 1);
  return <i32>global;
}

/** Where the addresses in rows of GLOBALS count from. */
export function rowTextBase(): usize {
  return textBase;
}
