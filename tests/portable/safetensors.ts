// Files that the official library of safetensors wrote, and checkpoints in several files: read to their last bit, opened by their
// header or their index alone, and written again as the same bytes.
import type { Dict, SourceLike, Tensor } from "../../bindings/index.js";
import { bytesOf, same, sameBytes, type Check } from "./check.js";
import { refused } from "./errors.js";
import { bytesAt, got } from "./golden.js";
import type { Packed, Platform } from "./packed.js";

/** A row of the manifest: what the library says is in the file. `hex` is null where the elements follow a rule. */
interface Told {
  readonly metadata: readonly (readonly [string, string])[] | null;
  readonly tensors: readonly { readonly name: string; readonly dtype: string; readonly shape: readonly number[]; readonly hex: string | null }[];
}

type Names = Dict<string, Tensor>;
type Brine = Packed["brine"];

function sameTensor(found: Tensor | undefined, { name, dtype, shape, hex }: Told["tensors"][number]): void {
  if (found === undefined) throw new Error(`There is no "${name}"`);
  same(`${found.dtype} ${found.shape.join()}`, `${dtype} ${shape.join()}`, name);
  const expected = hex === null
    ? Uint8Array.from({ length: found.numel * found.type.itemsize }, (_, i) => (7 * i + 3) % 256)
    : Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  sameBytes(bytesOf(found.data), expected, name);
}

/** For each golden file of this address one check. */
async function goldenSafetensors(brine: Brine, golden: string): Promise<Check[]> {
  const manifest = await (await got(`${golden}manifest.json`)).json() as Readonly<Record<string, Told>>; // made by make.py
  if (Object.keys(manifest).length === 0) throw new Error("The golden folder of safetensors is empty");
  return Object.entries(manifest).map(([name, told]): Check => ({
    name: `safetensors ${name}: loaded, opened, read and written as the same bytes`,
    run: async () => {
      const address = `${golden}${name}.safetensors`;
      const bytes = await bytesAt(address);
      for (const like of [bytes, new Blob([bytes]), address, new Blob([bytes]).stream(), new Response(bytes)]) {
        const dict = await brine.load<Names>(like);
        same(dict.size, told.tensors.length, "tensors");
        for (const one of told.tensors) sameTensor(dict.get(one.name), one);
      }
      for (const like of [new Blob([bytes]), address]) {
        const file = await brine.open(like);
        same(JSON.stringify(file.metadata === null ? null : [...file.metadata]), JSON.stringify(told.metadata), "metadata");
        for (const one of told.tensors) sameTensor(await file.read(one.name), one);
        await file.close();
      }
      const { saveOptions, verdict, container } = await brine.inspect(new Blob([bytes]));
      same(`${container} ${verdict}`, "safetensors clean", "inspect");
      sameBytes(await brine.save(await brine.load(bytes), undefined, saveOptions ?? {}), bytes, "saved again");
      sameBytes(brine.saveSync(brine.loadSync(bytes), undefined, saveOptions ?? {}), bytes, "saved again at once");
      for (const length of [1, 8, 9, bytes.length - 1]) await refused(brine, () => brine.load(bytes.subarray(0, length)));
    },
  }));
}

/** The parts that the suite's server has, and what is in each: see tests/runtimes/made.ts. */
const PARTS: readonly (readonly string[])[] = [["embed", "layer.0"], ["layer.1"], ["head"]];
/** The order of the index, which is not that of the parts. */
const KEYS = ["embed", "layer.1", "layer.0", "head"];

function shardedChecks(brine: Brine, files: string): Check[] {
  const kinds = [["model.safetensors", "model", "safetensors"], ["pytorch_model.bin", "pytorch_model", "bin"]] as const;
  return kinds.flatMap(([index, stem, ending]): Check[] => {
    const names = PARTS.map((_, i) => `${stem}-0000${i + 1}-of-00003.${ending}`);
    const address = `${files}made/${index}.index.json`;
    const sent = async (name: string): Promise<number> => Number(await (await fetch(`${files}sent/${name}`)).text());
    const sameDict = (dict: Names, keys: readonly string[]): void => {
      same([...dict.keys()].join(), keys.join(), "keys");
      for (const key of keys) same(String(dict.get(key)?.toArray()), Array.from({ length: 1000 }, (_, i) => i + key.length).join(), key);
    };
    return [
      {
        name: `a list of Files and of Blobs that are .${ending} parts, with and without the index, is one dict`,
        run: async () => {
          const parts = await Promise.all(names.map((name) => bytesAt(`${files}made/${name}`)));
          const asFiles = parts.map((bytes, i) => new File([bytes], names[i]));
          const indexFile = new File([await bytesAt(address)], `${index}.index.json`);
          const lists: readonly (readonly [SourceLike[], readonly string[]])[] = [
            [[...asFiles].reverse(), PARTS.flat()], [[...asFiles, indexFile], KEYS], [parts.map((bytes) => new Blob([bytes])), PARTS.flat()], [parts, PARTS.flat()],
          ];
          for (const [list, keys] of lists) {
            sameDict(await brine.load<Names>(list), keys);
            const file = await brine.open(list);
            same(Array.from(file.tensors(), ({ name }) => name).join(), keys.join(), "names");
            same(String((await file.read("head", { slice: [1, 3] })).toArray()), "5,6", "a slice");
            await file.close();
          }
          await refused(brine, () => brine.load([asFiles[0], asFiles[2], indexFile]), "SHARD_MISSING");
        },
      },
      {
        name: `an index of .${ending} parts behind an address loads, and open asks for the parts that it needs`,
        run: async () => {
          sameDict(await brine.load<Names>(address), KEYS);
          sameDict(await brine.load<Names>(new URL(address)), KEYS);
          const before = await Promise.all(names.map(sent));
          const file = await brine.open(address);
          same(String((await file.read("layer.0")).toArray()), Array.from({ length: 1000 }, (_, i) => i + 7).join(), "layer.0");
          const after = await Promise.all(names.map(sent));
          same(after.map((bytes, i) => bytes > before[i]).join(), "true,false,false", "which parts were asked for");
          const some = await file.readAll({ keys: ["head", "embed"] });
          same([...some.keys()].join(), "head,embed", "keys");
          await file.openAll();
          same(Array.from(file.tensors(), ({ name }) => name).join(), KEYS.join(), "names");
          const seen: string[] = [];
          for await (const [name] of file) seen.push(name);
          same(seen.join(), KEYS.join(), "names in turn");
          await file.close();
        },
      },
    ];
  });
}

/** Safetensors, and checkpoints in several files. */
export async function safetensorsChecks({ brine }: Packed, { files }: Platform): Promise<Check[]> {
  return [...await goldenSafetensors(brine, `${files}golden-safetensors/`), ...shardedChecks(brine, files)];
}
