// Tensors that hold nodes of the user's: attributes, a class of their own, or data that is no plain tensor.
//
//   _rebuild_from_type_v2(function, class, (arguments of the function), state)
//   _rebuild_parameter(data, requires_grad, hooks)
//   _rebuild_parameter_with_state(data, requires_grad, hooks, state)
import { FN_PARAMETER, FN_PARAMETER_WITH_STATE, T_DATA, T_STATE, T_TYPE } from "../shared/columns";
import { N_NONE } from "../shared/kinds";
import { MARK, REDUCE } from "../shared/opcodes";
import { DONE, FAULT, NONE } from "../shared/status";
import { putTuple } from "../pickle/encode_atoms";
import { FROM_TYPE, putKnown, REBUILD, TENSOR } from "../pickle/encode_global";
import { rememberMade, unwritable } from "../pickle/encode_memo";
import { noMemory, put8, SLACK, want } from "../pickle/encode_out";
import { save } from "../pickle/encode_save";
import { NODE, PHASE, pop } from "../pickle/encode_stack";
import { functionOf, isWrapped, plainData, putArguments, putFresh, putGradAndHooks, tensorOf } from "./reduce";

const FUNCTION: u32 = 0;
const DATA: u32 = 1;
const HOOKS: u32 = 2;
const WITH_STATE: u32 = 3;
const TYPE_STATE: u32 = 4;
const TYPE_ARGUMENTS: u32 = 5;
const CALL: u32 = 6;

export function stepTensor(f: usize): i32 {
  const n = load<u32>(f, NODE);
  const row = tensorOf(n);
  const wrapped = isWrapped(row);
  const fn = functionOf(row);
  if (!want(SLACK)) return noMemory(SLACK);
  switch (load<u32>(f, PHASE)) {
    case FUNCTION:
      store<u32>(f, DATA, PHASE);
      return stepFunction(n, row, fn, wrapped);
    case DATA:
      store<u32>(f, fn < <u32>FN_PARAMETER ? TYPE_STATE : HOOKS, PHASE);
      return stepData(n, row, fn);
    case HOOKS:
      putGradAndHooks(row);
      if (fn == FN_PARAMETER_WITH_STATE) {
        store<u32>(f, WITH_STATE, PHASE);
        return saveState(row);
      }
      putTuple(3);
      store<u32>(f, wrapped ? TYPE_STATE : CALL, PHASE);
      return DONE;
    case WITH_STATE:
      putTuple(4);
      store<u32>(f, CALL, PHASE);
      return DONE;
    case TYPE_STATE:
      store<u32>(f, TYPE_ARGUMENTS, PHASE);
      return saveState(row);
    case TYPE_ARGUMENTS:
      putTuple(4);
      store<u32>(f, CALL, PHASE);
      return DONE;
    default:
      put8(REDUCE);
      rememberMade(n);
      pop();
      return DONE;
  }
}

/** The callable, and of a wrapped tensor the function and the class that its arguments begin with. */
function stepFunction(n: u32, row: usize, fn: u32, wrapped: bool): i32 {
  if (fn > <u32>FN_PARAMETER_WITH_STATE) return unwritable(n);
  if (!wrapped) {
    putKnown(REBUILD + fn);
    return DONE;
  }
  // One state, and two that would want it.
  if (fn == FN_PARAMETER_WITH_STATE) return unwritable(n);
  putKnown(FROM_TYPE);
  put8(MARK);
  putKnown(REBUILD + fn);
  const type = load<u32>(row, T_TYPE * 4);
  if (type != NONE) return save(type) == FAULT ? FAULT : DONE;
  putKnown(TENSOR);
  return DONE;
}

/** The inner arguments: of a dense tensor all of them, of a parameter its data. */
function stepData(n: u32, row: usize, fn: u32): i32 {
  if (fn < <u32>FN_PARAMETER) return putArguments(row, fn, n);
  if (fn == FN_PARAMETER_WITH_STATE) put8(MARK);
  const data = plainData(row);
  if (data != 0) return putFresh(data, n);
  return save(load<u32>(row, T_DATA * 4)) == FAULT ? FAULT : DONE;
}

function saveState(row: usize): i32 {
  const state = load<u32>(row, T_STATE * 4);
  return save(state == NONE ? N_NONE : state) == FAULT ? FAULT : DONE;
}
