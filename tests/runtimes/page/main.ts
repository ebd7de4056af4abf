// The suite in Node as a page meets it: by the condition `browser`, so without files and with what has to be awaited.
import { readFile } from "node:fs/promises";
import type { Packed } from "../../portable/packed.js";
import { sendHome, suite } from "../../portable/suite.js";

/** Runs the suite; the argument is the files' address. */
export default async function shell(packed: Packed): Promise<void> {
  const [files] = process.argv.slice(2);
  const { fetch } = globalThis;
  // A page's own files are behind an address; here they are not.
  globalThis.fetch = async (input, init) =>
    input instanceof URL && input.protocol === "file:" ? new Response(await readFile(input)) : fetch(input, init);
  await sendHome(files, "page", await suite(packed, {
    files,
    paths: undefined,
    syncAtOnce: false,
    inflatesSync: false,
    sources: new Map(),
  }));
}
