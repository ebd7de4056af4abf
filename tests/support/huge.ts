// A checkpoint of any size that is never on a disk nor in memory: it is made as it is sent, as torch.save writes it, in the order
// in which it is read by those who read it as it passes.
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { crc32 } from "../../bindings/core/kernels.js";
import { dense, text } from "./tape.js";

/** What is in it: tensors of so many bytes, each over a storage of its own. */
export type Huge = readonly number[];

/** So many tensors of so many bytes. */
export function evenly(tensors: number, nbytes: number): Huge {
  return new Array<number>(tensors).fill(nbytes);
}

const FOLDER = "archive/";
const BIG = 0xffffffff;
/** Bytes that are sent at a time. */
const PIECE = 1048576;

/** Byte `at` of tensor `index`. */
export function byteOf(index: number, at: number): number {
  return at % PIECE === 0 ? index & 0xff : (at * 7) & 0xff;
}

/** The file, piece by piece. A piece is good until the next one. */
export function* hugeZip(huge: Huge): Generator<Uint8Array, void, undefined> {
  const zip = new Zip();
  const items = huge.map((nbytes, i) => text(`layer.${i}`) + dense(String(i), nbytes, "ByteStorage"));
  yield* zip.record("data.pkl", [Buffer.from(`\x80\x02}(${items.join("")}u.`, "latin1")]);
  yield* zip.record(".format_version", [Buffer.from("1")]);
  yield* zip.record(".storage_alignment", [Buffer.from("64")]);
  yield* zip.record("byteorder", [Buffer.from("little")]);
  const piece = Uint8Array.from({ length: PIECE }, (_, at) => byteOf(0, at));
  for (const [i, nbytes] of huge.entries()) {
    piece[0] = byteOf(i, 0);
    yield* zip.record(`data/${i}`, pieces(piece, nbytes));
  }
  yield* zip.record("version", [Buffer.from("3\n")]);
  yield* zip.record(".data/serialization_id", [Buffer.from("0".repeat(40))]);
  yield zip.directory();
}

function* pieces(piece: Uint8Array, nbytes: number): Generator<Uint8Array, void, undefined> {
  for (let left = nbytes; left > 0; left -= PIECE) yield left < PIECE ? piece.subarray(0, left) : piece;
}

/** Records as torch writes them: reference §2.3 to §2.8. */
class Zip {
  readonly #entries: Buffer[] = [];
  #at = 0;

  *record(record: string, content: Iterable<Uint8Array>): Generator<Uint8Array, void, undefined> {
    const name = Buffer.from(FOLDER + record);
    const header = this.#at;
    const zip64 = header >= BIG ? 12 : 0;
    const start = header + 30 + name.length + zip64 + 4;
    const padding = (64 - (start % 64)) % 64;
    const head = Buffer.alloc(30 + name.length + zip64 + 4 + padding, "Z");
    head.fill(0, 0, 30);
    head.write("PK\x03\x04", "latin1");
    head.writeUInt16LE(0x0808, 6);
    head.writeUInt16LE(name.length, 26);
    head.writeUInt16LE(zip64 + 4 + padding, 28);
    name.copy(head, 30);
    if (zip64 !== 0) this.#zip64(header).copy(head, 30 + name.length);
    head.write("FB", 30 + name.length + zip64);
    head.writeUInt16LE(padding, 32 + name.length + zip64);
    yield head;
    let crc = 0;
    let size = 0;
    for (const piece of content) {
      crc = crc32(piece, crc);
      size += piece.length;
      yield piece;
    }
    const descriptor = Buffer.alloc(zip64 === 0 ? 16 : 24);
    descriptor.write("PK\x07\x08", "latin1");
    descriptor.writeUInt32LE(crc, 4);
    descriptor.writeUInt32LE(size, 8);
    descriptor.writeUInt32LE(size, zip64 === 0 ? 12 : 16); // below 4 GiB
    yield descriptor;
    this.#at = header + head.length + size + descriptor.length;
    const entry = Buffer.alloc(46);
    entry.write("PK\x01\x02", "latin1");
    entry.writeUInt16LE(0x0808, 8);
    entry.writeUInt32LE(crc, 16);
    entry.writeUInt32LE(size, 20);
    entry.writeUInt32LE(size, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt16LE(zip64, 30);
    entry.writeUInt32LE(Math.min(header, BIG), 42);
    this.#entries.push(entry, name);
    if (zip64 !== 0) this.#entries.push(this.#zip64(header));
  }

  #zip64(header: number): Buffer {
    const field = Buffer.alloc(12);
    field.writeUInt16LE(1, 0);
    field.writeUInt16LE(8, 2);
    field.writeBigUInt64LE(BigInt(header), 4);
    return field;
  }

  directory(): Uint8Array {
    const entries = Buffer.concat(this.#entries);
    const count = this.#entries.filter((part) => part.length === 46).length; // no name of ours is that long
    const end = Buffer.alloc(56 + 20 + 22);
    end.write("PK\x06\x06", 0, "latin1");
    end.writeBigUInt64LE(44n, 4);
    for (const [at, value] of [[24, count], [32, count], [40, entries.length], [48, this.#at]]) end.writeBigUInt64LE(BigInt(value), at);
    end.write("PK\x06\x07", 56, "latin1");
    end.writeBigUInt64LE(BigInt(this.#at + entries.length), 64);
    end.writeUInt32LE(1, 72);
    end.write("PK\x05\x06", 76, "latin1");
    end.writeUInt16LE(Math.min(count, 0xffff), 84);
    end.writeUInt16LE(Math.min(count, 0xffff), 86);
    end.writeUInt32LE(entries.length, 88);
    end.writeUInt32LE(Math.min(this.#at, BIG), 92);
    return Buffer.concat([entries, end]);
  }
}

/** A server on loopback that sends such a file, made anew for each request. */
export async function serveHuge(huge: Huge): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((_, answer) => void send(huge, answer));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    url: `http://127.0.0.1:${port}/huge.pth`,
    [Symbol.asyncDispose]: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    }),
  };
}

async function send(huge: Huge, answer: ServerResponse): Promise<void> {
  for (const piece of hugeZip(huge)) {
    // The socket may hold it until it drains, and the generator writes over it.
    const room = answer.write(Uint8Array.prototype.slice.call(piece));
    if (room) continue;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        answer.off("drain", go).off("close", go);
        resolve();
      };
      answer.on("drain", go).on("close", go);
    });
    if (answer.destroyed) return;
  }
  answer.end();
}
