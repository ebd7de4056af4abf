// The walk from the root, in document order, that finds where every tensor stands. It fills
//
//   VISIBLE   1 for every node that is a value of the user's, 2 for the data of a parameter that stands nowhere itself
//             (own_texts.ts adds 3, for a str of its own)
//   LISTING   a row for each place of each tensor, its first place first
//   PATHS     the steps to those places
//
// Containers are entered once, at the first place, so cycles end and shared parts cost nothing; the insides of tensors
// (their sizes, hooks, persistent ids) are not values. The walk keeps its own stack (frames.ts).
import { addRow, columnAt, columnCount, makeColumn, setColumnCount } from "../base/columns";
import { memorySpent } from "../base/fault";
import { aOf, bOf, edge, kindOf, nodeCount } from "../base/graph";
import { isAscii } from "../base/utf8";
import {
  C_LISTING, C_OBJECTS, C_PATHS, C_TENSORS, C_VISIBLE, GLOBAL_IN_PID_ONLY, L_FLAGS, L_NAME, L_NAME_LENGTH, L_PATH,
  L_TENSOR, L_WORDS, LISTED_ALSO, LISTED_NOT_ASCII, LISTED_SAME_NAME, O_ARGS, O_CALLABLE, O_FIRST, O_KWARGS, O_WORDS,
  P_WORDS, STEP_ARGUMENT, STEP_ATTRIBUTE, STEP_INDEX, STEP_KEY, STEP_KEY_ITSELF, STEP_KEYWORD, STEP_MEMBER, STEP_ROOT,
  STEP_STATE, T_DATA, T_LISTED, T_STATE, T_WORDS,
} from "../shared/columns";
import {
  K_DICT, K_FROZENSET, K_GLOBAL, K_LIST, K_OBJECT, K_SET, K_TENSOR, K_TUPLE, SEG_HEAD, SEG_ITEMS, SEG_MEMBERS,
  SEG_PAIRS, SEG_STATE,
} from "../shared/kinds";
import { FROZENSET_CLASS, ORDERED_DICT, SET_CLASS } from "../shared/known";
import { MAX_NAMES } from "../shared/limits";
import { DONE, FAULT, MORE, NONE } from "../shared/status";
import {
  beginFrames, lastFrame, PAIR_LIST, popFrame, pushFrame, STEP_SAME, W_EDGE, W_INDEX, W_ITEM_STEP, W_KEY, W_LEFT,
  W_OBJECT, W_OPERAND, W_PAIR_STEP, W_PATH, W_SEGMENT, W_STEP, W_WHAT,
} from "./frames";
import { globalFlags, isInstanceOf, setGlobalFlags } from "./globals";
import { beginSameNames, markSameNames, noteName } from "./same_names";
import { beginListingNames, nameOf, newPath, pathOf, tensorName, tensorNameLength } from "./listing_names";

let visible: usize = 0;
let spent: bool = false; // memory is
let state: i32 = FAULT;

/** Begins at a root. DONE or FAULT. */
export function beginListing(root: u32): i32 {
  const nodes = nodeCount();
  const tensors = columnCount(C_TENSORS);
  state = FAULT;
  const ready = makeColumn(C_VISIBLE, 1, nodes) && makeColumn(C_LISTING, L_WORDS << 2, tensors) &&
    makeColumn(C_PATHS, P_WORDS << 2, tensors + 1) && beginSameNames(tensors) && beginFrames() &&
    beginListingNames(<u64>MAX_NAMES + (<u64>nodes << 5));
  if (!ready) return memorySpent(0, nodes);
  setColumnCount(C_VISIBLE, nodes);
  visible = columnAt(C_VISIBLE);
  memory.fill(visible, 0, nodes);
  spent = false;
  newPath(NONE, STEP_ROOT, 0);
  // A frame whose one item is the root; the root's own frame lies at the same place.
  const frame = pushFrame();
  store<u32>(frame, SEG_ITEMS, W_WHAT << 2);
  state = MORE;
  visit(root, STEP_SAME, 0);
  return spent ? runOut() : DONE;
}

