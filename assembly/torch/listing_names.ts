// Paths and names of tensors while the walk is at them. A path is a chain of rows in PATHS, made only for containers in
// which a tensor stands. A name is its keys and indices joined by dots; where that is one str, it is the key's own text.
//
// Names of a deep tree of long keys would be quadratic, so they have a budget (MAX_NAMES and 32 bytes a node); past
// it a tensor has an empty name, and only its path tells it apart.
import { addRow, columnCount } from "../base/columns";
import { decimalBefore } from "../base/decimal";
import { bOf, intOf, kindOf, textOf } from "../base/graph";
import { unpacked } from "../base/lists";
import { stable } from "../base/stable";
import {
  C_PATHS, P_OPERAND, P_PARENT, P_STEP, STEP_ATTRIBUTE, STEP_KEY, STEP_KEY_ITSELF, STEP_KEYWORD, STEP_STATE,
} from "../shared/columns";
import { K_ASCII, K_BOOL, K_BYTESTR, K_DECIMAL, K_INT, K_NONE, K_TEXT, K_TUPLE, N_TRUE } from "../shared/kinds";
import { NONE } from "../shared/status";
import { FRAME, firstFrame, STEP_SAME, W_NAME, W_NAME_LENGTH, W_OPERAND, W_PATH, W_STEP } from "./frames";

// At 0, 4, 8, 13, 20 and 25.
const WORDS: string = `NoneTrueFalse(tuple)(key)(state)`;
const digits: usize = memory.data(24);
let words: usize = 0;
let budget: u64 = 0;
let partAt: usize = 0;
let partLength: u32 = 0;
let nameAt: usize = 0;
let nameLength: u32 = 0;

/** False: no memory. */
export function beginListingNames(bytes: u64): bool {
  budget = bytes;
  if (words == 0) words = unpacked(WORDS);
  return words != 0;
}

/** A new row of PATHS, or NONE where memory is spent. */
export function newPath(parent: u32, step: u32, operand: u32): u32 {
  const row = columnCount(C_PATHS);
  const at = addRow(C_PATHS);
  if (at == 0) return NONE;
  store<u32>(at, parent, P_PARENT << 2);
  store<u32>(at, step, P_STEP << 2);
  store<u32>(at, operand, P_OPERAND << 2);
  return row;
}

/** The row of PATHS of a frame, made with those of the frames below it; NONE where memory is spent. */
export function pathOf(frame: usize): u32 {
  let at = frame;
  while (load<u32>(at, W_PATH << 2) == NONE) at -= FRAME; // the first frame always has one
  let path = load<u32>(at, W_PATH << 2);
  while (at != frame) {
    at += FRAME;
    const step = load<u32>(at, W_STEP << 2);
    if (step != STEP_SAME) path = newPath(path, step, load<u32>(at, W_OPERAND << 2));
    if (path == NONE) return NONE;
    store<u32>(at, path, W_PATH << 2);
  }
  return path;
}

function spell(value: i64): void {
  partAt = decimalBefore(digits + 24, value);
  partLength = <u32>(digits + 24 - partAt);
}

function word(from: usize, n: u32): void {
  partAt = words + from;
  partLength = n;
}

/** The text of one step, at `partAt`: a key's own, an index in decimal, or a word for a key that is neither. */
function part(step: u32, operand: u32): void {
  if (step == STEP_STATE) return word(25, 7);
  if (step != STEP_KEY && step != STEP_ATTRIBUTE && step != STEP_KEYWORD && step != STEP_KEY_ITSELF) {
    return spell(<i64>operand);
  }
  const kind = kindOf(operand);
  if (kind == K_ASCII || kind == K_TEXT || kind == K_BYTESTR || kind == K_DECIMAL) {
    partAt = textOf(operand);
    partLength = bOf(operand);
  } else if (kind == K_INT) {
    spell(intOf(operand));
  } else if (kind == K_NONE) {
    word(0, 4);
  } else if (kind == K_BOOL) {
    if (operand == N_TRUE) word(4, 4);
    else word(8, 5);
  } else if (kind == K_TUPLE) {
    word(13, 7);
  } else {
    word(20, 5);
  }
}

/** Composes the name of a frame, with a dot behind, from what has no name yet. False: budget or memory. */
function compose(frame: usize): bool {
  let at = frame;
  let length: u64 = 0;
  const first = firstFrame();
  while (at != first && load<u32>(at, W_NAME << 2) == 0) {
    const step = load<u32>(at, W_STEP << 2);
    if (step != STEP_SAME) {
      part(step, load<u32>(at, W_OPERAND << 2));
      length += <u64>partLength + 1;
      if (length > budget) return false;
    }
    at -= FRAME;
  }
  const own = load<u32>(at, W_NAME_LENGTH << 2);
  const from = <usize>load<u32>(at, W_NAME << 2);
  length += own;
  if (length > budget) return false;
  const to = stable(<usize>length + 1);
  if (to == 0) return false;
  budget -= length;
  memory.copy(to, from, own);
  let end = to + <usize>length;
  for (let f = frame; f != at; f -= FRAME) {
    const step = load<u32>(f, W_STEP << 2);
    if (step == STEP_SAME) continue;
    part(step, load<u32>(f, W_OPERAND << 2));
    store<u8>(--end, 46);
    end -= partLength;
    memory.copy(end, partAt, partLength);
  }
  store<u32>(frame, <u32>to, W_NAME << 2);
  store<u32>(frame, <u32>length, W_NAME_LENGTH << 2);
  return true;
}

/** Makes the name of what a step leads to from `frame`: at `tensorName`. False where there is none. */
export function nameOf(frame: usize, step: u32, operand: u32): bool {
  if (frame != firstFrame() && load<u32>(frame, W_NAME << 2) == 0 && !compose(frame)) return false;
  const own = load<u32>(frame, W_NAME_LENGTH << 2);
  if (step == STEP_SAME) { // the tensor at the root
    partLength = 0;
    partAt = words;
  } else {
    part(step, operand);
  }
  const length = <u64>own + <u64>partLength;
  if (length > budget) return false;
  budget -= length;
  nameAt = partAt;
  nameLength = <u32>length;
  if (own == 0 && (partAt < digits || partAt >= digits + 24)) return true;
  const to = stable(<usize>length);
  if (to == 0) return false;
  copyShort(to, <usize>load<u32>(frame, W_NAME << 2), own);
  copyShort(to + own, partAt, partLength);
  nameAt = to;
  return true;
}

/** Names are short: a call of memory.copy costs more than they do. */
function copyShort(to: usize, from: usize, n: u32): void {
  if (n > 64) return memory.copy(to, from, n);
  let i: usize = 0;
  for (; i + 8 <= <usize>n; i += 8) store<u64>(to + i, load<u64>(from + i));
  for (; i < <usize>n; i++) store<u8>(to + i, load<u8>(from + i));
}

export function tensorName(): usize {
  return nameAt;
}

export function tensorNameLength(): u32 {
  return nameLength;
}
