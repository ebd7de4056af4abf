// Work that is watched, and work that is given up: in every phase news that add up, and an abort that rejects with its reason.
import type { ProgressEvent, SourceLike, Tensor } from "../../bindings/index.js";
import { same, thrown, type Check } from "./check.js";
import type { Packed, Platform } from "./packed.js";

/** Holds news against what is promised of them; answers the phases in their order. */
function phasesOf(seen: readonly ProgressEvent[]): string {
  const phases: string[] = [];
  let before: ProgressEvent | undefined;
  for (const event of seen) {
    const { phase, loaded, total } = event;
    if (phase === before?.phase) same(loaded >= before.loaded && total === before.total, true, `${phase} counts up to its total`);
    else {
      same(loaded, 0, `${phase} begins`);
      phases.push(phase);
      if (before !== undefined && before.total !== null) same(before.loaded, before.total, `${before.phase} ends`);
    }
    same(total === null || loaded <= total, true, `${loaded} of ${total}`);
    before = event;
  }
  if (before?.total !== null) same(before?.loaded, before?.total, "the end");
  return phases.join();
}

/** `bytes` are those of `large.pt`. */
export function watchedChecks({ brine }: Packed, { files }: Platform, bytes: Uint8Array<ArrayBuffer>): Check[] {
  const address = `${files}made/large.pt`;
  const names = new Set(Array.from(brine.openSync(bytes).tensors(), ({ name }) => name));
  const places: readonly (readonly [name: string, like: () => SourceLike])[] = [
    ["bytes", () => bytes], ["a Blob", () => new Blob([bytes])], ["an address", () => address], ["a stream", () => new Blob([bytes]).stream()],
  ];
  const reason = new Error("enough");
  /** Aborts at the first news of this phase. */
  const until = (phase: string): { readonly signal: AbortSignal; readonly onProgress: (event: ProgressEvent) => void } => {
    const stop = new AbortController();
    return { signal: stop.signal, onProgress: (event) => event.phase === phase && stop.abort(reason) };
  };
  return [
    {
      name: "onProgress: load tells of open, read and build, save of write, each to its end",
      run: async () => {
        for (const [where, like] of places) {
          const seen: ProgressEvent[] = [];
          await brine.load(like(), { onProgress: (event) => seen.push(event) });
          same(phasesOf(seen), "open,read,build", where);
          const read = seen.filter(({ phase }) => phase === "read");
          same(Number(read[0].total) >= 4_000_000 && Number(read[0].total) <= bytes.length, true, `total of ${where}`);
          for (const { tensor } of read) same(tensor === null || names.has(tensor), true, `a tensor called ${tensor}`);
          same(seen.at(-1)?.total ?? undefined, 20, "tensors");
        }
        const seen: ProgressEvent[] = [];
        await brine.save(brine.loadSync(bytes), undefined, { onProgress: (event) => seen.push(event) });
        same(phasesOf(seen), "write", "save");
      },
    },
    {
      name: "onProgress: read, readAll and stream tell what they read",
      run: async () => {
        for (const [where, like] of places) {
          const seen: ProgressEvent[] = [];
          const onProgress = (event: ProgressEvent): void => void seen.push(event);
          const file = await brine.open(like());
          await file.read("layer.3", { onProgress });
          same(phasesOf(seen.splice(0)), "read", `read of ${where}`);
          await file.readAll({ keys: ["layer.3", "layer.5"], onProgress });
          same(Number(seen.at(-1)?.total) >= 400_000, true, `bytes of two tensors from ${where}`);
          same(phasesOf(seen.splice(0)), "read", `readAll of ${where}`);
          await file.close();
          const stream: AsyncIterable<[string, Tensor]> = brine.stream(like(), { onProgress });
          for await (const [name] of stream) same(names.has(name), true, name);
          same(phasesOf(seen), "open,read", `stream of ${where}`);
        }
      },
    },
    ...places.map(([where, like]): Check => ({
      name: `signal: an abort while load, open, read, readAll or stream is at work on ${where} rejects with its reason`,
      run: async () => {
        for (const phase of ["open", "read", "build"]) same(await thrown(() => brine.load(like(), until(phase))) === reason, true, `load, in ${phase}`);
        same(await thrown(() => brine.open(like(), until("open"))) === reason, true, "open");
        const file = await brine.open(like());
        same(await thrown(() => file.read("layer.3", until("read"))) === reason, true, "read");
        same(await thrown(() => file.readAll(until("read"))) === reason, true, "readAll");
        await file.close();
        same(await thrown(async () => {
          for await (const [name] of brine.stream(like(), until("read"))) same(names.has(name), true, name);
        }) === reason, true, "stream");
      },
    })),
    {
      name: "signal: an abort while save is at work rejects with its reason",
      run: async () => {
        same(await thrown(() => brine.save(brine.loadSync(bytes), undefined, until("write"))) === reason, true, "save");
      },
    },
    {
      name: "signal: an abort does not wait for a server that stalls",
      run: async () => {
        for (const attempt of [brine.load, brine.open, brine.inspect]) {
          const stop = new AbortController();
          setTimeout(() => stop.abort(reason), 20);
          same(await thrown(() => attempt(`${files}stalling/large.pt`, { signal: stop.signal })) === reason, true, attempt.name);
        }
      },
    },
  ];
}
