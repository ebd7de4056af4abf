// `brine ls`: every tensor in a line. Only the description of the file is read, none of the tensors, and rows are written as
// they are made, so that a file of a million tensors lists in the memory of its description.
import { open } from "../checkpoint/open.js";
import { jsonText, type JsonObject } from "../checkpoint/json.js";
import type { Output } from "./output.js";
import { printable } from "./output.js";
import type { Where } from "./where.js";
import { bytesText, counted, Table } from "./table.js";

/** What is asked of a listed tensor. */
interface Listed {
  readonly name: string;
  readonly path: string;
  readonly also: readonly string[];
  readonly dtype: string;
  readonly shape: ArrayLike<number>;
  readonly stride: ArrayLike<number>;
  readonly storageOffset: number;
  readonly storageKey: string | null;
  readonly storageIndex: number;
  readonly storageBytes: number;
  readonly nbytes: number;
  readonly requiresGrad: boolean;
  readonly isParameter: boolean;
  readonly location: string;
}

/** Lists a file's tensors. */
export async function ls(file: string, options: { readonly json: boolean; readonly where: Where }, out: Output): Promise<number> {
  const checkpoint = await open(file, options.where);
  try {
    await checkpoint.openAll();
    if (options.json) await listJson(checkpoint.tensors(), out);
    else await listTable(checkpoint, out);
    if (checkpoint.globals.some(({ module, name }) => `${module}.${name}` === "torch.storage._load_from_bytes")) {
      out.error("brine: note: tensors whose storages stand in bytes of the pickle are not listed; brine inspect --json has them");
    }
  } finally {
    await checkpoint.close();
  }
  return 0;
}

async function listTable(checkpoint: { tensors(): Iterable<Listed> }, out: Output): Promise<void> {
  const table = new Table([
    { title: "name", align: "left", most: 72 },
    { title: "dtype", align: "left", most: 24 },
    { title: "shape", align: "left", most: 40 },
    { title: "size", align: "right", most: 12 },
    { title: "", align: "left", most: 0 },
  ]);
  const cells = (t: Listed): string[] => [printable(t.name), t.dtype, `[${Array.from(t.shape).join(", ")}]`, bytesText(t.nbytes)];
  let count = 0;
  for (const t of checkpoint.tensors()) {
    table.measure([...cells(t), ""]);
    count++;
  }
  if (count > 0) out.add(out.style(table.head, "bold") + "\n");
  // The first tensor over each storage, by which later ones name what they share.
  const first = new Map<number, string>();
  let elements = 0;
  let bytes = 0;
  let stored = 0;
  for (const t of checkpoint.tensors()) {
    const shares = first.get(t.storageIndex);
    if (shares === undefined) {
      first.set(t.storageIndex, printable(t.name));
      stored += t.storageBytes;
    }
    const notes: string[] = [];
    if (shares !== undefined) notes.push(`shares the storage of ${shares}`);
    if (t.also.length > 0) notes.push(`also at ${t.also.slice(0, 3).map(printable).join(", ")}${t.also.length > 3 ? ", …" : ""}`);
    elements += Array.from(t.shape).reduce((product, n) => product * n, 1);
    bytes += t.nbytes;
    const row = table.row([...cells(t), ""]);
    out.add(row + (notes.length > 0 ? "  " + out.style(notes.join("; "), "dim") : "") + "\n");
    if (out.full) await out.flush();
  }
  out.add(`${counted(count, "tensor")}, ${counted(elements, "element")}, ${bytesText(bytes)}, in ${counted(first.size, "storage")} of ${bytesText(stored)}\n`);
  await out.flush();
}

async function listJson(tensors: Iterable<Listed>, out: Output): Promise<void> {
  let before = "[\n  ";
  for (const t of tensors) {
    const row: JsonObject = {
      name: t.name,
      path: t.path,
      also: t.also.length > 0 ? [...t.also] : undefined,
      dtype: t.dtype,
      shape: Array.from(t.shape),
      stride: Array.from(t.stride),
      storageOffset: t.storageOffset,
      storage: t.storageIndex,
      key: t.storageKey,
      location: t.location,
      nbytes: t.nbytes,
      requiresGrad: t.requiresGrad,
      isParameter: t.isParameter,
    };
    out.add(before + jsonText(row));
    before = ",\n  ";
    if (out.full) await out.flush();
  }
  await out.write(before === "[\n  " ? "[]\n" : "\n]\n");
}
