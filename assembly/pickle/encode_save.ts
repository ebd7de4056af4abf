// One value, met anywhere: written whole, fetched from the memo, or begun.
import { K_ASCII, K_FLOAT, K_TEXT } from "../shared/kinds";
import { DONE } from "../shared/status";
import { bOf, kindOf, nodeCount, textOf } from "../base/graph";
import { putText, saveAtom } from "./encode_atoms";
import { placeOf, remember, unwritable } from "./encode_memo";
import { open } from "./encode_open";
import { getMemo, noMemory, SLACK, want } from "./encode_out";

/** Writes node n: DONE, PUSHED where a frame holds what is left of it, or FAULT. */
export function save(n: u32): i32 {
  if (n >= nodeCount()) return unwritable(n);
  if (!want(SLACK)) return noMemory(SLACK);
  const kind = kindOf(n);
  if (kind <= <u32>K_FLOAT) return saveAtom(n, kind);
  const place = placeOf(n);
  if (place != 0) {
    getMemo(place);
    return DONE;
  }
  if (kind > <u32>K_TEXT || kind < <u32>K_ASCII) return open(n, kind);
  if (!putText(textOf(n), bOf(n))) return noMemory(bOf(n));
  remember(n);
  return DONE;
}
