// A tar archive as tests need it: members in order, each field of a header to be changed before its checksum is made.

/** A member. */
export interface TarMember {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** "0", a regular file, by default. */
  readonly type?: string;
  /** Changes the header, of which the checksum is made afterwards. */
  readonly header?: (block: Buffer) => void;
  /** Changes the finished header. */
  readonly after?: (block: Buffer) => void;
}

/** The archive, with two empty blocks at its end. */
export function tarOf(members: readonly TarMember[]): Buffer {
  const parts: Buffer[] = [];
  for (const { name, bytes, type = "0", header, after } of members) {
    const block = Buffer.alloc(512);
    block.write(name, 0, "latin1");
    block.write("0000600\0" + "0000000\0".repeat(2), 100, "latin1");
    block.write(`${bytes.length.toString(8).padStart(11, "0")}\0`, 124, "latin1");
    block.write("00000000000\0        ", 136, "latin1");
    block.write(type, 156, "latin1");
    block.write("ustar\u000000", 257, "latin1");
    header?.(block);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
    after?.(block);
    parts.push(block, Buffer.from(bytes), Buffer.alloc((512 - (bytes.length % 512)) % 512));
  }
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

/** Protocol 2 of an integer, as LONG1. */
export function pickledKey(n: number | bigint): Buffer {
  const value = Buffer.alloc(8);
  value.writeBigInt64LE(BigInt(n));
  return Buffer.concat([bytes("\x8a\x08"), value]);
}

const text = (t: string): Buffer => Buffer.concat([bytes("X"), u32(t.length), bytes(t)]);
const u32 = (n: number): Buffer => Buffer.from(Uint32Array.of(n).buffer);
const i64 = (...n: (number | bigint)[]): Buffer => Buffer.from(BigInt64Array.from(n, BigInt).buffer);
const pickled = (...parts: Buffer[]): Buffer => Buffer.concat([bytes("\x80\x02"), ...parts, bytes(".")]);
const global = (name: string): Buffer => bytes(`ctorch\n${name}\n`);

/** A storage of a tar of torch 0.1. */
export interface TarStorage {
  readonly key: number;
  readonly type: string;
  readonly location?: string;
  readonly numel: number | bigint;
  readonly content: Uint8Array;
}

/** A tensor of one. */
export interface TarTensor {
  readonly key: number;
  readonly storage: number;
  readonly size: readonly number[];
  readonly stride: readonly number[];
  readonly offset?: number | bigint;
}

/** The member `storages`. */
export function tarStorages(storages: readonly TarStorage[], views: readonly (readonly number[])[] = []): Buffer {
  const rows = storages.flatMap(({ key, type, location = "cpu", numel, content }) => [
    pickled(pickledKey(key), text(location), global(`${type}Storage`), bytes("\x87")), i64(numel), Buffer.from(content),
  ]);
  const tuples = views.map((view) => Buffer.concat([bytes("("), ...view.map(pickledKey), bytes("t")]));
  return Buffer.concat([pickled(pickledKey(storages.length)), ...rows, pickled(bytes("]("), ...tuples, bytes("e"))]);
}

/** The member `tensors`. */
export function tarTensors(tensors: readonly TarTensor[]): Buffer {
  const rows = tensors.flatMap(({ key, storage, size, stride, offset = 0 }) => [
    pickled(pickledKey(key), pickledKey(storage), global("FloatTensor"), bytes("\x87")),
    u32(size.length), u32(0), i64(...size), i64(...stride), i64(offset),
  ]);
  return Buffer.concat([pickled(pickledKey(tensors.length)), ...rows]);
}

/** The member `pickle`: a list of what these keys name. */
export function tarObject(...keys: (number | string)[]): Buffer {
  return pickled(bytes("]("), ...keys.flatMap((key) => [text(String(key)), bytes("Q")]), bytes("e"));
}

/** A whole one. */
export function torchTar(storages: Buffer, tensors: Buffer, object: Buffer): Buffer {
  return tarOf([
    { name: "sys_info", bytes: pickled(bytes("}")) },
    { name: "pickle", bytes: object }, { name: "tensors", bytes: tensors }, { name: "storages", bytes: storages },
  ]);
}