function runOut(): i32 {
  state = FAULT;
  return memorySpent(0);
}

/** Walks on for about budget / 8 edges: DONE, MORE or FAULT. */
export function listing(budget: u32): i32 {
  if (state != MORE) return state;
  let steps = (budget >> 3) + 1;
  while (steps-- != 0) {
    const frame = lastFrame();
    if (frame == 0) {
      state = markSameNames();
      break;
    }
    if (load<u32>(frame, W_LEFT << 2) != 0) advance(frame);
    else if (!nextSegment(frame)) popFrame();
    if (spent) return runOut();
  }
  return state;
}

function nextSegment(frame: usize): bool {
  const segment = load<u32>(frame, W_SEGMENT << 2);
  if (segment == 0) return false;
  if (load<u32>(frame, W_OBJECT << 2) != 0) store<u32>(frame, edge(segment), W_WHAT << 2);
  store<u32>(frame, segment + SEG_HEAD, W_EDGE << 2);
  store<u32>(frame, edge(segment + 1), W_LEFT << 2);
  store<u32>(frame, edge(segment + 2), W_SEGMENT << 2);
  return true;
}

/** Takes the next edge of a frame; a key that is a leaf, with its value. */
function advance(frame: usize): void {
  let item = takeEdge(frame);
  const what = load<u32>(frame, W_WHAT << 2);
  if (what == SEG_PAIRS) {
    let key = load<u32>(frame, W_KEY << 2);
    if (key == 0) {
      key = item + 1;
      store<u32>(frame, key, W_KEY << 2);
      if (kindOf(item) >= <u32>K_TUPLE || load<u32>(frame, W_LEFT << 2) == 0) {
        visit(item, STEP_KEY_ITSELF, item);
        return;
      }
      store<u8>(visible + item, 1);
      item = takeEdge(frame);
    }
    store<u32>(frame, 0, W_KEY << 2);
    visit(item, load<u32>(frame, W_PAIR_STEP << 2), key - 1);
  } else if (what == SEG_STATE) {
    const isDict = kindOf(item) == K_DICT || isInstanceOf(item, ORDERED_DICT);
    if (isDict) enter(item, STEP_SAME, 0, STEP_ATTRIBUTE);
    else visit(item, STEP_STATE, 0);
  } else if (what == PAIR_LIST && isPair(item)) {
    enterPair(item);
  } else {
    const index = load<u32>(frame, W_INDEX << 2);
    store<u32>(frame, index + 1, W_INDEX << 2);
    visit(item, what == SEG_MEMBERS ? STEP_MEMBER : load<u32>(frame, W_ITEM_STEP << 2), index);
  }
}

function takeEdge(frame: usize): u32 {
  const at = load<u32>(frame, W_EDGE << 2);
  store<u32>(frame, at + 1, W_EDGE << 2);
  store<u32>(frame, load<u32>(frame, W_LEFT << 2) - 1, W_LEFT << 2);
  return edge(at);
}

/** A value at one step from the last frame. */
function visit(value: u32, step: u32, operand: u32): void {
  const kind = kindOf(value);
  if (kind == K_TENSOR) {
    list(value, step, operand);
  } else if (kind >= <u32>K_TUPLE && kind <= <u32>K_SET || kind == K_OBJECT) {
    enter(value, step, operand, STEP_KEY);
  } else {
    store<u8>(visible + value, 1);
    if (kind == K_GLOBAL) setGlobalFlags(aOf(value), globalFlags(aOf(value)) & ~GLOBAL_IN_PID_ONLY);
  }
}

