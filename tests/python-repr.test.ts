// Python's own answers: what CPython 3.11 printed for each of these values, digit for digit.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { LimitError } from "../bindings/core/errors.js";
import "../bindings/index.js"; // makes values whole: they print
import { ByteArray } from "../bindings/python/bytearray.js";
import { complex } from "../bindings/python/complex.js";
import { Counter, DefaultDict } from "../bindings/python/counted.js";
import { Dict, OrderedDict } from "../bindings/python/dict.js";
import { Float, float } from "../bindings/python/float.js";
import { FrozenSet } from "../bindings/python/frozenset.js";
import { keySlot, markFloat, setMark } from "../bindings/python/marks.js";
import { Global, PyObject } from "../bindings/python/object.js";
import { MAX_DEPTH, reprOf, reprSymbol, strOf, strSymbol } from "../bindings/python/repr.js";
import { Ellipsis, NoneType, NotImplemented } from "../bindings/python/singletons.js";
import { str } from "../bindings/python/str.js";
import { Tuple, tuple } from "../bindings/python/tuple.js";
import type { Value } from "../bindings/python/value.js";

function bytes(...values: number[]): Uint8Array {
  return new Uint8Array(values);
}

/** A container that `add` puts into itself. */
function cyclic<T extends object>(container: T, add: (container: T, self: never) => unknown): T {
  add(container, container as never);
  return container;
}

function tupleInItself(): Tuple<Value> {
  const list: Value[] = [];
  const made = Tuple.from<Value>([list]);
  list.push(made);
  return made;
}

/** One list twice, which is no cycle. */
function shared(): unknown[] {
  const list = [1];
  return [list, list];
}

