// Tensors as torch made them before 0.4: a class is called, and BUILD gives it a state (reference §4.6).
import assert from "node:assert/strict";
import { test } from "node:test";
import "../bindings/index.js"; // makes values whole: they print
import { loadSync } from "../bindings/checkpoint/load_sync.js";
import { openSync } from "../bindings/checkpoint/open_sync.js";
import { saveSync } from "../bindings/checkpoint/save.js";
import { BrineError, UnpicklingError } from "../bindings/core/errors.js";
import { reprOf } from "../bindings/python/repr.js";
import { Parameter } from "../bindings/torch/parameter.js";
import { Tensor } from "../bindings/torch/tensor.js";
import { archive, dense, global, int, storage, text, tupleOf, type Piece } from "./support/tape.js";

const floats = { 0: new Float32Array([1, 2, 3, 4, 5, 6]) };
const FLOAT: Piece = `${global("torch", "FloatTensor")})R`;
const PARAMETER: Piece = global("torch.nn.parameter", "Parameter");
const VARIABLE: Piece = global("torch.autograd.variable", "Variable");
const view = (...state: Piece[]): Piece => `${tupleOf(...state)}b`;
const SQUARE: Piece = view(storage("0", 6), int(1), tupleOf(int(2), int(2)), tupleOf(int(2), int(1)));

function refused(pickle: Piece, code: string, weightsOnly = true): void {
  assert.throws(() => loadSync(archive(pickle, floats), { weightsOnly }), (error: unknown) => {
    assert.ok(error instanceof UnpicklingError, String(error));
    assert.equal(error.code, code, error.message);
    assert.equal(typeof error.offset, "number");
    return true;
  });
}

test("a class of tensors and the state (storage, offset, size, stride) are a tensor", () => {
  for (const cls of ["FloatTensor", "Tensor"]) {
    const t = loadSync(archive(`${global("torch", cls)})R${SQUARE}`, floats));
    assert.ok(t instanceof Tensor);
    assert.deepEqual(t.toArray(), [[2, 3], [4, 5]]);
    assert.equal(t.requiresGrad, false);
  }
});

test("what named the object before its state came names the tensor after it", () => {
  // ((t,), t): the tuple is made before BUILD.
  const bytes = archive(`(${FLOAT}q\x01\x85h\x01${SQUARE}t`, floats);
  const [inner, second] = loadSync(bytes) as [Tensor[], Tensor];
  assert.ok(second instanceof Tensor);
  assert.equal(inner[0], second);
  assert.deepEqual([...openSync(bytes).tensors()].map(({ name, also }) => [name, also]), [["0.0", ["$[1]"]]]);
});

test("Parameter(data) takes (requires_grad, volatile, hooks), Parameter() the five parts of a Variable", () => {
  const data = dense("0", 6);
  const three = (grad: Piece): Piece => view(grad, "\x89", "N");
  const cases: readonly (readonly [Piece, boolean])[] = [
    [`${PARAMETER}${data}\x85R`, true],
    [`${PARAMETER}${data}\x85\x81`, true],
    [`${PARAMETER}${data}\x89\x86R`, false],
    [`${PARAMETER}${data}\x85R${three("\x89")}`, false],
    [`${PARAMETER}${data}\x85R${three("\x88")}`, true],
    [`${PARAMETER})\x81${view(data, "N", "N", "\x89", "\x89")}`, false],
    [`${PARAMETER})\x81${view(data, "N", "N", "\x88", "\x89")}`, true],
  ];
  for (const [pickle, requiresGrad] of cases) {
    const parameter = loadSync(archive(pickle, floats));
    assert.ok(parameter instanceof Parameter);
    assert.equal(parameter.requiresGrad, requiresGrad);
    assert.deepEqual(parameter.toArray(), [1, 2, 3, 4, 5, 6]);
    assert.equal(parameter.dataTensor.requiresGrad, false);
    const again = loadSync(saveSync(parameter));
    assert.ok(again instanceof Parameter && again.requiresGrad === requiresGrad);
  }
});

test("a Variable is a tensor of its own over the same storage; weights_only does not know the name", () => {
  const list = `(${dense("0", 6)}q\x00${VARIABLE}h\x00\x85R${view("\x88", "\x89", "N")}${VARIABLE})\x81${view("h\x00", "N", "N", "\x88", "\x89")}t`;
  const [data, ...variables] = loadSync(archive(list, floats), { weightsOnly: false }) as Tensor[];
  for (const variable of variables) {
    assert.equal(variable.constructor, Tensor);
    assert.notEqual(variable, data);
    assert.equal(variable.storage, data.storage);
    assert.deepEqual([data.requiresGrad, variable.requiresGrad], [false, true]);
    assert.equal(reprOf(variable), "tensor([1., 2., 3., 4., 5., 6.], requires_grad=True)");
  }
  assert.equal(variables.length, 2);
  refused(list, "UNSAFE_GLOBAL");
});

