// NumPy's values: what they are, what is refused, what stays inert, and that they are saved as NumPy would pickle them. The
// fixtures of tests/fixtures-*.test.ts hold them against NumPy itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BrineError, Complex, Dict, Global, loadSync, NDArray, NumpyDType, NumpyScalar, PyObject, reprOf, safeGlobals, saveSync, str, toPlain, tuple,
  type Value,
} from "../bindings/index.js";
import { pythonDatetime, pythonTimedelta } from "../bindings/numpy/datetime.js";

function roundTrip(value: unknown): Value {
  const bytes = saveSync(value);
  const back = loadSync(bytes, { weightsOnly: false });
  assert.deepEqual(saveSync(back), bytes);
  return back;
}

/** The calls that NumPy writes, as inert objects, so that any argument can be wrong. */
function dtypeCall(code: string, state: Value[]): PyObject {
  return new PyObject({ module: "numpy", name: "dtype", via: "reduce", args: tuple<Value[]>(str(code), false, true), state: tuple(...state) });
}
const FLOAT32: () => PyObject = () => dtypeCall("f4", [3, "<", null, null, null, -1, -1, 0]);

function arrayCall(state: Value[], cls: Value = new Global("numpy", "ndarray")): PyObject {
  return new PyObject({
    module: "numpy._core.multiarray", name: "_reconstruct", via: "reduce", args: tuple<Value[]>(cls, tuple(0), Uint8Array.of(0x62)), state: tuple(...state),
  });
}

test("arrays of every simple type are made, seen and saved", () => {
  const f4 = new NDArray({ dtype: "<f4", shape: [2, 3], bytes: new Uint8Array(Float32Array.of(0, 1, 2, 3, 4, 5).buffer) });
  assert.deepEqual(f4.toArray(), [[0, 1, 2], [3, 4, 5]]);
  assert.equal(String(f4), "ndarray(shape=(2, 3), dtype='<f4')");
  const back = roundTrip({ f4, again: f4 }) as Dict<string, NDArray>;
  const got = back.get("f4") as NDArray;
  assert.ok(got instanceof NDArray);
  assert.equal(got, back.get("again"));
  assert.deepEqual(got.data, Float32Array.of(0, 1, 2, 3, 4, 5));
  assert.equal(got.dtype, roundTrip(got.dtype) instanceof NumpyDType ? got.dtype : null);

  const fortran = new NDArray({ dtype: "|u1", shape: [2, 3], bytes: Uint8Array.of(0, 3, 1, 4, 2, 5), fortranOrder: true });
  assert.deepEqual((roundTrip(fortran) as NDArray).toArray(), [[0, 1, 2], [3, 4, 5]]);
  const big = new NDArray({ dtype: ">i4", shape: [], bytes: Uint8Array.of(0, 0, 1, 0) });
  assert.equal((roundTrip(big) as NDArray).toArray(), 256);
  assert.equal(big.data, undefined);
  const half = new NDArray({ dtype: "<f2", shape: [1], bytes: Uint8Array.of(0, 0x3c) });
  assert.deepEqual(half.toArray(), [1]);
  const objects = new NDArray({ dtype: "|O", shape: [2], objects: ["x", null] });
  assert.deepEqual((roundTrip(objects) as NDArray).toArray(), ["x", null]);
  const structure = new NDArray({ dtype: NumpyDType.of([["id", "<i2"], ["w", "|S2"]]), shape: [1], bytes: Uint8Array.of(7, 0, 97, 0) });
  const row = (roundTrip(structure) as NDArray).toArray() as Value[][];
  assert.deepEqual([row[0][0], Array.from(row[0][1] as Uint8Array)], [7, [97]]);
  assert.equal(String(structure.dtype), "dtype([('id', '<i2'), ('w', '|S2')])");
  assert.deepEqual((toPlain(f4) as { shape: unknown }).shape, [2, 3]);
});

