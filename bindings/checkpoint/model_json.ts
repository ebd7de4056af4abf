// TorchScript archives of torch 1.0 to 1.2: no data.pkl, but model.json, which lists the tensors and names those that are
// parameters and buffers of a module (reference §1.6). Nothing in it is believed before it is checked.
//
//   { mainModule: { name, parameters: [{ name, tensorId, isBuffer }], submodules: […] },
//     tensors: [{ dims, strides, offset, dataType, requiresGrad, device, data: { key: "tensors/0" } }] }
import { BrineError, FormatError } from "../core/errors.js";
import type { Steps } from "../io/steps.js";
import { OrderedDict } from "../python/dict.js";
import { dtype } from "../torch/dtype.js";
import { Storage } from "../torch/storage.js";
import { Tensor } from "../torch/tensor.js";
import type { Archive } from "./archive.js";
import type { Json, JsonObject } from "./json.js";
import type { Limits } from "./options.js";
import { readRecord } from "./record.js";

/** A tensor as model.json describes it. */
export interface ModelTensor {
  /** As the modules name it; `tensors[3]` where none does: a constant of the code. */
  readonly name: string;
  readonly isParameter: boolean;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  readonly storageOffset: number;
  readonly requiresGrad: boolean;
  readonly location: string;
  /** The record of its bytes, and its row of ENTRIES. Several tensors may share one. */
  readonly record: string;
  readonly entry: number;
}

/** What model.json says. */
export interface ModelJson {
  readonly json: JsonObject;
  readonly type: string;
  readonly tensors: readonly ModelTensor[];
}

const DTYPES: ReadonlyMap<unknown, string> = new Map([
  ["FLOAT", "float32"], ["DOUBLE", "float64"], ["FLOAT16", "float16"], ["INT64", "int64"], ["INT32", "int32"], ["INT16", "int16"],
  ["INT8", "int8"], ["UINT8", "uint8"], ["BYTE", "uint8"], ["BOOL", "bool"],
]);

/** Reads the description; the bytes of the tensors are not read. */
export function* readModelJson(archive: Archive, limits: Limits): Steps<ModelJson> {
  const bytes = yield* readRecord(archive, archive.modelJson, limits);
  let json: Json;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as Json; // any JSON: each part is looked at
  } catch (cause) {
    throw wrong(`it is no JSON: ${cause instanceof Error ? cause.message : ""}`, cause);
  }
  const model = objectOf(json, "the model");
  const main = objectOf(model["mainModule"] ?? {}, "mainModule");
  const names = namesOf(main);
  const tensors = arrayOf(model["tensors"] ?? [], "tensors").map((one, i) => tensorOf(archive, objectOf(one, `tensors[${i}]`), i, names.get(i)));
  return { json: model, type: typeof main["name"] === "string" ? main["name"] : "", tensors };
}

/** The values: a dict of the tensors by name. Tensors of one record share a storage. */
export function* readModelTensors(archive: Archive, model: ModelJson, limits: Limits): Steps<OrderedDict<string, Tensor>> {
  const storages = new Map<number, Storage>();
  const out = new OrderedDict<string, Tensor>();
  for (const one of model.tensors) {
    let storage = storages.get(one.entry);
    if (storage === undefined) {
      const bytes = yield* readRecord(archive, one.entry, limits);
      storage = new Storage(bytes.slice(), { dtype: one.dtype, location: one.location, key: one.record });
      storages.set(one.entry, storage);
    }
    const { shape, stride, storageOffset, requiresGrad } = one;
    try {
      out.set(one.name, new Tensor(storage, { dtype: one.dtype, shape, stride, storageOffset, requiresGrad }));
    } catch (cause) {
      throw cause instanceof BrineError ? wrong(`${one.name}: ${cause.message}`, cause) : cause;
    }
  }
  return out;
}

/** Names by number of the tensor: `fc1.weight`. The first module that has one names it. */
function namesOf(main: JsonObject): Map<number, { readonly name: string; readonly isParameter: boolean }> {
  const out = new Map<number, { name: string; isParameter: boolean }>();
  const stack: (readonly [prefix: string, module: JsonObject])[] = [["", main]];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const [prefix, module] = next;
    for (const one of arrayOf(module["parameters"] ?? [], "parameters")) {
      const { name, tensorId, isBuffer } = objectOf(one, "a parameter");
      const id = integerOf(tensorId ?? "0", "tensorId");
      if (typeof name !== "string") throw wrong("a parameter has no name");
      if (!out.has(id)) out.set(id, { name: prefix + name, isParameter: isBuffer !== true });
    }
    const children = arrayOf(module["submodules"] ?? [], "submodules").map((one) => objectOf(one, "a submodule"));
    for (const child of children.reverse()) stack.push([`${prefix}${String(child["name"])}.`, child]);
  }
  return out;
}

function tensorOf(archive: Archive, json: JsonObject, i: number, named: { name: string; isParameter: boolean } | undefined): ModelTensor {
  const type = DTYPES.get(json["dataType"]);
  if (type === undefined) throw wrong(`tensors[${i}] is of the unknown type ${JSON.stringify(json["dataType"])}`);
  const record = objectOf(json["data"] ?? null, `tensors[${i}].data`)["key"];
  const entry = typeof record === "string" ? archive.findEntry(`${archive.folder}/${record}`) : undefined;
  if (typeof record !== "string" || entry === undefined) throw wrong(`tensors[${i}] names the record ${JSON.stringify(record)}, which is not there`);
  const shape = arrayOf(json["dims"] ?? [], "dims").map((n) => integerOf(n, "a size"));
  const stride = arrayOf(json["strides"] ?? [], "strides").map((n) => integerOf(n, "a stride"));
  if (archive.entry(entry).size % dtype(type).itemsize !== 0) throw wrong(`record "${record}" holds no whole number of elements`);
  return {
    name: named?.name ?? `tensors[${i}]`,
    isParameter: named?.isParameter ?? false,
    dtype: type,
    shape,
    stride,
    storageOffset: integerOf(json["offset"] ?? "0", "an offset"),
    requiresGrad: json["requiresGrad"] === true,
    location: typeof json["device"] === "string" ? json["device"] : "cpu",
    record,
    entry,
  };
}

function objectOf(json: Json, what: string): JsonObject {
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw wrong(`${what} is no object`);
  return json as JsonObject; // neither an array nor null
}

function arrayOf(json: Json, what: string): Json[] {
  if (!Array.isArray(json)) throw wrong(`${what} is no array`);
  return json;
}

/** 64-bit integers stand as text. */
function integerOf(json: Json, what: string): number {
  const value = typeof json === "string" && /^\d{1,16}$/.test(json) ? Number(json) : typeof json === "number" ? json : NaN;
  if (!Number.isSafeInteger(value) || value < 0) throw wrong(`${what} is ${JSON.stringify(json)}, expected an integer from 0 on`);
  return value;
}

function wrong(what: string, cause?: unknown): FormatError {
  return new FormatError(`Cannot read model.json: ${what}`, { code: "MODEL_JSON", record: "model.json", cause });
}
