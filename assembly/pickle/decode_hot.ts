// The opcodes that fill a checkpoint, decoded in one loop whose state lives in locals: position, stack top, fence.
// Whatever is not plain (another opcode, an operand that reaches past the end, a full stack, a stack that is too short,
// an index outside the memo's array) it leaves to the general decoder, standing before that opcode; only REDUCE and
// BINPERSID can fault here.
//
// Besides the cursor this is the one place that loads operands from input: each load lies behind a comparison with the
// bytes that remain, `end - p`, and the loop ends where none do.
import { here, position, seek } from "../base/cursor";
import { node } from "../base/graph";
import { isAscii } from "../base/utf8";
import { K_ASCII, K_DICT, K_LIST, N_FALSE, N_INT0, N_NONE, N_TRUE, N_UNIT } from "../shared/kinds";
import {
  BINGET, BININT, BININT1, BININT2, BINPERSID, BINPUT, BINUNICODE, EMPTY_DICT, EMPTY_LIST, EMPTY_TUPLE, LONG_BINGET,
  LONG_BINPUT, MARK, MEMOIZE, NEWFALSE, NEWTRUE, NONE as NONE_OPCODE, REDUCE, SHORT_BINUNICODE, TUPLE, TUPLE1, TUPLE2,
  TUPLE3,
} from "../shared/opcodes";
import { MORE, NONE } from "../shared/status";
import { decodePersistentId, decodeReduce } from "./decode_calls";
import { tupleOf } from "./decode_containers";
import { intNode } from "./decode_values";
import { numberGroups } from "./groups";
import { memoArray, memoCount, memoFilled, memoIsFlat, memoPut, memoRoom } from "./memo";
import { setPlace } from "./place";
import { popMark, pushMark, setStackTop, stackCeiling, stackFence, stackTop } from "./stack";

// What to do with an opcode, numbered without gaps so that the switch becomes one jump. 0: leave it.
const PUT: u8 = 1;
const LONG_PUT: u8 = 2;
const GET: u8 = 3;
const LONG_GET: u8 = 4;
const ONE_BYTE: u8 = 5;
const TWO_BYTES: u8 = 6;
const FOUR_BYTES: u8 = 7;
const STR: u8 = 8;
const OPEN: u8 = 9;
const CLOSE: u8 = 10;
const SHORT_TUPLE: u8 = 11;
const FALSE: u8 = 12;
const TRUE: u8 = 13;
const NOTHING: u8 = 14;
const UNIT: u8 = 15;
const NEW_DICT: u8 = 16;
const NEW_LIST: u8 = 17;
const CALL: u8 = 18;
const PID: u8 = 19;
const SHORT_STR: u8 = 20;
const MEMOISE: u8 = 21;
const actions: usize = memory.data(256);
/** The opcodes of each action that weights_only accepts. */
const accepted: usize = memory.data<u8>([
  <u8>BINPUT, 0, <u8>LONG_BINPUT, 0, <u8>BINGET, 0, <u8>LONG_BINGET, 0, <u8>BININT1, 0, <u8>BININT2, 0, <u8>BININT,
  0, <u8>BINUNICODE, 0, <u8>MARK, 0, <u8>TUPLE, 0, <u8>TUPLE1, <u8>TUPLE2, <u8>TUPLE3, 0, <u8>NEWFALSE, 0,
  <u8>NEWTRUE, 0, <u8>NONE_OPCODE, 0, <u8>EMPTY_TUPLE, 0, <u8>EMPTY_DICT, 0, <u8>EMPTY_LIST, 0, <u8>REDUCE, 0,
  <u8>BINPERSID, 0, 0,
]);

/** Fills the table of actions with the opcodes that weights_only accepts. */
export function beginHot(): void {
  numberGroups(accepted, actions);
}

/** Adds those of protocol 4, once the general decoder has noted that weights_only would refuse the pickle. */
export function widenHot(): void {
  store<u8>(actions + SHORT_BINUNICODE, SHORT_STR);
  store<u8>(actions + MEMOIZE, MEMOISE);
}

/**
 * Decodes on from the cursor until it stands at an opcode for the general decoder, or `until` bytes in: MORE, or FAULT.
 * The frame that it is in ends `frameEnd` bytes in, at the pickle's end at the latest.
 */
