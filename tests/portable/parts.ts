// Parts of a file, where it lies: slices, chosen tensors, all of them in turn, and tensors as they pass.
import type { SliceRange, SourceLike, Tensor, TensorSlice } from "../../bindings/index.js";
import { bytesOf, same, sameBytes, type Check } from "./check.js";
import { refused } from "./errors.js";
import type { Packed, Platform } from "./packed.js";

/** What a slice may cost beside its own bytes: the header of its record, and what lies between where that is less than another request. */
const BESIDE = 65_536 + 4096;

/** Slices of a tensor of 200 rows and 1000 columns, one byte each: the rows, and the columns of each. */
const SLICES: readonly (readonly [slice: TensorSlice, rows: SliceRange, columns: SliceRange])[] = [
  [[10, 20], [10, 20], [0, 1000]],
  [[-3, null], [197, 200], [0, 1000]],
  [[[198, 500], [3, -3]], [198, 200], [3, 997]],
  [[null, [999, null]], [0, 200], [999, 1000]],
  [[20, 10], [0, 0], [0, 1000]],
];

/** `bytes` are those of `large.pt`: twenty tensors `layer.0` and so on, [200, 1000] of uint8. */
export function partChecks({ brine }: Packed, { files }: Platform, bytes: Uint8Array<ArrayBuffer>): Check[] {
  const address = `${files}made/large.pt`;
  const whole = brine.loadSync<Map<string, Tensor>>(bytes);
  const sent = async (): Promise<number> => Number(await (await fetch(`${files}sent/large.pt`)).text());
  const sameTensor = (found: Tensor | undefined, name: string): void => {
    if (found === undefined) throw new Error(`There is no "${name}"`);
    sameBytes(bytesOf(found.data), bytesOf(whole.get(name)!.data), name); // the file has it
  };
  const places: readonly (readonly [name: string, like: () => SourceLike])[] = [["a Blob", () => new Blob([bytes])], ["an address", () => address]];
  return places.flatMap(([where, like]): Check[] => [
    {
      name: `read of a slice from ${where} is that slice, and moves no more`,
      run: async () => {
        const file = await brine.open(like());
        for (const [slice, [top, bottom], [left, right]] of SLICES) {
          const before = await sent();
          const found = await file.read("layer.7", { slice });
          const moved = await sent() - before;
          const rows = Array.from({ length: bottom! - top! }, (_, i) => whole.get("layer.7")!.data.subarray((top! + i) * 1000 + left!, (top! + i) * 1000 + right!) as Uint8Array); // of SLICES, whose numbers are all there
          same(found.shape.join(), `${rows.length},${right! - left!}`, "shape");
          sameBytes(bytesOf(found.contiguous().data), Uint8Array.from(rows.flatMap((row) => [...row])), `slice ${JSON.stringify(slice)}`);
          const span = Math.max(0, (rows.length - 1) * 1000 + right! - left!);
          same(moved <= span + BESIDE, true, `${moved} bytes for a span of ${span}`);
        }
        await refused(brine, () => file.read("layer.7", { slice: [[0, 1], [0, 1], [0, 1]] }), "SLICE");
        await refused(brine, () => file.read("layer.99"), "NO_TENSOR");
        await file.close();
      },
    },
    {
      name: `readAll of ${where} gives the tensors of its keys, in their order, and of its filter, and all`,
      run: async () => {
        const file = await brine.open(like());
        const keys = ["layer.12", "layer.3", "layer.4"];
        const before = await sent();
        const some = await file.readAll({ keys });
        const moved = await sent() - before;
        same([...some.keys()].join(), keys.join(), "names");
        for (const [name, tensor] of some) sameTensor(tensor, name);
        same(moved <= 3 * 200_000 * 1.02, true, `${moved} bytes for three tensors`);
        same([...(await file.readAll({ filter: ({ name }) => name.endsWith("9") })).keys()].join(), "layer.9,layer.19", "names that end with 9");
        const all = await file.readAll();
        same([...all.keys()].join(), [...whole.keys()].join(), "all names");
        for (const [name, tensor] of all) sameTensor(tensor, name);
        await refused(brine, () => file.readAll({ keys: ["layer.1", "layer.99"] }), "NO_TENSOR");
        await file.close();
      },
    },
    {
      name: `a loop over ${where} gives every tensor in turn, and may be left`,
      run: async () => {
        const file = await brine.open(like());
        const names: string[] = [];
        for await (const [name, tensor] of file) {
          names.push(name);
          sameTensor(tensor, name);
        }
        same(names.join(), [...whole.keys()].join(), "names");
        for await (const [name] of file) if (name === "layer.1") break;
        sameTensor(await file.read("layer.19"), "layer.19");
        await file.close();
      },
    },
    {
      name: `stream of ${where} gives tensors, or parts that make them up, in the order of the file, and may be left`,
      run: async () => {
        const names: string[] = [];
        for await (const [name, tensor] of brine.stream(like())) {
          names.push(name);
          sameTensor(tensor, name);
        }
        same(names.join(), [...whole.keys()].join(), "names");
        const ended: string[] = [];
        let at = 0;
        for await (const [name, { info, offset, bytes: part, last }] of brine.stream(like(), { chunks: true })) {
          same(info.name, name, "name of a part");
          same(offset, at, `where a part of ${name} begins`);
          sameBytes(part, bytesOf(whole.get(name)!.data).subarray(offset, offset + part.length), `${name} from ${offset} on`); // it was among the names
          at = last ? 0 : offset + part.length;
          if (last) {
            same(offset + part.length, 200_000, `bytes of ${name}`);
            ended.push(name);
          }
        }
        same(ended.join(), names.join(), "names of parts");
        for await (const [name] of brine.stream(like())) if (name === "layer.1") break;
      },
    },
  ]);
}
