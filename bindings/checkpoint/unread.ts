// Tensors that torch.load reads under weights_only and brine does not make yet. They are refused by name: an inert object
// in their place would pass for a loaded file.
import * as C from "../../assembly/shared/columns.js";
import { K_GLOBAL } from "../../assembly/shared/kinds.js";
import { UnsupportedError } from "../core/errors.js";
import type { Archive } from "./archive.js";

const UNREAD: ReadonlyMap<string, string> = new Map([
  ["torch._utils._rebuild_qtensor", "quantized tensors"],
  ["torch._utils._rebuild_sparse_tensor", "sparse tensors"],
  ["torch._utils._rebuild_meta_tensor_no_storage", "meta tensors"],
  ["torch._utils._rebuild_nested_tensor", "nested tensors"],
  ["torch._utils._rebuild_wrapper_subclass", "tensor subclasses"],
  ["torch._utils._rebuild_device_tensor_from_numpy", "tensors from NumPy"],
  ["torch._utils._rebuild_device_tensor_from_cpu_tensor", "tensors of other devices"],
  ["torch._utils._rebuild_parameter", "parameters of such tensors"],
  ["torch._utils._rebuild_parameter_with_state", "parameters of such tensors"],
  ["torch._tensor._rebuild_from_type_v2", "tensor subclasses"],
]);

/** Throws an UnsupportedError that names the first tensor that is not read yet. */
export function refuseUnread(archive: Archive): void {
  const { objects, kind: kinds, a, b } = archive.columns;
  const names = new Map<number, string | undefined>();
  for (let w = 0; w < objects.length; w += C.O_WORDS) {
    const callable = objects[w + C.O_CALLABLE];
    if (kinds[callable] !== K_GLOBAL) continue;
    const row = a[callable];
    if (!names.has(row)) {
      const { module, name } = archive.global(row);
      names.set(row, UNREAD.get(`${module}.${name}`));
    }
    const what = names.get(row);
    if (what !== undefined) {
      throw new UnsupportedError(`Cannot load ${what} yet; with weightsOnly: false they become inert objects`, {
        code: "TENSOR_KIND", offset: b[callable], record: "data.pkl",
      });
    }
  }
}
