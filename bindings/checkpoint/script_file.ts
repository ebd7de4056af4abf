// The script of an opened TorchScript archive, of either age: torch 1.3 and later keep a data.pkl, earlier ones a model.json.
import { ArgumentError } from "../core/errors.js";
import type { Steps } from "../io/steps.js";
import type { Value } from "../python/value.js";
import type { Tensor } from "../torch/tensor.js";
import { readInnerPickle } from "./inner_pickle.js";
import { readModelJson, type ModelJson } from "./model_json.js";
import type { OtherOptions } from "./inner_pickle.js";
import { namesOf } from "./record.js";
import type { RecordStorages } from "./record_storages.js";
import { readClasses, readText, scriptModule, type ScriptModule } from "./script.js";

/** What a TorchScript archive holds besides the values of its pickle. Its tensors are not read until they are asked for. */
export interface Script extends ScriptModule {
  /** The tensors that stand in the code as constants, and what else constants.pkl holds. */
  readonly constants: Value;
  /** The names of the records of code. */
  readonly code: readonly string[];
  /**
   * The text of a record of code. It is never run.
   *
   * @throws ArgumentError `NO_MEMBER` where there is none of that name
   */
  text(name: string): Promise<string>;
  /** What a model.json tells, in archives of torch 1.0 to 1.2. */
  readonly modelJson: ModelJson | null;
}

/** Reads the code of the classes, the constants, and what model.json tells. */
export function* openScript(storages: RecordStorages, options: OtherOptions, root: () => Value): Steps<Script> {
  const { archive, limits } = storages;
  const inFolder = archive.folder === "" ? 0 : archive.folder.length + 1;
  const code = namesOf(archive).map((name) => name.slice(inFolder)).filter((name) => name.startsWith("code/") && name.endsWith(".py"));
  const text = async (name: string): Promise<string> => {
    const row = code.includes(name) ? storages.rowOf(name) : undefined;
    if (row === undefined) throw new ArgumentError(`No record of code is named "${name}" among the ${code.length} of this archive`, { code: "NO_MEMBER" });
    return storages.reader.run(readText(archive, row, limits));
  };
  const constantsRow = storages.rowOf("constants.pkl");
  const constants = constantsRow === undefined ? null
    : yield* readInnerPickle(constantsRow, storages, { ...options, recordOf: (key) => `constants/${key}` });
  if (archive.isOther) {
    const modelJson = yield* readModelJson(storages, options);
    return { ...modelScript(modelJson), constants, code, text, modelJson };
  }
  const classes = yield* readClasses(archive, (record) => storages.rowOf(record), limits);
  return { ...scriptModule(root(), classes), constants, code, text, modelJson: null };
}

function modelScript({ name, named }: ModelJson): ScriptModule {
  const of = (role: string): Map<string, Tensor> =>
    new Map(named.filter((one) => one.role === role).map(({ path, tensor }) => [path, tensor]));
  return { type: name, parameters: of("parameter"), buffers: of("buffer") };
}