test("a changed array is saved changed, and arrays share no bytes that NumPy would copy", () => {
  const one = new NDArray({ dtype: "|u1", shape: [1], bytes: Uint8Array.of(0x62) });
  const two = new NDArray({ dtype: "|u1", shape: [1], bytes: Uint8Array.of(0x62) });
  const [a, b] = roundTrip([one, two]) as NDArray[];
  a.bytes[0] = 9;
  assert.equal(b.bytes[0], 0x62);
  assert.deepEqual((roundTrip([a, b]) as NDArray[]).map(({ bytes }) => bytes[0]), [9, 0x62]);
});

test("scalars have their values, also as keys", () => {
  const cases: [string, NumpyScalar["value"]][] = [
    ["<f8", 0.5], ["<f4", 0.5], ["<i8", -7], [">i2", 258], ["|b1", true], ["|u1", 255], ["<u8", 2n ** 63n], ["<U3", "é"], ["<M8[D]", 18263n], ["<m8[ms]", null],
  ];
  for (const [dtype, value] of cases) {
    const back = roundTrip(new NumpyScalar(dtype, value)) as NumpyScalar;
    assert.ok(back instanceof NumpyScalar, dtype);
    assert.equal(back.value, value, dtype);
    assert.equal(back.dtype.str, dtype);
  }
  assert.deepEqual((roundTrip(new NumpyScalar("<c8", new Complex(1, 2))) as NumpyScalar).value, new Complex(1, 2));
  assert.equal(reprOf([new NumpyScalar("<f4", 0.5)]), "[scalar(0.5, dtype='<f4')]");
  assert.equal(new Dict<Value, Value>([[new NumpyScalar("<i8", 3) as Value, "three"]]).get(3), "three");
});

test("sizes that disagree are refused, and what NumPy would not write stays inert", () => {
  const bytes = new Uint8Array(24);
  const refused: Value[] = [
    arrayCall([1, tuple(2, 4), FLOAT32(), false, bytes]),
    arrayCall([1, tuple(2 ** 52), FLOAT32(), false, bytes]),
    arrayCall([1, tuple(5), dtypeCall("O8", [3, "|", null, null, null, -1, -1, 63]), false, [1]]),
    new PyObject({ module: "numpy.core.multiarray", name: "scalar", via: "reduce", args: tuple<Value[]>(FLOAT32(), bytes) }),
  ];
  for (const value of refused) {
    const file = saveSync(value);
    assert.throws(() => loadSync(file, { weightsOnly: false }), (e) => e instanceof BrineError && e.code === "CONSTRUCT");
  }
  let deep: Value = FLOAT32();
  for (let i = 0; i < 100_000; i++) deep = dtypeCall("V4", [3, "|", tuple<Value[]>(deep, tuple(1)), null, null, 4, 1, 0]);
  const inert: Value[] = [
    arrayCall([0, tuple(2, 3), FLOAT32(), false, bytes]),
    arrayCall([1, tuple(-2, -3), FLOAT32(), false, bytes]),
    arrayCall([1, tuple(2 ** 40, 2 ** 40), FLOAT32(), false, bytes]),
    arrayCall([1, tuple(2, 3), FLOAT32(), false, bytes], new Global("numpy", "matrix")),
    arrayCall([1, tuple(2, 3), dtypeCall("f4", [3, "<", null, null, null, -1, -1, 1]), false, bytes]),
    arrayCall([1, tuple(1), dtypeCall("f16", [3, "<", null, null, null, -1, -1, 0]), false, bytes.slice(8)]),
    dtypeCall("U2", [3, "<", null, null, null, 12, 4, 8]),
    new PyObject({ module: "numpy", name: "dtype", via: "reduce", args: tuple<Value[]>("f4", false, true) }),
    deep,
  ];
  for (const value of inert) {
    const file = saveSync(value);
    const back = loadSync(file, { weightsOnly: false });
    assert.ok(back instanceof PyObject);
    assert.deepEqual(saveSync(back), file);
  }
  const self = arrayCall([]);
  self.state = tuple<Value[]>(1, tuple(1), self, false, bytes);
  assert.ok(loadSync(saveSync(self), { weightsOnly: false }) instanceof PyObject);

  // Fields double with each level: where there are too many, the rest is inert.
  let doubled: Value = dtypeCall("V0", [3, "|", null, null, null, 0, 1, 0]);
  for (let i = 0; i < 24; i++) {
    const fields = new Dict<Value, Value>([["a", tuple<Value[]>(doubled, 0)], ["b", tuple<Value[]>(doubled, 0)]]);
    doubled = dtypeCall("V0", [3, "|", null, tuple("a", "b"), fields, 0, 1, 16]);
  }
  assert.ok(loadSync(saveSync(doubled), { weightsOnly: false }) instanceof PyObject);

  const list: Value[] = [];
  const cycle = arrayCall([1, tuple(1), dtypeCall("O8", [3, "|", null, null, null, -1, -1, 63]), false, list]);
  list.push(cycle);
  const circular = loadSync(saveSync(cycle), { weightsOnly: false }) as NDArray;
  assert.equal((circular.objects as Value[])[0], circular);
});