/** A value, and Python's `repr` of it. */
const CASES: readonly (readonly [() => unknown, string])[] = [
  [() => float(0.0), "0.0"],
  [() => float(-0.0), "-0.0"],
  [() => float(1.0), "1.0"],
  [() => float(-1.0), "-1.0"],
  [() => float(0.5), "0.5"],
  [() => float(0.1), "0.1"],
  [() => float(0.2), "0.2"],
  [() => float(0.30000000000000004), "0.30000000000000004"],
  [() => float(0.3333333333333333), "0.3333333333333333"],
  [() => float(0.6666666666666666), "0.6666666666666666"],
  [() => float(100.0), "100.0"],
  [() => float(1000.0), "1000.0"],
  [() => float(123456.0), "123456.0"],
  [() => float(1000000000000000.0), "1000000000000000.0"],
  [() => float(1e+16), "1e+16"],
  [() => float(-1e+16), "-1e+16"],
  [() => float(1e+17), "1e+17"],
  [() => float(9007199254740991.0), "9007199254740991.0"],
  [() => float(9007199254740992.0), "9007199254740992.0"],
  [() => float(9007199254740992.0), "9007199254740992.0"],
  [() => float(1234567890123456.0), "1234567890123456.0"],
  [() => float(1.2345678901234568e+16), "1.2345678901234568e+16"],
  [() => float(1e+21), "1e+21"],
  [() => float(1e+22), "1e+22"],
  [() => float(1e+23), "1e+23"],
  [() => float(1.5e+300), "1.5e+300"],
  [() => float(1.7976931348623157e+308), "1.7976931348623157e+308"],
  [() => float(5e-324), "5e-324"],
  [() => float(2.2250738585072014e-308), "2.2250738585072014e-308"],
  [() => float(2.225073858507201e-308), "2.225073858507201e-308"],
  [() => float(0.001), "0.001"],
  [() => float(0.0001), "0.0001"],
  [() => float(0.00012345), "0.00012345"],
  [() => float(1e-05), "1e-05"],
  [() => float(1e-05), "1e-05"],
  [() => float(1.5e-05), "1.5e-05"],
  [() => float(1e-06), "1e-06"],
  [() => float(1e-07), "1e-07"],
  [() => float(1.25e-07), "1.25e-07"],
  [() => float(1e-10), "1e-10"],
  [() => float(1e-100), "1e-100"],
  [() => float(3.141592653589793), "3.141592653589793"],
  [() => float(2.718281828459045), "2.718281828459045"],
  [() => float(Infinity), "inf"],
  [() => float(-Infinity), "-inf"],
  [() => float(NaN), "nan"],
  [() => float(9.999999999999998e+16), "9.999999999999998e+16"],
  [() => float(9999999999999998.0), "9999999999999998.0"],
  [() => float(123456789.123), "123456789.123"],
  [() => float(4.35), "4.35"],
  [() => float(1e+100), "1e+100"],
  [() => float(-2.5e-08), "-2.5e-08"],
  [() => float(1024.0), "1024.0"],
  [() => float(65504.0), "65504.0"],
  [() => float(3.4028234663852886e+38), "3.4028234663852886e+38"],
  [() => float(1.1754943508222875e-38), "1.1754943508222875e-38"],
  [() => float(0.30000001192092896), "0.30000001192092896"],
  [() => float(6.103515625e-05), "6.103515625e-05"],
  [() => float(-1.989032661366619e+244), "-1.989032661366619e+244"],
  [() => float(7.761117632285041e+178), "7.761117632285041e+178"],
  [() => float(3.980498358697587e-249), "3.980498358697587e-249"],
  [() => float(-1.5432835417340557e+88), "-1.5432835417340557e+88"],
  [() => float(1.3647584518757569e-192), "1.3647584518757569e-192"],
  [() => float(-1.3701135617873088e-206), "-1.3701135617873088e-206"],
  [() => float(-1.7160537630466207e+197), "-1.7160537630466207e+197"],
  [() => float(6.294675241195386e-44), "6.294675241195386e-44"],
  [() => float(1.0613447212142254e-202), "1.0613447212142254e-202"],
  [() => float(4.708325160387546e+207), "4.708325160387546e+207"],
  [() => float(6.387016158513563e-12), "6.387016158513563e-12"],
  [() => float(-9.973130378568733e-246), "-9.973130378568733e-246"],
  [() => float(8.779753225680271e-236), "8.779753225680271e-236"],
  [() => float(-5.795503248498993e-228), "-5.795503248498993e-228"],
  [() => float(-5.988180159386011e+243), "-5.988180159386011e+243"],
  [() => float(-1.306052388527796e-147), "-1.306052388527796e-147"],
  [() => float(-2.436117699484841e-206), "-2.436117699484841e-206"],
  [() => float(2.233386999150174e-232), "2.233386999150174e-232"],
  [() => float(-3.51527970626667e-203), "-3.51527970626667e-203"],
  [() => float(1.5987381841032883e-247), "1.5987381841032883e-247"],
  [() => float(4.6678633181812096e-36), "4.6678633181812096e-36"],
  [() => float(-8.441872792105456e-239), "-8.441872792105456e-239"],
  [() => float(1.9015657400796622e-144), "1.9015657400796622e-144"],
  [() => float(7.370437700706684e+208), "7.370437700706684e+208"],
  [() => float(-1.7163996725272777e-258), "-1.7163996725272777e-258"],
  [() => float(-3.2367190832119987e-221), "-3.2367190832119987e-221"],
  [() => float(-2.2818334634712625e-234), "-2.2818334634712625e-234"],
  [() => float(-3.0536383926309363e-84), "-3.0536383926309363e-84"],
  [() => float(1.3449551894627777e-181), "1.3449551894627777e-181"],
  [() => float(-7.317495976062606e-221), "-7.317495976062606e-221"],
  [() => float(277826.93785), "277826.93785"],
  [() => float(-805138.8), "-805138.8"],
  [() => float(128736.586), "128736.586"],
  [() => float(-7171.009773), "-7171.009773"],
  [() => float(554457.5499616), "554457.5499616"],
  [() => float(171123.7270153), "171123.7270153"],
  [() => float(-276835.288), "-276835.288"],
  [() => float(588758.963), "588758.963"],
  [() => float(-836289.9784), "-836289.9784"],
  [() => float(50393.00762), "50393.00762"],
  [() => 0, "0"],
  [() => 1, "1"],
  [() => -1, "-1"],
  [() => 255, "255"],
  [() => 256, "256"],
  [() => 2147483648, "2147483648"],
  [() => -2147483648, "-2147483648"],
  [() => 9007199254740991, "9007199254740991"],
  [() => -9007199254740991, "-9007199254740991"],
  [() => 9007199254740992n, "9007199254740992"],
  [() => 9223372036854775808n, "9223372036854775808"],
  [() => -9223372036854775808n, "-9223372036854775808"],
  [() => 18446744073709551616n, "18446744073709551616"],
  [() => 10000000000000000000000000000000000000000n, "10000000000000000000000000000000000000000"],
  [() => -10000000000000000000n, "-10000000000000000000"],
  [() => 1n, "1"],
  [() => 1e15, "1000000000000000"],
  [() => null, "None"],
  [() => true, "True"],
  [() => false, "False"],
  [() => Ellipsis, "Ellipsis"],
  [() => NotImplemented, "NotImplemented"],
  [() => NoneType, "<class 'NoneType'>"],
  [() => "", "''"],
  [() => "a", "'a'"],
  [() => "it's", "\"it's\""],
  [() => "say \"x\"", "'say \"x\"'"],
  [() => "both ' and \"", "'both \\' and \"'"],
  [() => "tab\u0009", "'tab\\t'"],
  [() => "nl\u000a", "'nl\\n'"],
  [() => "cr\u000d", "'cr\\r'"],
  [() => "nul\u0000", "'nul\\x00'"],
  [() => "bell\u0007", "'bell\\x07'"],
  [() => "\u001f", "'\\x1f'"],
  [() => "\u007f", "'\\x7f'"],
  [() => "\u0080", "'\\x80'"],
  [() => "\u009f", "'\\x9f'"],
  [() => "\u00a0", "'\\xa0'"],
  [() => "\u00ad", "'\\xad'"],
  [() => "\u00e9", "'\u00e9'"],
  [() => "\u00ff", "'\u00ff'"],
  [() => "\u0100", "'\u0100'"],
  [() => "\u0378", "'\\u0378'"],
  [() => "\u0300", "'\u0300'"],
  [() => "\u1680", "'\\u1680'"],
  [() => "\u180e", "'\\u180e'"],
  [() => "\u200b", "'\\u200b'"],
  [() => "\u200d", "'\\u200d'"],
  [() => "\u2028", "'\\u2028'"],
  [() => "\u2029", "'\\u2029'"],
  [() => "\u202f", "'\\u202f'"],
  [() => "\u2060", "'\\u2060'"],
  [() => "\u3000", "'\\u3000'"],
  [() => "\ud800", "'\\ud800'"],
  [() => "\udfff", "'\\udfff'"],
  [() => "a\ud800b", "'a\\ud800b'"],
  [() => "\ufeff", "'\\ufeff'"],
  [() => "\uffff", "'\\uffff'"],
  [() => "\ufffd", "'\ufffd'"],
  [() => "\ue000", "'\\ue000'"],
  [() => "\uf8ff", "'\\uf8ff'"],
  [() => "\u{1f600}", "'\u{1f600}'"],
  [() => "\u{1fae0}", "'\u{1fae0}'"],
  [() => "\u{1fae8}", "'\\U0001fae8'"],
  [() => "\u{10000}", "'\u{10000}'"],
  [() => "\u{e0001}", "'\\U000e0001'"],
  [() => "\u{e0100}", "'\u{e0100}'"],
  [() => "\u{100000}", "'\\U00100000'"],
  [() => "\u{10ffff}", "'\\U0010ffff'"],
  [() => "\u{1d173}", "'\\U0001d173'"],
  [() => "\u4e2d\u6587", "'\u4e2d\u6587'"],
  [() => "\u05d0", "'\u05d0'"],
  [() => "back\\slash", "'back\\\\slash'"],
  [() => "\\n", "'\\\\n'"],
  [() => "'\\'", "\"'\\\\'\""],
  [() => "''", "\"''\""],
  [() => "\"", "'\"'"],
  [() => "\"\"", "'\"\"'"],
  [() => "\u000a'", "\"\\n'\""],
  [() => "\u001b[31m", "'\\x1b[31m'"],
  [() => "mixed \u0009\u00e9 \"q\" \u{1f600} \u200b end", "'mixed \\t\u00e9 \"q\" \u{1f600} \\u200b end'"],
  [() => "__proto__", "'__proto__'"],
  [() => "\u0605", "'\\u0605'"],
  [() => "\u06dd", "'\\u06dd'"],
  [() => "\u2065", "'\\u2065'"],
  [() => "\u2066", "'\\u2066'"],
  [() => "\ua7cb", "'\\ua7cb'"],
  [() => "\u1c8a", "'\\u1c8a'"],
  [() => "\u0cf3", "'\\u0cf3'"],
  [() => "\u{11f00}", "'\\U00011f00'"],
  [() => "\u{1e4d0}", "'\\U0001e4d0'"],
  [() => "\u{2ebf0}", "'\\U0002ebf0'"],
  [() => str("x"), "'x'"],
  [() => bytes(), "b''"],
  [() => bytes(97, 98, 99), "b'abc'"],
  [() => bytes(0, 255), "b'\\x00\\xff'"],
  [() => bytes(105, 116, 39, 115), "b\"it's\""],
  [() => bytes(34), "b'\"'"],
  [() => bytes(98, 111, 116, 104, 32, 39, 32, 97, 110, 100, 32, 34), "b'both \\' and \"'"],
  [() => bytes(92, 10, 13, 9), "b'\\\\\\n\\r\\t'"],
  [
    () => bytes(
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
      20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
    ),
    "b'\\x00\\x01\\x02\\x03\\x04\\x05\\x06\\x07\\x08\\t\\n\\x0b\\x0c\\r\\x0e\\x0f\\x10\\x11\\x12\\x13" +
      "\\x14\\x15\\x16\\x17\\x18\\x19\\x1a\\x1b\\x1c\\x1d\\x1e\\x1f'",
  ],
  [
    () => bytes(120, 121, 122, 123, 124, 125, 126, 127, 128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 138, 139),
    "b'xyz{|}~\\x7f\\x80\\x81\\x82\\x83\\x84\\x85\\x86\\x87\\x88\\x89\\x8a\\x8b'",
  ],
  [() => bytes(127, 128), "b'\\x7f\\x80'"],
  [() => new ByteArray([]), "bytearray(b'')"],
  [() => new ByteArray([97, 98, 0]), "bytearray(b'ab\\x00')"],
  [() => new ByteArray([105, 116, 39, 115]), "bytearray(b\"it\\'s\")"],
  [() => new ByteArray([34]), "bytearray(b'\"')"],
  [() => new ByteArray([39, 34]), "bytearray(b'\\'\"')"],
  [() => new ByteArray([92]), "bytearray(b'\\\\')"],
  [() => complex(0.0, 1.0), "1j"],
  [() => complex(1.0, 2.0), "(1+2j)"],
  [() => complex(-0.0, -1.0), "(-0-1j)"],
  [() => complex(-0.0, 1.0), "(-0+1j)"],
  [() => complex(1.5, -2.0), "(1.5-2j)"],
  [() => complex(NaN, Infinity), "(nan+infj)"],
  [() => complex(0.0, -0.0), "-0j"],
  [() => complex(0.0, 0.0), "0j"],
  [() => complex(1e+20, 1e-07), "(1e+20+1e-07j)"],
  [() => complex(Infinity, -Infinity), "(inf-infj)"],
  [() => complex(0.0, NaN), "nanj"],
  [() => complex(-0.0, -0.0), "(-0-0j)"],
  [() => complex(1.0, 0.0), "(1+0j)"],
  [() => complex(1e+16, 1000000000000000.0), "(1e+16+1000000000000000j)"],
  [() => complex(0.1, 0.2), "(0.1+0.2j)"],
  [() => complex(-Infinity, NaN), "(-inf+nanj)"],
  [() => complex(0.0, 1e+16), "1e+16j"],
  [() => [], "[]"],
  [() => [1], "[1]"],
  [() => [1, 2.5, float(3), "a", null, [true]], "[1, 2.5, 3.0, 'a', None, [True]]"],
  [() => tuple(), "()"],
  [() => tuple(1), "(1,)"],
  [() => tuple(1, 2), "(1, 2)"],
  [() => tuple(float(1), tuple(), str("q")), "(1.0, (), 'q')"],
  [() => tuple(tuple(1)), "((1,),)"],
  [() => new Set(), "set()"],
  [() => new Set([5]), "{5}"],
  [() => new FrozenSet(), "frozenset()"],
  [() => new FrozenSet([5]), "frozenset({5})"],
  [() => new FrozenSet([float(1)]), "frozenset({1.0})"],
  [() => new Set<unknown>([tuple(1, 2)]), "{(1, 2)}"],
  [() => new Dict(), "{}"],
  [() => new Dict([["a", 1], ["b", float(2)]]), "{'a': 1, 'b': 2.0}"],
  [() => new Dict([[1, "x"], [true, "y"], [float(1), "z"]]), "{1: 'z'}"],
  [() => new Dict([[float(1), "x"], [1, "y"]]), "{1.0: 'y'}"],
  [() => new Dict([[-0, "x"], [0, "y"]]), "{-0.0: 'y'}"],
  [() => new Dict([[0, "x"], [-0, "y"]]), "{0: 'y'}"],
  [() => new Dict([[false, "x"], [0, "y"], [complex(0, 0), "z"]]), "{False: 'z'}"],
  [() => new Dict([[tuple(1, "a"), 1], [tuple(true, str("a")), 2]]), "{(1, 'a'): 2}"],
  [() => new Dict([[bytes(97), 1], ["a", 2], [bytes(97), 3]]), "{b'a': 3, 'a': 2}"],
  [
    () => new Dict([["1", 1], [1, 2], [1.5, 3], [2n ** 70n, 4], [null, 5]]),
    "{'1': 1, 1: 2, 1.5: 3, 1180591620717411303424: 4, None: 5}",
  ],
  [() => new Dict([[NaN, 1], [NaN, 2]]), "{nan: 1, nan: 2}"],
  [() => new Dict([[2n ** 60n, 1], [2 ** 60, 2]]), "{1152921504606846976: 2}"],
  [() => new Dict([[2 ** 60, 1], [2n ** 60n, 2]]), "{1.152921504606847e+18: 2}"],
  [() => new Dict([[1e300, 1], [BigInt(1e300), 2]]), "{1e+300: 2}"],
  [() => new OrderedDict(), "OrderedDict()"],
  [() => new OrderedDict([["a", 1]]), "OrderedDict([('a', 1)])"],
  [() => new OrderedDict([["a", float(1)], [tuple(1), [2]]]), "OrderedDict([('a', 1.0), ((1,), [2])])"],
  [() => new DefaultDict(new Global("builtins", "int"), [["a", 1]]), "defaultdict(<class 'int'>, {'a': 1})"],
  [() => new DefaultDict(new Global("builtins", "list")), "defaultdict(<class 'list'>, {})"],
  [() => new DefaultDict(null, [["a", 1]]), "defaultdict(None, {'a': 1})"],
  [
    () => new DefaultDict(new Global("collections", "OrderedDict")),
    "defaultdict(<class 'collections.OrderedDict'>, {})",
  ],
  [
    () => new DefaultDict(new Global("collections", "defaultdict")),
    "defaultdict(<class 'collections.defaultdict'>, {})",
  ],
  [() => new DefaultDict(NoneType), "defaultdict(<class 'NoneType'>, {})"],
  [() => new Counter(), "Counter()"],
  [() => new Counter([["b", 1], ["a", 2], ["c", 2]]), "Counter({'a': 2, 'c': 2, 'b': 1})"],
  [
    () => new Counter([["b", 1.5], ["a", true], ["c", 2n ** 80n], ["d", -1]]),
    "Counter({'c': 1208925819614629174706176, 'b': 1.5, 'a': True, 'd': -1})",
  ],
  [() => new Counter([["b", "x"], ["a", 3]]), "Counter({'b': 'x', 'a': 3})"],
  [() => new OrderedDict([["a", 1], ["b", float(2)]]).keys(), "odict_keys(['a', 'b'])"],
  [() => new OrderedDict([["a", 1], ["b", float(2)]]).values(), "odict_values([1, 2.0])"],
  [() => new OrderedDict([["a", 1], ["b", float(2)]]).items(), "odict_items([('a', 1), ('b', 2.0)])"],
  [() => new Dict([["a", 1], ["b", float(2)]]).keys(), "dict_keys(['a', 'b'])"],
  [() => new Dict([["a", 1], ["b", float(2)]]).values(), "dict_values([1, 2.0])"],
  [() => new Dict([["a", 1], ["b", float(2)]]).items(), "dict_items([('a', 1), ('b', 2.0)])"],
  [() => new Dict().items(), "dict_items([])"],
  [() => new Counter([["a", 1]]).keys(), "dict_keys(['a'])"],
  [() => new Global("builtins", "int"), "<class 'int'>"],
  [() => new Global("builtins", "slice"), "<class 'slice'>"],
  [() => new Global("collections", "OrderedDict"), "<class 'collections.OrderedDict'>"],
  [() => new Global("collections", "deque"), "<class 'collections.deque'>"],
  [() => new Global("argparse", "Namespace"), "<class 'argparse.Namespace'>"],
  [
    () => new PyObject({ module: "builtins", name: "slice", via: "reduce", args: [1, null, null] }),
    "slice(1, None, None)",
  ],
  [() => new PyObject({ module: "builtins", name: "range", via: "reduce", args: [0, 3, 1] }), "range(0, 3)"],
  [() => new PyObject({ module: "builtins", name: "range", via: "reduce", args: [0, 5, 2] }), "range(0, 5, 2)"],
  [
    () => new PyObject({ module: "collections", name: "deque", via: "reduce", args: [tuple(), 3], items: [1, 2] }),
    "deque([1, 2], maxlen=3)",
  ],
  [
    () => new PyObject({ module: "collections", name: "deque", via: "reduce", args: [], items: [1, "a"] }),
    "deque([1, 'a'])",
  ],
  [
    () => new PyObject({ module: "argparse", name: "Namespace", state: new Dict([["lr", 0.1], ["n", float(1)]]) }),
    "Namespace(lr=0.1, n=1.0)",
  ],
  [() => cyclic([1], (list, self) => list.push(self)), "[1, [...]]"],
  [() => cyclic(new Dict(), (dict, self) => dict.set("self", self)), "{'self': {...}}"],
  [() => cyclic(new OrderedDict(), (dict, self) => dict.set("self", self)), "OrderedDict([('self', ...)])"],
  [
    () => cyclic(new DefaultDict(new Global("builtins", "int")), (dict, self) => dict.set("self", self)),
    "defaultdict(<class 'int'>, {'self': defaultdict(<class 'int'>, {...})})",
  ],
  [() => cyclic([] as unknown[], (list) => list.push(tuple(list))), "[([...],)]"],
  [() => tuple(cyclic([] as unknown[], (list) => list.push(list, 1))), "([[...], 1],)"],
  [() => cyclic([] as Value[], (list) => list.push(new Dict([["k", tuple<Value[]>(list)]]))), "[{'k': ([...],)}]"],
  [() => tupleInItself(), "([(...)],)"],
  [() => shared(), "[[1], [1]]"],
];