/** A new frame over the container's edges, or 0 where memory is spent. */
function newFrame(what: u32, step: u32, operand: u32): usize {
  const frame = pushFrame();
  if (frame == 0) {
    spent = true;
    return 0;
  }
  store<u32>(frame, what, W_WHAT << 2);
  store<u32>(frame, step, W_STEP << 2);
  store<u32>(frame, operand, W_OPERAND << 2);
  store<u32>(frame, NONE, W_PATH << 2);
  store<u32>(frame, STEP_INDEX, W_ITEM_STEP << 2);
  store<u32>(frame, STEP_KEY, W_PAIR_STEP << 2);
  return frame;
}

/** Goes into a container that was not entered before. */
function enter(container: u32, step: u32, operand: u32, pairStep: u32): void {
  if (load<u8>(visible + container) == 1) return;
  store<u8>(visible + container, 1);
  const kind = kindOf(container);
  if (kind == K_OBJECT) return enterObject(container, step, operand, pairStep);
  const flat = kind == K_TUPLE || kind == K_FROZENSET;
  const what = kind == K_DICT ? SEG_PAIRS : kind == K_SET || kind == K_FROZENSET ? SEG_MEMBERS : SEG_ITEMS;
  const frame = newFrame(what, step, operand);
  if (frame == 0) return;
  store<u32>(frame, pairStep, W_PAIR_STEP << 2);
  if (flat) {
    store<u32>(frame, aOf(container), W_EDGE << 2);
    store<u32>(frame, bOf(container), W_LEFT << 2);
  } else {
    store<u32>(frame, aOf(container), W_SEGMENT << 2);
  }
}

/** An object: what it calls, arguments, keyword arguments, then its segments in the order in which they came. */
function enterObject(object: u32, step: u32, operand: u32, pairStep: u32): void {
  const frame = newFrame(SEG_ITEMS, step, operand);
  if (frame == 0) return;
  const row = columnAt(C_OBJECTS) + <usize>aOf(object) * (O_WORDS << 2);
  store<u32>(frame, 1, W_OBJECT << 2);
  store<u32>(frame, load<u32>(row, O_FIRST << 2), W_SEGMENT << 2);
  store<u32>(frame, pairStep, W_PAIR_STEP << 2);
  // A stack: the last one pushed is walked first.
  const kwargs = load<u32>(row, O_KWARGS << 2);
  if (kwargs != NONE) enter(kwargs, STEP_SAME, 0, STEP_KEYWORD);
  const args = load<u32>(row, O_ARGS << 2);
  if (!enterOnlyList(object, args)) {
    const above = lastFrame();
    enter(args, STEP_SAME, 0, STEP_KEY);
    if (lastFrame() != above && kindOf(args) == K_TUPLE) store<u32>(lastFrame(), STEP_ARGUMENT, W_ITEM_STEP << 2);
  }
  visit(load<u32>(row, O_CALLABLE << 2), STEP_SAME, 0);
}

/** set([…]), frozenset([…]), Python 2's OrderedDict([[key, value], …]): the list is the object's own content. */
function enterOnlyList(object: u32, args: u32): bool {
  const pairs = isInstanceOf(object, ORDERED_DICT);
  if (!pairs && !isInstanceOf(object, SET_CLASS) && !isInstanceOf(object, FROZENSET_CLASS)) return false;
  if (kindOf(args) != K_TUPLE || bOf(args) != 1 || kindOf(edge(aOf(args))) != K_LIST) return false;
  const list = edge(aOf(args));
  if (load<u8>(visible + args) == 1 || load<u8>(visible + list) == 1) return false;
  store<u8>(visible + args, 1);
  store<u8>(visible + list, 1);
  const frame = newFrame(pairs ? PAIR_LIST : SEG_MEMBERS, STEP_SAME, 0);
  if (frame != 0) store<u32>(frame, aOf(list), W_SEGMENT << 2);
  return true;
}

