// TorchScript of torch 1.0 to 1.2: a model.json (a ModelDef of protobuf, as JSON), and a record for each storage.
//
//   { mainModule: MODULE, tensors: [{ dims, strides, offset, dataType, requiresGrad, data: { key: "tensors/0" } } …] }
//   MODULE   { name, submodules: [MODULE …], parameters: [{ name, tensorId, isBuffer }], attributes: [{ name, type, id }] }
//
// Integers of 64 bits stand as digits. An attribute's id counts in the tuple that attributes.pkl holds, in which a tensor is
// a call of build_tensor_from_id. reference/torch-serialization.md §1.6.
import { BrineError, FormatError } from "../core/errors.js";
import type { Steps } from "../io/steps.js";
import { Dict } from "../python/dict.js";
import { PyObject } from "../python/object.js";
import { Tuple } from "../python/tuple.js";
import type { Value } from "../python/value.js";
import { dtype } from "../torch/dtype.js";
import { Tensor } from "../torch/tensor.js";
import { readInnerPickle } from "./inner_pickle.js";
import { Form, readJson, type Fields } from "./json_record.js";
import type { OtherOptions } from "./inner_pickle.js";
import type { RecordStorages } from "./record_storages.js";
import { PathRoom } from "./script.js";

/** protobuf's names of element types. */
const DTYPES: ReadonlyMap<string, string> = new Map([
  ["FLOAT", "float32"], ["DOUBLE", "float64"], ["FLOAT16", "float16"], ["BFLOAT16", "bfloat16"], ["INT64", "int64"], ["INT32", "int32"],
  ["INT16", "int16"], ["INT8", "int8"], ["UINT8", "uint8"], ["BYTE", "uint8"], ["BOOL", "bool"],
]);

/** A tensor of the table, and the record of its bytes. */
export interface TableTensor {
  readonly tensor: Tensor;
  readonly record: string;
}

/** A parameter, buffer or attribute of the module tree that is a tensor. */
export interface NamedTensor {
  readonly path: string;
  readonly tensor: Tensor;
  readonly role: "parameter" | "buffer" | "attribute";
}

/** What a model.json tells. */
export interface ModelJson {
  /** The name of the main module. */
  readonly name: string;
  /** The JSON itself. */
  readonly json: Fields;
  readonly tensors: readonly TableTensor[];
  readonly named: readonly NamedTensor[];
  /** The named tensors by their paths. */
  readonly root: Value;
}

/** Reads model.json and, where there is one, attributes.pkl. Storages are not read. */
export function* readModelJson(storages: RecordStorages, options: OtherOptions): Steps<ModelJson> {
  const { archive, limits } = storages;
  const row = storages.rowOf("model.json");
  if (row === undefined) throw new FormatError("Cannot read this TorchScript archive: it has no model.json in its folder", { code: "ZIP_NO_PICKLE" });
  const form = new Form(archive.entry(row).name);
  const json = form.object(yield* readJson(archive, row, limits), "the model");
  if (json["mainModule"] === undefined && json["tensors"] === undefined) throw form.wrong("the model", "TorchScript's: it has no mainModule");
  const tensors = form.list(json["tensors"], "tensors").map((one, i) => tableTensor(storages, form, form.object(one, `tensors[${i}]`), i));
  const main = json["mainModule"] === undefined ? {} : form.object(json["mainModule"], "mainModule");
  const named = namedTensors(form, main, tensors, yield* attributeIds(storages, options, tensors.length));
  const root = new Dict<Value, Value>();
  for (const { path, tensor } of named) root.set(path, tensor);
  return { name: typeof main["name"] === "string" ? main["name"] : "", json, tensors, named, root };
}

function tableTensor(storages: RecordStorages, form: Form, one: Fields, i: number): TableTensor {
  const at = (field: string): string => `${field} of tensors[${i}]`;
  const type = DTYPES.get(form.text(one["dataType"], at("dataType")));
  if (type === undefined) throw form.wrong(at("dataType"), `one of ${[...DTYPES.keys()].join(", ")}`);
  const record = form.text(form.object(one["data"], at("data"))["key"], at("key"));
  const location = one["device"] === undefined ? "cpu" : form.text(one["device"], at("device"));
  const counts = (field: string): number[] => form.list(one[field], at(field)).map((n) => form.count(n, at(field)));
  const storage = storages.storage({ record, dtype: dtype(type), key: record.slice(record.lastIndexOf("/") + 1), location });
  try {
    const tensor = new Tensor(storage, {
      dtype: type, shape: counts("dims"), stride: counts("strides"), storageOffset: form.count(one["offset"] ?? 0, at("offset")),
      requiresGrad: one["requiresGrad"] === true,
    });
    return { tensor, record };
  } catch (cause) {
    if (!(cause instanceof BrineError) || cause instanceof FormatError) throw cause;
    throw form.wrong(`tensors[${i}] (${cause.message})`, "a view of its record");
  }
}

/** The tensor of each attribute, by the attribute's id. */
function* attributeIds(storages: RecordStorages, options: OtherOptions, count: number): Steps<Map<number, number>> {
  const out = new Map<number, number>();
  const row = storages.rowOf("attributes.pkl");
  if (row === undefined) return out;
  const value = yield* readInnerPickle(row, storages, { ...options, recordOf: (key) => `tensors/${key}` });
  if (!(value instanceof Tuple) && !Array.isArray(value)) return out;
  Array.from(value).forEach((one, id) => {
    if (!(one instanceof PyObject) || !one.name.endsWith("build_tensor_from_id")) return;
    const [tensor] = one.args;
    if (typeof tensor === "number" && tensor >= 0 && tensor < count) out.set(id, tensor);
  });
  return out;
}

/** The tensors of the module tree, in its order. A JSON has no cycles, so this ends. */
function namedTensors(form: Form, main: Fields, tensors: readonly TableTensor[], ids: ReadonlyMap<number, number>): NamedTensor[] {
  const out: NamedTensor[] = [];
  const room = new PathRoom();
  const add = (prefix: string, one: Fields, index: unknown, role: NamedTensor["role"]): void => {
    const found = tensors[form.count(index, "a tensor's number")];
    if (found === undefined) throw form.wrong("a tensor's number", `one of the ${tensors.length} there are`);
    out.push({ path: room.take(prefix + form.text(one["name"], "a name")), tensor: found.tensor, role });
  };
  const stack: { readonly module: Fields; readonly prefix: string }[] = [{ module: main, prefix: "" }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { module, prefix } = top;
    for (const raw of form.list(module["parameters"], "parameters")) {
      const one = form.object(raw, "a parameter");
      add(prefix, one, one["tensorId"] ?? 0, one["isBuffer"] === true ? "buffer" : "parameter");
    }
    for (const raw of form.list(module["attributes"], "attributes")) {
      const one = form.object(raw, "an attribute");
      const tensor = ids.get(form.count(one["id"] ?? 0, "an attribute's id"));
      if (tensor !== undefined) add(prefix, one, tensor, "attribute");
    }
    const below = form.list(module["submodules"], "submodules").map((raw) => form.object(raw, "a submodule"));
    for (const one of below.reverse()) stack.push({ module: one, prefix: `${prefix}${form.text(one["name"], "a name")}.` });
  }
  return out;
}