test("reprOf() gives Python's text of every value", () => {
  const wrong = CASES.map(([make, wanted]) => [reprOf(make()), wanted]).filter(([found, wanted]) => found !== wanted);
  assert.deepEqual(wrong, []);
  assert.ok(CASES.length >= 150);
});

test("String() of a value of ours gives its str, and console.log its repr", () => {
  for (const [make, wanted] of CASES) {
    const value = make();
    if (typeof value !== "object" || value === null || !(inspect.custom in value)) continue;
    assert.equal(inspect(value), wanted);
    assert.equal(String(value), strOf(value));
  }
});

test("strOf() gives text as it is, and every other value's repr", () => {
  assert.equal(strOf("it's"), "it's");
  assert.equal(strOf(str("a\n")), "a\n");
  assert.equal(strOf(null), "None");
  assert.equal(strOf(["a"]), "['a']");
  assert.equal(strOf({ [reprSymbol]: () => "device(type='cpu')", [strSymbol]: () => "cpu" }), "cpu");
});

test("reprOf() embeds the text of foreign values unchanged, made once for each", () => {
  let calls = 0;
  const tensor = { [reprSymbol]: (): string => (calls++, "tensor([[1.],\n        [2.]])") };
  const dict = new OrderedDict([["w", tensor], ["v", tuple(tensor)]]);
  assert.equal(
    reprOf(dict),
    "OrderedDict([('w', tensor([[1.],\n        [2.]])), ('v', (tensor([[1.],\n        [2.]]),))])",
  );
  assert.equal(calls, 1);
});

