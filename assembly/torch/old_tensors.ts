// Tensors as pickled before torch had rebuild functions: an empty one of a class, and then BUILD with its state; and
// parameters made by calling their class (reference §4.6).
//
//   torch.FloatTensor()           BUILD (storage, offset, size, stride)
//   Parameter(data)               BUILD (requires_grad, volatile, hooks)
//   Parameter.__new__(Parameter)  BUILD (data, grad, hooks, requires_grad, volatile)
//
// As in torch, a gradient and `volatile` are dropped. What was an object becomes a tensor where it stands, so that all
// that named it before names the tensor.
import { columnAt } from "../base/columns";
import { failed } from "../base/fault";
import { aOf, bOf, edge, kindOf, turnInto } from "../base/graph";
import {
  C_OBJECTS, C_TENSORS, O_ARGS, O_CALLABLE, O_FIRST, O_KWARGS, O_WORDS, T_DATA, T_FLAGS, T_HOOKS, T_NODE, T_WORDS,
  TENSOR_REQUIRES_GRAD,
} from "../shared/columns";
import { K_GLOBAL, K_OBJECT, K_STORAGE, K_TENSOR, K_TUPLE, N_FALSE, N_TRUE } from "../shared/kinds";
import { OLD_TENSORS, OLD_TENSORS_END, PARAMETER_CLASS, REBUILD_TENSOR, TENSOR_CLASS } from "../shared/known";
import { NONE } from "../shared/status";
import { knownOf } from "./globals";
import { makeParameter, rebuild } from "./rebuild";

/** BUILD did what it was asked to. */
export const BUILT: u32 = 0;
/** It is no state of a tensor's. */
export const NOT_BUILT: u32 = 1;
/** It was refused: the fault is noted. */
export const REFUSED: u32 = 2;

function isTensorClass(known: u32): bool {
  return known == TENSOR_CLASS || (known >= <u32>OLD_TENSORS && known < <u32>OLD_TENSORS_END);
}

/** The K_TENSOR node for a call of the class Parameter, or NONE: it stays an object, or, where `failed()`, is refused. */
export function parameterOf(args: u32, where: u32): u32 {
  const count = bOf(args);
  if (count == 0 || count > 2) return NONE;
  const grad = count == 2 ? edge(aOf(args) + 1) : N_TRUE;
  const data = edge(aOf(args));
  if (kindOf(data) != K_TENSOR || (grad != N_TRUE && grad != N_FALSE)) return NONE;
  return makeParameter(data, grad == N_TRUE, NONE, where);
}

/** Gives `target` a state, where it is a tensor or a call that makes an empty one: BUILT, NOT_BUILT or REFUSED. */
export function buildTensor(target: u32, state: u32, where: u32): u32 {
  if (kindOf(state) != K_TUPLE) return NOT_BUILT;
  if (kindOf(target) == K_TENSOR) return setFlags(target, state);
  if (kindOf(target) != K_OBJECT) return NOT_BUILT;
  const row = columnAt(C_OBJECTS) + <usize>aOf(target) * (O_WORDS << 2);
  const callable = load<u32>(row, O_CALLABLE << 2);
  const args = load<u32>(row, O_ARGS << 2);
  if (kindOf(callable) != K_GLOBAL || bOf(args) != 0) return NOT_BUILT;
  if (load<u32>(row, O_KWARGS << 2) != NONE || load<u32>(row, O_FIRST << 2) != 0) return NOT_BUILT;
  const known = knownOf(aOf(callable));
  const count = bOf(state);
  const first = count == 0 ? NONE : edge(aOf(state));
  if (isTensorClass(known) && count == 4 && kindOf(first) == K_STORAGE) {
    return become(target, rebuild(REBUILD_TENSOR, state, where));
  }
  if (known != PARAMETER_CLASS || count != 5 || kindOf(first) != K_TENSOR) return NOT_BUILT;
  const grad = edge(aOf(state) + 3);
  if (grad != N_TRUE && grad != N_FALSE) return NOT_BUILT;
  return become(target, makeParameter(first, grad == N_TRUE, edge(aOf(state) + 2), where));
}

/** The object at node `target` is the tensor that was made at node `made`, from now on. */
function become(target: u32, made: u32): u32 {
  if (made == NONE) return failed() ? REFUSED : NOT_BUILT;
  const row = aOf(made);
  turnInto(target, K_TENSOR, row);
  store<u32>(columnAt(C_TENSORS) + <usize>row * (T_WORDS << 2), target, T_NODE << 2);
  return BUILT;
}

/** (requires_grad, volatile, hooks), of a parameter. */
function setFlags(target: u32, state: u32): u32 {
  const t = columnAt(C_TENSORS) + <usize>aOf(target) * (T_WORDS << 2);
  if (bOf(state) != 3 || load<u32>(t, T_DATA << 2) == NONE) return NOT_BUILT;
  const grad = edge(aOf(state));
  if (grad != N_TRUE && grad != N_FALSE) return NOT_BUILT;
  const flags = load<u32>(t, T_FLAGS << 2) & ~(<u32>TENSOR_REQUIRES_GRAD);
  store<u32>(t, grad == N_TRUE ? flags | TENSOR_REQUIRES_GRAD : flags, T_FLAGS << 2);
  store<u32>(t, edge(aOf(state) + 2), T_HOOKS << 2);
  return BUILT;
}