function isPair(item: u32): bool {
  if (load<u8>(visible + item) == 1) return false;
  if (kindOf(item) == K_TUPLE) return bOf(item) == 2;
  if (kindOf(item) != K_LIST || aOf(item) == 0) return false;
  const n = edge(aOf(item) + 1);
  const next = edge(aOf(item) + 2);
  return n == 2 && next == 0 || n == 1 && next != 0 && edge(next + 1) == 1 && edge(next + 2) == 0;
}

function enterPair(item: u32): void {
  store<u8>(visible + item, 1);
  const frame = newFrame(SEG_PAIRS, STEP_SAME, 0);
  if (frame == 0) return;
  if (kindOf(item) == K_LIST) {
    store<u32>(frame, aOf(item), W_SEGMENT << 2);
  } else {
    store<u32>(frame, aOf(item), W_EDGE << 2);
    store<u32>(frame, 2, W_LEFT << 2);
  }
}

/** Notes a place of a tensor, and at the first one goes into its attributes. */
function list(tensor: u32, step: u32, operand: u32): void {
  const frame = lastFrame();
  const parent = pathOf(frame);
  const path = step == STEP_SAME || parent == NONE ? parent : newPath(parent, step, operand);
  const index = columnCount(C_LISTING);
  const row: usize = path == NONE ? 0 : addRow(C_LISTING);
  if (row == 0) {
    spent = true;
    return;
  }
  store<u32>(row, aOf(tensor), L_TENSOR << 2);
  store<u32>(row, path, L_PATH << 2);
  const named = nameOf(frame, step, operand);
  const name = tensorName();
  const length = tensorNameLength();
  store<u32>(row, named ? <u32>name : 0, L_NAME << 2);
  store<u32>(row, named ? length : 0, L_NAME_LENGTH << 2);
  store<u32>(row, !named ? LISTED_SAME_NAME : isAscii(name, length) ? 0 : LISTED_NOT_ASCII, L_FLAGS << 2);
  if (named && !noteName(index, name, length)) {
    spent = true;
    return;
  }

  const t = columnAt(C_TENSORS) + <usize>aOf(tensor) * (T_WORDS << 2);
  store<u8>(visible + tensor, 1);
  if (load<u32>(t, T_LISTED << 2) != NONE) {
    store<u32>(row, load<u32>(row, L_FLAGS << 2) | LISTED_ALSO, L_FLAGS << 2);
    return;
  }
  store<u32>(t, index, T_LISTED << 2);
  if (load<u32>(t, T_DATA << 2) != NONE || load<u32>(t, T_STATE << 2) != NONE) enterTensor(t, path, step, operand);
}

/** The attributes of a tensor, and those of the data of a parameter; that data itself is no place, but is built. */
function enterTensor(t: usize, path: u32, step: u32, operand: u32): void {
  const frame = newFrame(SEG_ITEMS, step, operand); // stands for the tensor: the attributes' frames lie above it
  if (frame == 0) return;
  store<u32>(frame, path, W_PATH << 2);
  while (true) {
    const given = load<u32>(t, T_STATE << 2);
    if (given != NONE && kindOf(given) == K_TUPLE && bOf(given) == 2) {
      store<u8>(visible + given, 1);
      enterAttributes(edge(aOf(given) + 1));
      enterAttributes(edge(aOf(given)));
    } else if (given != NONE) {
      enterAttributes(given);
    }
    const data = load<u32>(t, T_DATA << 2);
    if (data == NONE || load<u8>(visible + data) != 0) return;
    store<u8>(visible + data, 2);
    t = columnAt(C_TENSORS) + <usize>aOf(data) * (T_WORDS << 2);
  }
}

/** A dict, an OrderedDict or None. */
function enterAttributes(given: u32): void {
  if (kindOf(given) == K_DICT || kindOf(given) == K_OBJECT) enter(given, STEP_SAME, 0, STEP_ATTRIBUTE);
  else store<u8>(visible + given, 1);
}
