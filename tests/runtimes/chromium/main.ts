// The suite in a page, and then, by the same file, in a worker of the page.
import type { Packed } from "../../portable/packed.js";
import { sendHome, suite } from "../../portable/suite.js";
import { elsewhereChecks } from "./elsewhere_checks.js";
import { streamChecks } from "./stream_checks.js";

/** Runs the suite where it is; the page starts the worker when it is done. In the address, `inlined`: the core is inside; `elsewhere`: a server of another origin. */
export default async function shell(packed: Packed): Promise<void> {
  const inPage = typeof document !== "undefined";
  const asked = new URLSearchParams(location.search);
  const files = new URL("/", location.href).href;
  const who = inPage ? "page" : "worker";
  await sendHome(files, who, await suite(packed, {
    files,
    paths: undefined,
    syncAtOnce: asked.has("inlined"),
    inflatesSync: false,
    sources: new Map(),
    stores: new Map([
      ["a cache of the Cache API", async ({ cacheApiStore }: Packed["brine"]) => cacheApiStore(await caches.open(who))],
      ["a folder of the origin's private file system", async ({ opfsStore }: Packed["brine"]) => (
        opfsStore(await (await navigator.storage.getDirectory()).getDirectoryHandle(who, { create: true })))],
    ]),
    checks: [...elsewhereChecks(packed, files, asked.get("elsewhere") ?? ""), ...streamChecks(packed, files)],
  }));
  if (inPage) new Worker(`/site/entry.js${location.search}`, { type: "module" });
}
