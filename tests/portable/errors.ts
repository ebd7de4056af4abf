// What goes wrong goes wrong with a type: bytes that are no checkpoint, files cut short, answers that are no files, paths.
import type { SourceLike, SyncSourceLike } from "../../bindings/index.js";
import { same, sameBytes, thrown, type Check } from "./check.js";
import type { Packed, Paths } from "./packed.js";

type Brine = Packed["brine"];

/** Holds that it throws, or rejects with, an error of brine's; with this code, where one is given. */
export async function refused(brine: Brine, run: () => unknown, code?: string): Promise<Error> {
  const error = await thrown(run);
  if (!(error instanceof brine.BrineError)) throw new Error(`Expected a BrineError, found ${String(error)}`, { cause: error });
  if (code !== undefined) same(error.code, code, error.message);
  return error;
}

/** Errors that are the same everywhere. `bytes` are a checkpoint's, `files` is where `missing.pt` is not. */
export function errorChecks(brine: Brine, bytes: Uint8Array<ArrayBuffer>, files: string): Check[] {
  return [
    {
      name: "text is no checkpoint",
      run: async () => {
        const text = new TextEncoder().encode("This is no checkpoint.\n");
        await refused(brine, () => brine.load(text), "NOT_A_CHECKPOINT");
        await refused(brine, () => brine.open(new Blob([text])), "NOT_A_CHECKPOINT");
        await refused(brine, () => brine.load(new Response("<!doctype html><p>Not found")), "HTML");
        await refused(brine, () => brine.load(new Uint8Array(0)), "EMPTY");
      },
    },
    {
      name: "a file cut short anywhere is an error with a type",
      run: async () => {
        for (let length = 1; length < bytes.length; length += 101) await refused(brine, () => brine.load(bytes.subarray(0, length)));
        await refused(brine, () => brine.load(new Blob([bytes.subarray(0, -1)])), "ZIP_NO_END");
      },
    },
    {
      name: "a byte that is not as it was saved is an error with a type",
      run: async () => {
        const saved = await brine.save(brine.tensor(new Array<number>(64).fill(0xa7), { dtype: "uint8" }));
        const at = saved.findIndex((_, i) => saved.subarray(i, i + 64).every((byte) => byte === 0xa7));
        saved[at + 7] ^= 1;
        await refused(brine, () => brine.load(saved), "CRC");
      },
    },
    {
      name: "a response that is no file, a stream that breaks or gives no bytes, an address of another kind",
      run: async () => {
        await refused(brine, () => brine.load(new Response("no", { status: 404 })), "HTTP_STATUS");
        await refused(brine, () => brine.load(new Response(bytes, { status: 206 })), "HTTP_RANGE");
        await refused(brine, () => brine.load(new Response(bytes, { headers: { "Content-Length": "5" } })), "HTTP_LENGTH");
        const used = new Response(bytes);
        await used.arrayBuffer();
        await refused(brine, () => brine.load(used), "STREAM_KIND");
        const strings = new ReadableStream({ start: (to) => (to.enqueue("text"), to.close()) });
        await refused(brine, () => brine.load(strings as ReadableStream<Uint8Array>), "STREAM_KIND"); // what a JavaScript user can give
        const broken = new ReadableStream<Uint8Array>({ pull: (to) => to.error(new RangeError("gone")) });
        const error = await thrown(() => brine.load(broken));
        same(/gone/.test(String(error)), true, String(error));
        await refused(brine, () => brine.load("ftp://127.0.0.1/a.pt"), "SOURCE_KIND");
        await refused(brine, () => brine.openHttp("file:///a.pt"), "SOURCE_KIND");
      },
    },
    { name: "an address where nothing is", run: async () => void await refused(brine, () => brine.load(`${files}missing.pt`), "HTTP_STATUS") },
    {
      name: "what takes a promise is refused by the synchronous functions, which name load",
      run: async () => {
        for (const like of [new Blob([bytes]), new Response(bytes), new Blob([bytes]).stream(), "http://127.0.0.1:9/a.pt"]) {
          const { message } = await refused(brine, () => brine.loadSync(like as SyncSourceLike)); // what a JavaScript user can write
          same(/use load/.test(message), true, message);
        }
      },
    },
    {
      name: "what is no source is told",
      run: async () => {
        for (const like of [null, undefined, 1, {}, () => 0]) await refused(brine, () => brine.load(like as unknown as SourceLike), "SOURCE_KIND"); // the same
      },
    },
    {
      name: "an abort rejects with its reason, before and while it reads",
      run: async () => {
        const reason = new Error("enough");
        same(await thrown(() => brine.load(bytes, { signal: AbortSignal.abort(reason) })) === reason, true, "aborted before");
        const stop = new AbortController();
        const source = {
          size: bytes.length,
          read: async (offset: number, into: Uint8Array) => {
            stop.abort(reason);
            into.set(bytes.subarray(offset, offset + into.length));
            return Math.min(into.length, bytes.length - offset);
          },
        };
        same(await thrown(() => brine.load(source, { signal: stop.signal })) === reason, true, "aborted while it reads");
      },
    },
  ];
}

/** Paths, where there are files: what is there, what is not, and a file that is written. */
export function pathChecks(brine: Brine, bytes: Uint8Array, { folder, checkpoint, text }: Paths): Check[] {
  return [
    {
      name: "a path that is no checkpoint, that is a folder, that is not there",
      run: async () => {
        for (const call of [brine.load, brine.open, async (path: string) => brine.loadSync(path), async (path: string) => brine.openSync(path)]) {
          await refused(brine, () => call(text), "NOT_A_CHECKPOINT");
          await refused(brine, () => call(folder), "AMBIGUOUS"); // two files, of which neither belongs to the other
          same((await refused(brine, () => call(`${folder}/missing.pt`))) instanceof brine.SourceError, true, "a missing file");
        }
      },
    },
    {
      name: "a file is written and is the same",
      run: async () => {
        const { saveOptions } = await brine.inspect(checkpoint);
        for (const [name, write] of [["saved.pt", brine.save], ["savedSync.pt", brine.saveSync]] as const) {
          await write(brine.loadSync(checkpoint), `${folder}/${name}`, saveOptions ?? {});
          const again = await brine.load(`${folder}/${name}`);
          sameBytes(await brine.save(again, undefined, saveOptions ?? {}), bytes, name);
        }
      },
    },
  ];
}

/** Paths, where there are no files: an error with a type for each way to give one. */
export function noPathChecks(brine: Brine): Check[] {
  return [{
    name: "a path is an error with a type, since there are no files",
    run: async () => {
      for (const like of ["model.pth", "/model.pth", new URL("file:///model.pth")]) {
        for (const call of [brine.load, brine.open, brine.inspect, async (path: string | URL) => brine.loadSync(path)]) await refused(brine, () => call(like), "NO_FILES");
        await refused(brine, () => brine.save({ x: 1 }, like), "NO_FILES");
        await refused(brine, () => brine.saveSync({ x: 1 }, like), "NO_FILES");
      }
    },
  }];
}
