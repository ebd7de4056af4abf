// The suite in a page, and then, by the same file, in a worker of the page.
import type { Packed } from "../../portable/packed.js";
import { sendHome, suite } from "../../portable/suite.js";

/** Runs the suite where it is; the page starts the worker when it is done. `?inlined`: the core is inside. */
export default async function shell(packed: Packed): Promise<void> {
  const inPage = typeof document !== "undefined";
  const inlined = location.search === "?inlined";
  const files = new URL("/", location.href).href;
  await sendHome(files, inPage ? "page" : "worker", await suite(packed, {
    files,
    paths: undefined,
    syncAtOnce: inlined,
    unpacksRanges: false,
    inflatesSync: false,
    sources: new Map(),
  }));
  if (inPage) new Worker(`/site/entry.js${location.search}`, { type: "module" });
}