test("weightsOnly wants the names of NumPy allowed", () => {
  const file = saveSync({ loss: new NumpyScalar("<f8", 0.25) });
  assert.throws(() => loadSync(file), (e) => e instanceof BrineError && /numpy/.test(e.message));
  const loaded = safeGlobals(["numpy._core.multiarray.scalar", "numpy.dtype"], () => loadSync(file)) as Dict<string, NumpyScalar>;
  assert.equal(loaded.get("loss")?.value, 0.25);
});

test("constructors refuse what does not fit", () => {
  const code = (wanted: string) => (e: unknown): boolean => e instanceof BrineError && e.code === wanted;
  for (const text of ["f4", "<f3", "<b1", "|f4", "<f16", "<U", "|S4[D]", "<M8[x]", "", "<V4"]) assert.throws(() => NumpyDType.of(text), code("NUMPY_DTYPE"), text);
  assert.throws(() => new NDArray({ dtype: "<f4", shape: [2], bytes: new Uint8Array(7) }), code("NDARRAY"));
  assert.throws(() => new NDArray({ dtype: "<f4", shape: [-1], bytes: new Uint8Array(0) }), code("NDARRAY"));
  assert.throws(() => new NDArray({ dtype: "|V0", shape: [2 ** 40], bytes: new Uint8Array(0) }).toArray(), code("ARRAY_LENGTH"));
  for (const [dtype, value] of [["|u1", 256], ["|b1", 1], ["<f4", "x"], ["<U1", "ab"], ["<i8", 2n ** 63n], ["|V2", new Uint8Array(3)]] as const) {
    assert.throws(() => new NumpyScalar(dtype, value), code("NUMPY_SCALAR"), dtype);
  }
});

test("times are Python's", () => {
  const date = (count: bigint, unit: string, step: number = 1): unknown => {
    const time = pythonDatetime(count, unit, step);
    return typeof time === "object" && time !== null ? time.str : time;
  };
  const span = (count: bigint, unit: string): unknown => {
    const time = pythonTimedelta(count, unit, 1);
    return typeof time === "object" && time !== null ? time.str : time;
  };
  assert.deepEqual(
    [date(0n, "D"), date(-1n, "D"), date(11016n, "D"), date(-719162n, "D"), date(2932896n, "D"), date(2932897n, "D")],
    ["1970-01-01", "1969-12-31", "2000-02-29", "0001-01-01", "9999-12-31", 2932897n],
  );
  assert.deepEqual([date(30n, "Y"), date(-1n, "M"), date(1n, "W"), date(1n, "ns")], ["2000-01-01", "1969-12-01", "1970-01-08", 1n]);
  assert.deepEqual([date(1n, "h"), date(-1n, "us"), date(2n, "s", 25)], ["1970-01-01 01:00:00", "1969-12-31 23:59:59.999999", "1970-01-01 00:00:50"]);
  assert.deepEqual([span(5n, "ms"), span(-1n, "s"), span(1n, "D"), span(2n, "W"), span(1n, "Y")], [
    "0:00:00.005000", "-1 day, 23:59:59", "1 day, 0:00:00", "14 days, 0:00:00", 1n,
  ]);
});
