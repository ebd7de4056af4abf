// Where the pickle is written: a pointer that runs through the PICKLE writer's block. `want` makes room and is asked
// before anything is put; the putters only store. One more number lives here because every container opcode moves it:
// the next index of the memo.
import { BINGET, BINPUT, LONG_BINGET, LONG_BINPUT } from "../shared/opcodes";
import { memorySpent } from "../base/fault";
import { advance, PICKLE, room, setWritten, written } from "../base/writer";

/** Room that every step may take without asking for more: the longest run of opcodes between two values. */
export const SLACK: u32 = 256;

/** Room that is asked for on a guess alone. Memory that is never touched costs nothing, but addresses are few. */
const MOST: u32 = 268435456;

let base: usize = 0;
let at: usize = 0;
let end: usize = 0;
let memoised: u32 = 0;

/** Empties the pickle, and makes room for about so many bytes. False: no memory at all. */
export function beginOut(about: u32): bool {
  setWritten(PICKLE, 0);
  base = 0;
  at = 0;
  end = 0;
  memoised = 0;
  return want(min(about, MOST)) || want(SLACK);
}

/** Room for n more bytes. False: no memory. */
export function want(n: u32): bool {
  return end - at >= <usize>n || grow(n);
}

function grow(n: u32): bool {
  settleOut();
  const length = written(PICKLE);
  // The writer may have more than this already, and then answers without moving.
  const spare: u32 = (length >> 2) + 65536;
  let to = n < MOST ? room(PICKLE, n + spare) : 0;
  end = to + <usize>n + <usize>spare;
  if (to == 0) {
    to = room(PICKLE, n);
    end = to + <usize>n;
  }
  if (to == 0) {
    end = at;
    return false;
  }
  base = to - <usize>length;
  at = to;
  return true;
}

/** Tells the writer how far the pickle has come. */
export function settleOut(): void {
  advance(PICKLE, <u32>(at - base) - written(PICKLE));
}

/** Bytes written so far. */
export function outSoFar(): u32 {
  return <u32>(at - base);
}

/** The answer where memory is spent. */
export function noMemory(n: u32): i32 {
  return memorySpent(<u64>outSoFar(), <u64>n);
}

export function put8(v: u32): void {
  store<u8>(at, <u8>v);
  at += 1;
}

export function put16(v: u32): void {
  store<u16>(at, <u16>v);
  at += 2;
}

export function put32(v: u32): void {
  store<u32>(at, v);
  at += 4;
}

export function put64(v: u64): void {
  store<u64>(at, v);
  at += 8;
}

export function putBytes(from: usize, n: u32): void {
  memory.copy(at, from, <usize>n);
  at += <usize>n;
}

/** Stores the top of the unpickler's stack in the next place of its memo. Answers that place, plus one. */
export function putMemo(): u32 {
  const i = memoised++;
  if (i < 256) {
    put8(BINPUT);
    put8(i);
  } else {
    put8(LONG_BINPUT);
    put32(i);
  }
  return i + 1;
}

/** Fetches what `putMemo` stored. */
export function getMemo(place: u32): void {
  const i = place - 1;
  if (i < 256) {
    put8(BINGET);
    put8(i);
  } else {
    put8(LONG_BINGET);
    put32(i);
  }
}
