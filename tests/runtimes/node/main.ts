// The suite on Node: what Node has of its own are paths and FileHandles.
import { open } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import type { Given, Packed } from "../../portable/packed.js";
import { sendHome, suite } from "../../portable/suite.js";

/** Runs the suite; the arguments are the files' address, the folder of files, and whom to send home as. */
export default async function shell(packed: Packed): Promise<void> {
  const [files, folder, who] = process.argv.slice(2);
  const checkpoint = `${folder}/model.pt`;
  await sendHome(files, who, await suite(packed, {
    files,
    paths: { folder, checkpoint, text: `${folder}/text.pt` },
    syncAtOnce: true,
    inflatesSync: true,
    sources: new Map<string, () => Given | Promise<Given>>([
      ["a path", () => ({ like: checkpoint })],
      ["a file: URL", () => ({ like: pathToFileURL(checkpoint) })],
      ["a FileHandle", async () => {
        const handle = await open(checkpoint);
        return { like: handle, close: () => handle.close() };
      }],
    ]),
  }));
}