test("reprOf() prints plain Maps and objects as dicts, and what is no value by its class", () => {
  assert.equal(reprOf(new Map<unknown, unknown>([["a", 1], [true, [null]]])), "{'a': 1, True: [None]}");
  assert.equal(reprOf({ a: 1, b: { c: [1, 2] } }), "{'a': 1, 'b': {'c': [1, 2]}}");
  assert.equal(reprOf(Object.assign(Object.create(null), { x: "y" })), "{'x': 'y'}");
  assert.equal(reprOf(new Float32Array(2)), "<Float32Array object>");
  assert.equal(reprOf(new PyObject({ module: "m", name: "C" })), "<m.C object>");
  assert.equal(reprOf(new Global("torch.nn.functional", "relu")), "<global torch.nn.functional.relu>");
  assert.equal(reprOf(new Global("m", "Outer.Inner")), "<class 'm.Outer.Inner'>");
});

test("a number prints as the float that its slot is marked as, while it holds that value", () => {
  const list = [1, 2, 3];
  setMark(list, 0, float(1));
  markFloat(list, 1, 2);
  assert.equal(reprOf(list), "[1.0, 2.0, 3]");
  list[0] = 5;
  assert.equal(reprOf(list), "[5, 2.0, 3]");
  list.push(4);
  assert.equal(reprOf(list), "[5, 2, 3, 4]");
  const set = new Set([0, 7]);
  setMark(set, keySlot(0), float(-0));
  assert.equal(reprOf(set), "{-0.0, 7}");
});

