// One contract, every source: its size, reads at any offset, short only at the end, and the same checkpoint through each.
import type { Source, Tensor } from "../../bindings/index.js";
import { same, sameBytes, type Check } from "./check.js";
import type { Given, Packed } from "./packed.js";

/** Sources by name, each made anew for every check. */
export type Sources = ReadonlyMap<string, () => Given | Promise<Given>>;

/** The sources that every runtime has. `address` serves the same bytes. */
export function commonSources(bytes: Uint8Array<ArrayBuffer>, address: string): Sources {
  const part = (offset: number, into: Uint8Array): number => {
    const some = bytes.subarray(offset, offset + into.length);
    into.set(some);
    return some.length;
  };
  return new Map<string, () => Given>([
    ["an ArrayBuffer", () => ({ like: bytes.slice().buffer })],
    ["a Uint8Array", () => ({ like: bytes })],
    ["a view at an odd offset", () => {
      const odd = new Uint8Array(bytes.length + 2);
      odd.set(bytes, 1);
      return { like: new DataView(odd.buffer, 1, bytes.length) };
    }],
    ["a Blob", () => ({ like: new Blob([bytes]) })],
    ["a File", () => ({ like: new File([bytes.subarray(0, 100), bytes.subarray(100)], "model.pth") })],
    ["a Response", () => ({ like: new Response(bytes) })],
    ["a ReadableStream", () => ({ like: streamOf(bytes, 1000) })],
    ["a ReadableStream of bytes", () => ({ like: new Blob([bytes]).stream() })],
    ["an address", () => ({ like: address })],
    ["a URL", () => ({ like: new URL(address) })],
    ["a source of the user's own", () => ({ like: { size: bytes.length, read: part } })],
    ["an asynchronous source of the user's own", () => ({
      like: { size: bytes.length, read: async (offset: number, into: Uint8Array) => part(offset, into) },
    })],
  ]);
}

function streamOf(bytes: Uint8Array, step: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(to) {
      to.enqueue(bytes.slice(at, at + step));
      at += step;
      if (at >= bytes.length) to.close();
    },
  });
}

/** The contract, for each of the sources of these bytes. */
export function sourceChecks({ brine, openSource }: Pick<Packed, "brine" | "openSource">, bytes: Uint8Array, sources: Sources): Check[] {
  const expected = brine.reprOf(brine.loadSync(bytes));
  const listed = brine.loadSync<Map<string, Tensor>>(bytes);
  return [...sources].flatMap(([name, make]): Check[] => [
    {
      name: `${name} keeps the contract of a source`,
      run: () => use(make, async ({ like }) => {
        const source = await openSource(like);
        same(source.size, bytes.length, "size");
        for (const [offset, length] of [[0, 1], [0, bytes.length], [1, 7], [4095, 4098], [bytes.length - 3, 3], [64, 0]] as const) {
          sameBytes(await readAt(source, offset, length), bytes.subarray(offset, offset + length), `${length} bytes at ${offset}`);
        }
        // Short only at the end.
        sameBytes(await readAt(source, bytes.length - 3, 10), bytes.subarray(-3), "10 bytes where 3 are left");
        same((await readAt(source, bytes.length, 10)).length, 0, "bytes behind the end");
        // Reads that overlap in time do not disturb each other.
        const many = await Promise.all([5000, 64, 1, 2000].map((offset) => readAt(source, offset, 500)));
        for (const [i, offset] of [5000, 64, 1, 2000].entries()) sameBytes(many[i], bytes.subarray(offset, offset + 500), `500 bytes at ${offset}`);
        await source.close?.();
      }),
    },
    {
      name: `${name} loads`,
      run: () => use(make, async ({ like }) => same(brine.reprOf(await brine.load(like)), expected, "value")),
    },
    {
      name: `${name} streams`,
      run: () => use(make, async ({ like }) => {
        let whole = 0;
        for await (const [name, tensor] of brine.stream(like)) {
          same(brine.reprOf(tensor), brine.reprOf(listed.get(name)), name);
          whole++;
        }
        same(whole, listed.size, "tensors");
      }),
    },
    {
      name: `${name} streams parts of tensors`,
      run: () => use(make, async ({ like }) => {
        const sums = new Map<string, number>();
        for await (const [name, { bytes }] of brine.stream(like, { chunks: true })) {
          sums.set(name, bytes.reduce((sum, byte) => sum + byte, sums.get(name) ?? 0));
        }
        for (const [name, { storage }] of listed) same(sums.get(name), storage.bytes.reduce((sum, byte) => sum + byte, 0), `sum of the bytes of ${name}`);
      }),
    },
    {
      name: `${name} opens, and gives one tensor`,
      run: () => use(make, async ({ like }) => {
        const file = await brine.open(like);
        const [{ name: first }] = file.tensors();
        const { data } = await file.read(first);
        same(data.length > 0, true, `"${first}" has elements`);
        await file.close();
      }),
    },
  ]);
}

async function use(make: () => Given | Promise<Given>, run: (given: Given) => Promise<void>): Promise<void> {
  const given = await make();
  try {
    await run(given);
  } finally {
    await given.close?.();
  }
}

async function readAt(source: Source, offset: number, length: number): Promise<Uint8Array> {
  const into = new Uint8Array(length).fill(0xaa);
  const n = await source.read(offset, into);
  same(into.subarray(n).every((byte) => byte === 0xaa), true, "nothing is written past what it says it gave");
  return into.subarray(0, n);
}
