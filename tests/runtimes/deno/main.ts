// The suite on Deno, with the permissions that it needs and no others: besides what Node has, Deno.FsFile.
import type { DenoFileLike } from "../../../bindings/io/deno_file.js";
import { same } from "../../portable/check.js";
import { refused } from "../../portable/errors.js";
import type { Given, Packed } from "../../portable/packed.js";
import { sendHome, suite } from "../../portable/suite.js";

interface FsFile extends DenoFileLike {
  close(): void;
}

declare const Deno: { readonly args: readonly string[]; open(path: string): Promise<FsFile> };

/** Runs the suite; the arguments are the files' address and the folder of files. */
export default async function shell(packed: Packed): Promise<void> {
  const [files, folder] = Deno.args;
  const checkpoint = `${folder}/model.pt`;
  await sendHome(files, "deno", await suite(packed, {
    files,
    paths: { folder, checkpoint, text: `${folder}/text.pt` },
    syncAtOnce: true,
    inflatesSync: true,
    sources: new Map<string, () => Given | Promise<Given>>([
      ["a path", () => ({ like: checkpoint })],
      ["a file: URL", () => ({ like: new URL(`file://${checkpoint}`) })],
      ["a Deno.FsFile", async () => {
        const file = await Deno.open(checkpoint);
        return { like: file, close: () => file.close() };
      }],
    ]),
    stores: new Map([["a cache of the Cache API", async ({ cacheApiStore }: Packed["brine"]) => cacheApiStore(await caches.open("suite"))]]),
    checks: [
      {
        name: "a path that Deno may not read is an error with a type",
        run: async () => void await refused(packed.brine, () => packed.brine.load("/etc/hostname")),
      },
      {
        name: "a Deno.FsFile is read by the synchronous functions, and, closed, is an error with a type",
        run: async () => {
          const file = await Deno.open(checkpoint);
          same(packed.brine.reprOf(packed.brine.loadSync(file)), packed.brine.reprOf(packed.brine.loadSync(checkpoint)), "value");
          file.close();
          await refused(packed.brine, () => packed.brine.loadSync(file), "IO");
        },
      },
    ],
  }));
}