test("a view prints without being used up, and is the Map's own iterator", () => {
  const dict = new OrderedDict([["a", 1], ["b", 2]]);
  const keys = dict.keys();
  assert.equal(String(keys), "odict_keys(['a', 'b'])");
  assert.deepEqual([...keys], ["a", "b"]);
  assert.equal(inspect(keys), "odict_keys(['a', 'b'])");
  assert.equal(keys.next().done, true);
  assert.deepEqual([...dict.items()], [["a", 1], ["b", 2]]);
  assert.deepEqual([...dict.values()], [1, 2]);
  assert.equal(Object.prototype.toString.call(keys), "[object Map Iterator]");
});

test("a list nested a million times prints", () => {
  let list: unknown[] = [];
  for (let depth = 1; depth < 1_000_000; depth++) list = [list];
  assert.equal(reprOf(list).length, 2_000_000);
});

test("a text that would be endless, too long or too deep is refused with a code", () => {
  let twice: unknown[] = [];
  for (let depth = 0; depth < 60; depth++) twice = [twice, twice];
  assert.throws(() => reprOf(twice), refused("TEXT_TOO_LONG"));
  let deep: unknown[] = [];
  for (let depth = 0; depth <= MAX_DEPTH; depth++) deep = [deep];
  assert.throws(() => reprOf(deep), refused("TEXT_TOO_DEEP"));
  assert.throws(() => reprOf(new Uint8Array(2 ** 26)), refused("TEXT_TOO_LONG"));
  assert.throws(() => reprOf(1n << 100_000n), refused("INT_TOO_LONG"));
  const dict = new DefaultDict();
  dict.factory = new PyObject({ module: "collections", name: "deque", via: "reduce", items: [dict] });
  assert.equal(reprOf(dict), "defaultdict(<collections.deque object>, {})");
});

test("Float keeps the bits of an unusual NaN, and refuses what is none", () => {
  assert.equal(new Float(NaN, 0x7ff8000000000000n).bits, undefined);
  assert.equal(new Float(NaN, 0xfff8000000000001n).bits, 0xfff8000000000001n);
  for (const bits of [0n, 0x7ff0000000000000n, 1n << 64n, -1n]) {
    assert.throws(() => new Float(NaN, bits), { name: "ArgumentError", code: "NAN_BITS" });
  }
  assert.throws(() => new Float(1, 0x7ff8000000000001n), { code: "NAN_BITS" });
  assert.throws(() => new Float("1" as never), { code: "NOT_A_NUMBER" });
});

function refused(code: string): (error: unknown) => boolean {
  return (error) => error instanceof LimitError && error.code === code && error.found > error.limit;
}
