// Tensors that torch.load reads under weights_only and brine does not make yet. They are refused by name: an inert object
// in their place would pass for a loaded file.
import * as C from "../../assembly/shared/columns.js";
import { K_GLOBAL, K_OBJECT, K_TUPLE } from "../../assembly/shared/kinds.js";
import { UnsupportedError } from "../core/errors.js";
import type { Archive } from "./archive.js";
import { TENSOR_FUNCTIONS } from "./rebuild_tensors.js";

const UNREAD: ReadonlyMap<string, string> = new Map([
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
      names.set(row, UNREAD.get(`${module}.${name}`) ?? (/^torch(\.cuda)?\.sparse$/.test(module) && name.endsWith("Tensor") ? "tensors that a sparse class's constructor makes" : undefined));
    }
    const what = names.get(row);
    if (what !== undefined && !isRead(archive, objects[w + C.O_ARGS])) {
      throw new UnsupportedError(`Cannot load ${what} yet; with weightsOnly: false they become inert objects`, {
        code: "TENSOR_KIND", offset: b[callable], record: "data.pkl",
      });
    }
  }
}

/** Are these the arguments of a parameter, or of a tensor with attributes, around a tensor that is read? */
function isRead(archive: Archive, args: number): boolean {
  const { kind, a, b, edges, objects } = archive.columns;
  const fullName = (n: number): string => {
    if (kind[n] !== K_GLOBAL) return "";
    const { module, name } = archive.global(a[n]);
    return `${module}.${name}`;
  };
  if (kind[args] !== K_TUPLE || b[args] < 3) return false;
  const [first, second] = [edges[a[args]], edges[a[args] + 1]];
  if (kind[first] === K_GLOBAL) return TENSOR_FUNCTIONS.has(fullName(first)) && fullName(second) === "torch.Tensor";
  if (kind[first] !== K_OBJECT) return false;
  const callee = fullName(objects[a[first] * C.O_WORDS + C.O_CALLABLE]);
  // A tensor with attributes is an object of its own, which is looked at as well.
  return TENSOR_FUNCTIONS.has(callee) || callee === "torch._tensor._rebuild_from_type_v2";
}