test("gradients and hooks in such states are let go, as torch lets them go", () => {
  const hooks = `${global("collections", "OrderedDict")})R(${int(7)}${global("my.module", "hook")}u`;
  const parameter = loadSync(archive(`${PARAMETER})\x81${view(dense("0", 6), dense("0", 6), hooks, "\x88", "\x89")}`, floats), { weightsOnly: false });
  assert.ok(parameter instanceof Parameter);
  assert.equal(parameter.attributes, null);
  const saved = Buffer.from(saveSync(parameter)).toString("latin1");
  assert.ok(!saved.includes("my.module"));
});

test("a view that does not fit, another element type, another state: refused at the opcode", () => {
  const sizes = tupleOf(int(7));
  refused(`${FLOAT}${view(storage("0", 6), int(0), sizes, tupleOf(int(1)))}`, "VIEW_BOUNDS");
  refused(`${FLOAT}${view(storage("0", 6), int(-1), tupleOf(int(1)), tupleOf(int(1)))}`, "NEGATIVE_GEOMETRY");
  refused(`${FLOAT}${view(storage("0", 3, "DoubleStorage"), int(0), tupleOf(int(1)), tupleOf(int(1)))}`, "TENSOR_STATE");
  refused(`${PARAMETER})R${view(storage("0", 6), int(0), tupleOf(int(1)), tupleOf(int(1)))}`, "TENSOR_STATE");
  for (const weightsOnly of [true, false]) {
    refused(`${FLOAT}${view("\x88", "\x89", "N")}`, "TENSOR_STATE", weightsOnly);
    refused(`${FLOAT}}b`, "TENSOR_STATE", weightsOnly);
    refused(`${FLOAT}${view(text("0"), int(0), sizes, tupleOf(int(1)))}`, "TENSOR_STATE", weightsOnly);
    refused(`${PARAMETER}${dense("0", 6)}\x85R${view("K\x01", "\x89", "N")}`, "TENSOR_STATE", weightsOnly);
    refused(`${PARAMETER})R${view("N", "N", "N", "\x88", "\x89")}`, "TENSOR_STATE", weightsOnly);
    refused(`${PARAMETER})R${view(dense("0", 6), "N", "N", "N", "\x89")}`, "TENSOR_STATE", weightsOnly);
  }
  refused(`${dense("0", 6)}${view("\x88", "\x89", "N")}`, "UNSAFE_BUILD");
  refused(`${FLOAT}${SQUARE}${SQUARE}`, "UNSAFE_BUILD");
  refused(`${FLOAT}${SQUARE}${SQUARE}`, "TENSOR_STATE", false);
});

test("any byte of such a pickle may be another: a value or a typed error, which is described, printed and saved", () => {
  const data = dense("0", 6);
  const forms: readonly Piece[] = [
    `(${FLOAT}q\x01\x85h\x01${SQUARE}t`,
    `${PARAMETER}${data}q\x02\x85R${view("\x88", "\x89", "N")}`,
    `(${PARAMETER})\x81q\x03h\x03${view(data, "N", "N", "\x88", "\x89")}t`,
    `(${VARIABLE})\x81${view(data, "N", "N", "\x88", "\x89")}}${text("a")}${FLOAT}${SQUARE}st`,
  ];
  let loads = 0;
  for (const form of forms) {
    for (let at = 0; at < form.length; at++) {
      for (const byte of [0, form.charCodeAt(at) ^ 1, form.charCodeAt(at) ^ 0x20, 0x62, 0x52, 0x68, 0xff]) {
        const changed = form.slice(0, at) + String.fromCharCode(byte) + form.slice(at + 1);
        try {
          const value = loadSync(archive(changed, floats), { weightsOnly: false });
          reprOf(value);
          saveSync(value);
          for (const info of openSync(archive(changed, floats)).tensors()) assert.equal(typeof info.name, "string");
        } catch (error) {
          if (!(error instanceof BrineError)) throw new Error(`byte ${at} as ${byte}`, { cause: error });
        }
        loads++;
      }
    }
  }
  assert.ok(loads > 3000);
});

test("an integer parameter that requires a gradient is refused, as torch refuses it", () => {
  const longs = { 0: new BigInt64Array([1n]) };
  assert.throws(() => loadSync(archive(`${PARAMETER}${dense("0", 1, "LongStorage")}\x85R`, longs)), { code: "REBUILD" });
});
