// The suite on Bun: besides what Node has, Bun.file, which is a Blob that reads when it is asked.
import { open } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import type { Given, Packed } from "../../portable/packed.js";
import { sendHome, suite } from "../../portable/suite.js";

declare const Bun: { file(path: string): Blob };

/** Runs the suite; the arguments are the files' address and the folder of files. */
export default async function shell(packed: Packed): Promise<void> {
  const [files, folder] = process.argv.slice(2);
  const checkpoint = `${folder}/model.pt`;
  await sendHome(files, "bun", await suite(packed, {
    files,
    paths: { folder, checkpoint, text: `${folder}/text.pt` },
    syncAtOnce: true,
    inflatesSync: true,
    sources: new Map<string, () => Given | Promise<Given>>([
      ["a path", () => ({ like: checkpoint })],
      ["a file: URL", () => ({ like: pathToFileURL(checkpoint) })],
      ["Bun.file", () => ({ like: Bun.file(checkpoint) })],
      ["a FileHandle", async () => {
        const handle = await open(checkpoint);
        return { like: handle, close: () => handle.close() };
      }],
    ]),
  }));
}
