// Tensors as torch made them before it had rebuild functions (reference §4.6): a class is called, and BUILD gives a state.
//
//   torch.FloatTensor()          (storage, offset, size, stride)                       up to 0.1.9
//   Parameter()                  (data, grad, hooks, requires_grad, volatile)          up to 0.1.6
//   Parameter(data)              (requires_grad, volatile, hooks)                      up to 0.3
//   Variable(data)               the same; today a Variable is a tensor
//
// They become rows of TENSORS like those of rebuild.ts. A class without arguments is an object until its state comes: that
// node then becomes the tensor, so that all that names it names the tensor. Gradients, hooks and `volatile` are let go, as
// torch lets them go. weights_only gives a plain tensor the four-part state alone.
import { columnAt } from "../base/columns";
import { failed, fault, faultWith } from "../base/fault";
import { aOf, bOf, edge, kindOf } from "../base/graph";
import {
  C_OBJECTS, C_STORAGES, C_TENSORS, FN_PARAMETER, FN_V1, O_ARGS, O_CALLABLE, O_FIRST, O_KWARGS, O_WORDS, S_DTYPE, S_WORDS,
  T_DATA, T_FLAGS, T_HOOKS, T_NODE, T_WORDS, TENSOR_REQUIRES_GRAD,
} from "../shared/columns";
import { FLOAT32 } from "../shared/dtypes";
import { F_TENSOR_STATE, F_UNSAFE_BUILD } from "../shared/faults";
import { K_GLOBAL, K_OBJECT, K_STORAGE, K_TENSOR, K_TUPLE, N_FALSE, N_TRUE } from "../shared/kinds";
import {
  KNOWN_TENSOR, KNOWN_TENSOR_LAST, PARAMETER_CLASS, REBUILD_TENSOR, TENSOR_CLASS, UNKNOWN, VARIABLE_CLASS,
} from "../shared/known";
import { BUILD } from "../shared/opcodes";
import { FAULT, MORE, NONE } from "../shared/status";
import { knownOf } from "./globals";
import { dense, sameView, spent } from "./rebuild";

/**
 * The K_TENSOR node for a call of Parameter or Variable with a tensor and, perhaps, whether it requires a gradient.
 * NONE: it stays an object, or, where `failed()`, is refused. `args` is a tuple.
 */
export function construct(cls: u32, args: u32, where: u32): u32 {
  const isParameter = cls == PARAMETER_CLASS;
  if (!isParameter && cls != VARIABLE_CLASS || bOf(args) == 0 || bOf(args) > 2) return NONE;
  const data = edge(aOf(args));
  if (kindOf(data) != K_TENSOR) return NONE;
  const grad = bOf(args) == 2 ? edge(aOf(args) + 1) : isParameter ? N_TRUE : N_FALSE;
  if (grad != N_TRUE && grad != N_FALSE) return NONE;
  return around(data, isParameter, grad == N_TRUE, NONE, where, NONE);
}

/** A parameter of a tensor, or another tensor with its view. */
function around(data: u32, isParameter: bool, requiresGrad: bool, hooks: u32, where: u32, target: u32): u32 {
  const t = sameView(data, isParameter ? FN_PARAMETER : FN_V1, requiresGrad, hooks, where, target);
  if (t == 0) return spent(where);
  if (isParameter) store<u32>(t, data, T_DATA << 2);
  return load<u32>(t, T_NODE << 2);
}

/** Is BUILD to make a tensor of this node, or to change the tensor that it is? */
export function takesTensorState(target: u32): bool {
  return kindOf(target) == K_TENSOR || classOf(target) != UNKNOWN;
}

