// The suite in a page, and then, by the same file, in a worker of the page.
import type { Packed } from "../../portable/packed.js";
import { sendHome, suite } from "../../portable/suite.js";

/** Runs the suite where it is; the page starts the worker when it is done. `?inlined`: the core is inside. */
export default async function shell(packed: Packed): Promise<void> {
  const inPage = typeof document !== "undefined";
  const inlined = location.search === "?inlined";
  const files = new URL("/", location.href).href;
  const who = inPage ? "page" : "worker";
  await sendHome(files, who, await suite(packed, {
    files,
    paths: undefined,
    syncAtOnce: inlined,
    inflatesSync: false,
    sources: new Map(),
    stores: new Map([
      ["a cache of the Cache API", async ({ cacheApiStore }: Packed["brine"]) => cacheApiStore(await caches.open(who))],
      ["a folder of the origin's private file system", async ({ opfsStore }: Packed["brine"]) => (
        opfsStore(await (await navigator.storage.getDirectory()).getDirectoryHandle(who, { create: true })))],
    ]),
  }));
  if (inPage) new Worker(`/site/entry.js${location.search}`, { type: "module" });
}
