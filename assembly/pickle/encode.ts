// From a graph to a pickle, byte for byte as CPython's C pickler writes it under torch.save at protocol 2 (reference
// 3). No recursion: containers that are being written stand on a stack of frames, and `encode` moves the newest one on.
import { C_TENSORS, C_TEXT } from "../shared/columns";
import { F_ORDER, F_PROTOCOL } from "../shared/faults";
import { N_FIRST } from "../shared/kinds";
import { PROTO, STOP } from "../shared/opcodes";
import { DONE, FAULT, MORE } from "../shared/status";
import { columnCount } from "../base/columns";
import { fault } from "../base/fault";
import { nodeCount, refresh } from "../base/graph";
import { beginStorages } from "../torch/persistent_id";
import { stepTensor } from "../torch/reduce_steps";
import { beginBudget, weary } from "./encode_budget";
import { stepBatches, stepSet, stepTuple } from "./encode_containers";
import { beginGlobals } from "./encode_global";
import { stepKeywords } from "./encode_keywords";
import { beginMemo, endMemo } from "./encode_memo";
import { stepObject } from "./encode_object";
import { beginOut, noMemory, put8, putShort, settleOut, SLACK, want } from "./encode_out";
import { beginRows } from "./encode_rows";
import { save } from "./encode_save";
import {
  beginStack, frame, IN_BATCHES, IN_KEYWORDS, IN_OBJECT, IN_SET, IN_TENSOR, IN_TUPLE, stackEmpty,
} from "./encode_stack";

const IDLE: u32 = 0;
const ROOT: u32 = 1;
const RUNNING: u32 = 2;
const FINISHED: u32 = 3;
let state: u32 = IDLE;
let rootNode: u32 = 0;

/** Begins a pickle of node `root`: DONE or FAULT. */
export function beginEncode(root: u32, protocol: u32): i32 {
  state = IDLE;
  if (protocol != 2) return fault(F_PROTOCOL, 0, <u64>protocol);
  refresh();
  if (!beginOut(guess()) || !beginMemo() || !beginStack() || !beginGlobals() || !beginRows() || !beginStorages()) {
    return noMemory(0);
  }
  rootNode = root;
  state = ROOT;
  return DONE;
}

/** About how long the pickle will be: a tensor of a state dict takes 107 bytes beside its name. */
function guess(): u32 {
  const tensors = columnCount(C_TENSORS);
  const bytes = <u64>columnCount(C_TEXT) + <u64>tensors * 112 + <u64>(nodeCount() - N_FIRST) * 8;
  return <u32>min<u64>(bytes, 0x7fffffff);
}

/** Writes on, about `budget` bytes of it: DONE, MORE or FAULT. */
export function encode(budget: u32): i32 {
  if (state == FINISHED) return DONE;
  if (state == IDLE) return fault(F_ORDER, 0);
  beginBudget(budget);
  if (state == ROOT) {
    putShort(PROTO, 2);
    state = RUNNING;
    if (save(rootNode) == FAULT) return stopped();
  }
  while (!stackEmpty()) {
    if (step() == FAULT) return stopped();
    if (weary()) return MORE;
  }
  if (!want(SLACK)) {
    noMemory(SLACK);
    return stopped();
  }
  put8(STOP);
  settleOut();
  endMemo();
  state = FINISHED;
  return DONE;
}

/** Is there a whole pickle? */
export function encoded(): bool {
  return state == FINISHED;
}

function stopped(): i32 {
  state = IDLE;
  return FAULT;
}

function step(): i32 {
  const f = frame();
  switch (load<u32>(f)) {
    case IN_TUPLE:
      return stepTuple(f);
    case IN_BATCHES:
      return stepBatches(f);
    case IN_OBJECT:
      return stepObject(f);
    case IN_TENSOR:
      return stepTensor(f);
    case IN_SET:
      return stepSet(f);
    case IN_KEYWORDS:
      return stepKeywords(f);
  }
  return FAULT;
}
