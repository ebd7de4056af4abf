// The opcodes that fill a checkpoint, decoded in one loop whose state lives in locals: position, stack top, fence. It
// never faults. Whatever is not plain (another opcode, an operand that reaches past the end, a full stack, a stack that
// is too short, an index outside the memo's array) it leaves to the general decoder, standing before that opcode.
//
// Besides the cursor this is the one place that loads operands from input: each load lies behind a comparison with the
// bytes that remain, `end - p`, and the loop ends where none do.
import { here, position, seek } from "../base/cursor";
import { node } from "../base/graph";
import { isAscii } from "../base/utf8";
import { K_ASCII, K_INT, N_FALSE, N_INT0, N_NONE, N_TRUE, N_UNIT } from "../shared/kinds";
import {
  BINGET, BININT, BININT1, BININT2, BINPUT, BINUNICODE, EMPTY_TUPLE, LONG_BINGET, LONG_BINPUT, MARK, NEWFALSE,
  NEWTRUE, NONE as NONE_OPCODE, TUPLE, TUPLE1, TUPLE2, TUPLE3,
} from "../shared/opcodes";
import { NONE } from "../shared/status";
import { tupleOf } from "./decode_containers";
import { memoArray, memoPut, memoRoom } from "./memo";
import { popMark, pushMark, setStackTop, stackCeiling, stackFence, stackTop } from "./stack";

/**
 * Decodes on from the cursor until it stands at an opcode for the general decoder, or `until` bytes in. The frame that
 * it is in ends `frameEnd` bytes in, at the pickle's end at the latest.
 */
export function decodeHot(until: u32, frameEnd: u32): void {
  const start = here() - position();
  const end = start + frameEnd;
  const stop = start + until;
  let p = here();
  let top = stackTop();
  let fence = stackFence();
  const ceiling = stackCeiling();
  let memo = memoArray();
  let room = memoRoom();
  while (p < stop && p < end && top < ceiling) {
    const left = end - p;
    const op = <u32>load<u8>(p);
    if (op == BINPUT) {
      if (left < 2 || top == fence) break;
      const index = <u32>load<u8>(p, 1);
      const slot = memo + (<usize>index << 2);
      if (load<u32>(slot) == 0) {
        if (!memoPut(index, load<u32>(top - 4))) break;
      } else store<u32>(slot, load<u32>(top - 4) + 1);
      p += 2;
    } else if (op == LONG_BINPUT) {
      if (left < 5 || top == fence || !memoPut(load<u32>(p, 1), load<u32>(top - 4))) break;
      memo = memoArray();
      room = memoRoom();
      p += 5;
    } else if (op == BINGET || op == LONG_BINGET) {
      const long = op == LONG_BINGET;
      if (left < 5) break;
      const index = long ? load<u32>(p, 1) : <u32>load<u8>(p, 1);
      if (index >= room) break;
      const held = load<u32>(memo + (<usize>index << 2));
      if (held == 0) break;
      store<u32>(top, held - 1);
      top += 4;
      p += long ? 5 : 2;
    } else if (op == BININT1) {
      if (left < 2) break;
      store<u32>(top, N_INT0 + <u32>load<u8>(p, 1));
      top += 4;
      p += 2;
    } else if (op == BINUNICODE) {
      if (left < 5 || <usize>load<u32>(p, 1) > left - 5) break;
      const n = load<u32>(p, 1);
      if (!isAscii(p + 5, n)) break;
      const made = node(K_ASCII, <u32>(p + 5), n);
      if (made == NONE) break;
      store<u32>(top, made);
      top += 4;
      p += 5 + <usize>n;
    } else if (op == TUPLE) {
      setStackTop(top);
      const from = popMark();
      if (from == 0) break;
      const made = tupleOf(from, <u32>((top - from) >> 2));
      fence = stackFence();
      if (made == NONE) {
        setStackTop(from);
        pushMark();
        break;
      }
      store<u32>(from, made);
      top = from + 4;
      p++;
    } else if (op == MARK) {
      setStackTop(top);
      if (!pushMark()) break;
      fence = top;
      p++;
    } else if (op >= <u32>TUPLE1 && op <= <u32>TUPLE3) {
      const n = op - TUPLE1 + 1;
      if (top - fence < <usize>n << 2) break;
      const from = top - (<usize>n << 2);
      const made = tupleOf(from, n);
      if (made == NONE) break;
      store<u32>(from, made);
      top = from + 4;
      p++;
    } else if (op == BININT2 || op == BININT) {
      if (left < 5) break;
      const value: i64 = op == BININT ? <i64>load<i32>(p, 1) : <i64>load<u16>(p, 1);
      const made = <u64>value < 256 ? N_INT0 + <u32>value : node(K_INT, <u32>value, <u32>(value >> 32));
      if (made == NONE) break;
      store<u32>(top, made);
      top += 4;
      p += op == BININT ? 5 : 3;
    } else {
      let constant = NONE;
      if (op == NEWFALSE) constant = N_FALSE;
      else if (op == EMPTY_TUPLE) constant = N_UNIT;
      else if (op == NONE_OPCODE) constant = N_NONE;
      else if (op == NEWTRUE) constant = N_TRUE;
      else break;
      store<u32>(top, constant);
      top += 4;
      p++;
    }
  }
  setStackTop(top);
  seek(<u32>(p - start));
}
