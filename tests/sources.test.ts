// The contract of sources in full, on Node: what every runtime has, and what Node has besides. tests/runtimes runs the same
// contract elsewhere.
import { readFileSync } from "node:fs";
import { open as openHandle } from "node:fs/promises";
import { after, test } from "node:test";
import * as brine from "../bindings/index.js";
import { openSource } from "../bindings/io/to_source.js";
import { errorChecks, refused } from "./portable/errors.js";
import type { Given } from "./portable/packed.js";
import { commonSources, sourceChecks } from "./portable/sources.js";
import { serve } from "./support/server.js";

const example = new URL("../../examples/lstm_state_dict.pt", import.meta.url);
const bytes = new Uint8Array(readFileSync(example));

const server = await serve(bytes);
const nothing = await serve(bytes, (_, answer) => (answer.writeHead(404).end(), true));
after(() => Promise.all([server, nothing].map((one) => one[Symbol.asyncDispose]())));

const ofNode = new Map<string, () => Given | Promise<Given>>([
  ["a path", () => ({ like: example.pathname })],
  ["a file: URL", () => ({ like: example })],
  ["a FileHandle", async () => {
    const handle = await openHandle(example, "r");
    return { like: handle, close: () => handle.close() };
  }],
]);

const checks = [
  ...sourceChecks({ brine, openSource }, bytes, new Map([...ofNode, ...commonSources(bytes, server.url)])),
  ...errorChecks(brine, bytes, nothing.url),
];
for (const { name, run } of checks) test(name, run);

test("a FileHandle that is closed is an error with a type", async () => {
  const handle = await openHandle(example, "r");
  await handle.close();
  await refused(brine, () => brine.load(handle), "IO");
});

test("a URL that names no file is an error with a type, in both directions", async () => {
  for (const call of [brine.load, async (from: string | URL) => brine.loadSync(from)]) {
    await refused(brine, () => call("file://elsewhere/model.pt"), "FILE_URL");
    await refused(brine, () => call(new URL("file:///a%2Fb")), "FILE_URL");
    await refused(brine, () => call("s3://[model.pt"), "SOURCE_KIND");
  }
  for (const to of ["file://elsewhere/model.pt", "http://127.0.0.1/model.pt"]) {
    await refused(brine, () => brine.save({ x: 1 }, new URL(to)), "FILE_URL");
    await refused(brine, () => brine.saveSync({ x: 1 }, new URL(to)), "FILE_URL");
  }
});