export function decodeHot(until: u32, frameEnd: u32): i32 {
  const start = here() - position();
  const end = start + frameEnd;
  const stop = start + until;
  const ceiling = stackCeiling();
  let p = here();
  let top = stackTop();
  let fence = stackFence();
  let memo = memoArray();
  let room = memoIsFlat() ? memoRoom() : 0;
  let filled: u32 = 0;
  let answer = MORE;
  while (p < stop && p < end && top < ceiling) {
    if (end - p < 5) break; // operands of fixed size have four bytes at most
    let made: u32 = NONE;
    let size: usize = 1;
    const action = load<u8>(actions + load<u8>(p));
    switch (action) {
      case PUT: case LONG_PUT: case MEMOISE: {
        const index = action == PUT ? <u32>load<u8>(p, 1) : action == LONG_PUT ? load<u32>(p, 1) : memoCount() + filled;
        if (top == fence) break;
        if (index < room) {
          const slot = memo + (<usize>index << 2);
          filled += <u32>(load<u32>(slot) == 0);
          store<u32>(slot, load<u32>(top - 4) + 1);
        } else {
          memoFilled(filled);
          filled = 0;
          if (!memoPut(index, load<u32>(top - 4)) || !memoIsFlat()) break;
          memo = memoArray();
          room = memoRoom();
        }
        p += action == PUT ? 2 : action == LONG_PUT ? 5 : 1;
        continue;
      }
      case GET: case LONG_GET: {
        const index = action == GET ? <u32>load<u8>(p, 1) : load<u32>(p, 1);
        if (index < room) made = load<u32>(memo + (<usize>index << 2)) - 1; // a free slot makes it NONE
        size = action == GET ? 2 : 5;
        break;
      }
      case ONE_BYTE: {
        made = N_INT0 + <u32>load<u8>(p, 1);
        size = 2;
        break;
      }
      case TWO_BYTES: case FOUR_BYTES: {
        made = intNode(action == TWO_BYTES ? <i64>load<u16>(p, 1) : <i64>load<i32>(p, 1));
        size = action == TWO_BYTES ? 3 : 5;
        break;
      }
      case STR: case SHORT_STR: {
        const head: usize = action == STR ? 5 : 2;
        const n = action == STR ? load<u32>(p, 1) : <u32>load<u8>(p, 1);
        if (<usize>n <= end - p - head && isAscii(p + head, n)) made = node(K_ASCII, <u32>(p + head), n);
        size = head + <usize>n;
        break;
      }
      case OPEN: {
        setStackTop(top);
        if (!pushMark()) break;
        fence = top;
        p++;
        continue;
      }
      case CLOSE: {
        setStackTop(top);
        const from = popMark();
        if (from == 0) break;
        made = tupleOf(from, <u32>((top - from) >> 2));
        if (made != NONE) {
          top = from;
          fence = stackFence();
        } else { // as if nothing had been done
          setStackTop(from);
          pushMark();
        }
        break;
      }
      case SHORT_TUPLE: {
        const n = <u32>load<u8>(p) - TUPLE1 + 1;
        if (top - fence < <usize>n << 2) break;
        made = tupleOf(top - (<usize>n << 2), n);
        if (made != NONE) top -= <usize>n << 2;
        break;
      }
      case FALSE: {
        made = N_FALSE;
        break;
      }
      case TRUE: {
        made = N_TRUE;
        break;
      }
      case NOTHING: {
        made = N_NONE;
        break;
      }
      case UNIT: {
        made = N_UNIT;
        break;
      }
      case NEW_DICT: case NEW_LIST: {
        made = node(action == NEW_DICT ? K_DICT : K_LIST, 0, 0);
        break;
      }
      case CALL: case PID: {
        setStackTop(top);
        setPlace(<u32>(p - start), load<u8>(p));
        answer = action == CALL ? decodeReduce(REDUCE) : decodePersistentId();
        top = stackTop();
        p++;
        if (answer != MORE) break;
        continue;
      }
      default: break;
    }
    if (made == NONE) break;
    store<u32>(top, made);
    top += 4;
    p += size;
    // What is memoised is mostly a text or a tuple, at once.
    if (end - p >= 5 && load<u8>(p) == LONG_BINPUT && load<u32>(p, 1) < room) {
      const slot = memo + (<usize>load<u32>(p, 1) << 2);
      filled += <u32>(load<u32>(slot) == 0);
      store<u32>(slot, made + 1);
      p += 5;
    }
  }
  memoFilled(filled);
  setStackTop(top);
  seek(<u32>(p - start));
  return answer;
}
