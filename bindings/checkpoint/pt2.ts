// torch.export archives (.pt2), of which brine reads the tensors and nothing of the program. reference §1.8.
//
//   from 2.8   data/weights/NAME_weights_config.json, or NAME_model_param_config.json; data/constants/NAME_constants_config.json:
//              { config: { NAME: { path_name, use_pickle, is_param, tensor_meta: { dtype, sizes, strides, storage_offset, … } } } }
//              and next to it a record for each path_name: the bytes of a storage
//   up to 2.7  whole files of torch.save at the root of the zip: members, which `load` reads by name
import { BrineError, FormatError, UnsupportedError } from "../core/errors.js";
import type { Steps } from "../io/steps.js";
import { Dict } from "../python/dict.js";
import type { Value } from "../python/value.js";
import { dtype } from "../torch/dtype.js";
import { Parameter } from "../torch/parameter.js";
import { Tensor } from "../torch/tensor.js";
import { checkpointsAmong, memberAdvice } from "./detect.js";
import { Form, readJson, type Fields } from "./json_record.js";
import { namesOf } from "./record.js";
import type { RecordStorages } from "./record_storages.js";

/** Element types by the number that torch.export gives them. */
const DTYPES: ReadonlyMap<number, string> = new Map([
  [1, "uint8"], [2, "int8"], [3, "int16"], [4, "int32"], [5, "int64"], [6, "float16"], [7, "float32"], [8, "float64"], [9, "complex32"],
  [10, "complex64"], [11, "complex128"], [12, "bool"], [13, "bfloat16"], [28, "uint16"], [29, "float8_e4m3fn"], [30, "float8_e5m2"],
  [31, "float8_e4m3fnuz"], [32, "float8_e5m2fnuz"], [33, "float8_e8m0fnu"], [34, "uint32"], [35, "uint64"],
]);
const STRIDED = 7;
const CONFIG = /^data\/(?:weights|constants)\/[^/]*_(?:weights|model_param|constants)_config\.json$/;

/** The tensors of an archive by their names: a dict, as of a state dict. Of several models each has its own dict. */
export function* readPt2(storages: RecordStorages): Steps<Value> {
  const { archive, limits } = storages;
  const names = namesOf(archive);
  const inFolder = archive.folder === "" ? 0 : archive.folder.length + 1;
  const models = new Map<string, Dict<Value, Value>>();
  for (const [row, full] of names.entries()) {
    const name = full.slice(inFolder);
    if (!CONFIG.test(name)) continue;
    const folder = name.slice(0, name.lastIndexOf("/") + 1);
    const model = name.slice(folder.length).replace(/_(weights|model_param|constants)_config\.json$/, "");
    const into = models.get(model) ?? new Dict<Value, Value>();
    models.set(model, into);
    const form = new Form(full);
    const { config } = form.object(yield* readJson(archive, row, limits), "the record");
    for (const [key, raw] of Object.entries(form.object(config, "config"))) {
      const tensor = tensorOf(storages, form, folder, key, form.object(raw, `config of ${JSON.stringify(key)}`));
      if (tensor !== undefined) into.set(key, tensor);
    }
  }
  if (models.size === 1) return [...models.values()][0];
  if (models.size > 1) return new Dict<Value, Value>(models);
  const members = checkpointsAmong(names);
  throw new UnsupportedError(
    "Cannot read the program of a torch.export archive" +
      (members.length > 0 ? `; its tensors are in files of torch.save. ${memberAdvice(members)}` : ", and it has no weights that brine knows"),
    { code: "PT2" },
  );
}

/** The tensor that a config tells of; undefined for what is no tensor (an object of the program's own, which stays a record). */
function tensorOf(storages: RecordStorages, form: Form, folder: string, key: string, one: Fields): Tensor | undefined {
  const at = (field: string): string => `${field} of ${JSON.stringify(key)}`;
  const path = form.text(one["path_name"], at("path_name"));
  if (one["tensor_meta"] === undefined || one["tensor_meta"] === null) {
    if (/^(custom|opaque)_obj_/.test(path)) return undefined;
    throw new UnsupportedError(`Cannot load ${JSON.stringify(key)}: record "${folder}${path}" tells no tensor`, { code: "PT2", record: path });
  }
  const meta = form.object(one["tensor_meta"], at("tensor_meta"));
  if (one["use_pickle"] === true || meta["layout"] !== STRIDED) {
    throw new UnsupportedError(
      `Cannot load ${JSON.stringify(key)} with the others: it is no plain tensor. Say load(src, { member: ${JSON.stringify(folder + path)} })`,
      { code: "PT2", record: folder + path },
    );
  }
  const type = DTYPES.get(form.count(meta["dtype"], at("dtype")));
  if (type === undefined) throw form.wrong(at("dtype"), "a dtype's number");
  const sizes = (field: string): number[] => form.list(meta[field], at(field)).map((n) => size(form, n, at(field)));
  const storage = storages.storage({ record: folder + path, dtype: dtype(type), key: path, location: deviceOf(form, meta["device"], at("device")) });
  let tensor: Tensor;
  try {
    tensor = new Tensor(storage, {
      dtype: type, shape: sizes("sizes"), stride: sizes("strides"), storageOffset: size(form, meta["storage_offset"], at("storage_offset")),
      requiresGrad: meta["requires_grad"] === true,
    });
  } catch (cause) {
    if (!(cause instanceof BrineError) || cause instanceof FormatError) throw cause;
    throw form.wrong(`${JSON.stringify(key)} (${cause.message})`, "a view of its record");
  }
  return one["is_param"] === true ? new Parameter(tensor, { requiresGrad: tensor.requiresGrad }) : tensor;
}

/** `{ as_int: 3 }`: other forms are sizes that only a run of the program tells. */
function size(form: Form, value: unknown, what: string): number {
  return form.count(form.object(value, what)["as_int"], what);
}

function deviceOf(form: Form, value: unknown, what: string): string {
  const { type, index } = form.object(value, what);
  const name = form.text(type, what);
  return index === null || index === undefined ? name : `${name}:${form.count(index, what)}`;
}