/** The class of tensors that an object was made by without an argument; UNKNOWN where it is another object. */
function classOf(target: u32): u32 {
  if (kindOf(target) != K_OBJECT) return UNKNOWN;
  const row = columnAt(C_OBJECTS) + <usize>aOf(target) * (O_WORDS << 2);
  const callable = load<u32>(row, O_CALLABLE << 2);
  const args = load<u32>(row, O_ARGS << 2);
  if (kindOf(callable) != K_GLOBAL || kindOf(args) != K_TUPLE || bOf(args) != 0) return UNKNOWN;
  if (load<u32>(row, O_KWARGS << 2) != NONE || load<u32>(row, O_FIRST << 2) != 0) return UNKNOWN;
  const cls = knownOf(aOf(callable));
  const isTensor = cls == TENSOR_CLASS || cls > <u32>KNOWN_TENSOR && cls <= <u32>KNOWN_TENSOR_LAST;
  return isTensor || cls == PARAMETER_CLASS || cls == VARIABLE_CLASS ? cls : UNKNOWN;
}

/** Gives a tensor, or what is to become one, its state: MORE or FAULT. */
export function buildTensor(target: u32, state: u32, where: u32, restricted: bool): i32 {
  const parts = kindOf(state) == K_TUPLE ? bOf(state) : 0;
  if (kindOf(target) == K_OBJECT) {
    if (parts == 4) return fromView(target, state, where);
    if (parts == 5) return fromData(target, edge(aOf(state)), state, where, restricted);
    return wrong(where);
  }
  const row = columnAt(C_TENSORS) + <usize>aOf(target) * (T_WORDS << 2);
  if (restricted && load<u32>(row, T_DATA << 2) == NONE) return faultWith(F_UNSAFE_BUILD, where, BUILD, K_TENSOR);
  if (parts != 3) return wrong(where);
  const grad = edge(aOf(state));
  if (grad != N_TRUE && grad != N_FALSE) return wrong(where);
  const flags = load<u32>(row, T_FLAGS << 2) & ~TENSOR_REQUIRES_GRAD;
  store<u32>(row, grad == N_TRUE ? flags | TENSOR_REQUIRES_GRAD : flags, T_FLAGS << 2);
  store<u32>(row, edge(aOf(state) + 2), T_HOOKS << 2);
  return MORE;
}

/** (storage, offset, size, stride): what _rebuild_tensor takes. No parameter takes it, since it requires a gradient. */
function fromView(target: u32, state: u32, where: u32): i32 {
  const cls = classOf(target);
  const storage = edge(aOf(state));
  if (kindOf(storage) != K_STORAGE || cls == PARAMETER_CLASS) return wrong(where);
  const dtype = load<u32>(columnAt(C_STORAGES) + <usize>aOf(storage) * (S_WORDS << 2), S_DTYPE << 2);
  const wanted: u32 = cls > <u32>KNOWN_TENSOR ? cls - KNOWN_TENSOR : FLOAT32;
  if (dtype != wanted) return fault(F_TENSOR_STATE, where, 1);
  const made = dense(REBUILD_TENSOR, state, where, target);
  return made != NONE ? MORE : failed() ? FAULT : wrong(where);
}

/** (data, grad, hooks, requires_grad, volatile). Data that is a parameter lends its own data: its flags are not asked for. */
function fromData(target: u32, data: u32, state: u32, where: u32, restricted: bool): i32 {
  const isParameter = classOf(target) == PARAMETER_CLASS;
  if (restricted && !isParameter) return faultWith(F_UNSAFE_BUILD, where, BUILD, K_OBJECT);
  if (kindOf(data) != K_TENSOR) return wrong(where);
  const under = load<u32>(columnAt(C_TENSORS) + <usize>aOf(data) * (T_WORDS << 2), T_DATA << 2);
  const grad = edge(aOf(state) + 3);
  if (grad != N_TRUE && grad != N_FALSE) return wrong(where);
  const hooks = edge(aOf(state) + 2);
  return around(under == NONE ? data : under, isParameter, grad == N_TRUE, hooks, where, target) != NONE ? MORE : FAULT;
}

function wrong(where: u32): i32 {
  return fault(F_TENSOR_STATE, where, 0);
}
