// Pickles written by hand, opcode by opcode, in archives with storages of floats: for streams that no PyTorch of today
// writes, and for those that none ever wrote.
import { zipOf } from "./zip.js";

/** A piece of a pickle. */
export type Piece = string;

/** BINUNICODE. */
export function text(value: string): Piece {
  const bytes = Buffer.from(value, "utf8");
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return `X${length.toString("latin1")}${bytes.toString("latin1")}`;
}

/** GLOBAL. */
export function global(module: string, name: string): Piece {
  return `c${module}\n${name}\n`;
}

/** BININT. */
export function int(value: number): Piece {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return `J${bytes.toString("latin1")}`;
}

/** A tuple of any length. */
export function tupleOf(...items: readonly Piece[]): Piece {
  return items.length === 0 ? ")" : `(${items.join("")}t`;
}

/** The persistent id of a storage of the archive that `archive` makes. */
export function storage(key: string, numel: number, type: string = "FloatStorage"): Piece {
  return `${tupleOf(text("storage"), global("torch", type), text(key), text("cpu"), int(numel))}Q`;
}

/** A call of `_rebuild_tensor_v2` for all of a storage, in one dimension. */
export function dense(key: string, numel: number, type?: string): Piece {
  const hooks = `${global("collections", "OrderedDict")})R`;
  return `${global("torch._utils", "_rebuild_tensor_v2")}${tupleOf(storage(key, numel, type), int(0), tupleOf(int(numel)), tupleOf(int(1)), "\x89", hooks)}R`;
}

/** An archive of a pickle of protocol 2 and of records, `data/<key>`. */
export function archive(pickle: Piece, records: Readonly<Record<string, ArrayBufferView>> = {}): Uint8Array {
  return zipOf([
    { name: "archive/data.pkl", bytes: Buffer.from(`\x80\x02${pickle}.`, "latin1") },
    ...Object.entries(records).map(([key, view]) => ({
      name: `archive/data/${key}`, bytes: new Uint8Array(view.buffer, view.byteOffset, view.byteLength),
    })),
    { name: "archive/version", bytes: Buffer.from("3\n") },
  ]);
}
