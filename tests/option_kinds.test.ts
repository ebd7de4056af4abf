// Whatever JavaScript gives as an option: it is taken for what it is, or refused with an error of brine's that tells of it. Every public
// function that has options, every option of it, and values of every kind.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ArgumentError, BrineError, cacheSource, Dict, getUnsafeGlobals, inspect, load, loadSync, memoryStore, open, openHttp, openSync, save, saveSync, stream, tensor,
  type CheckpointFile, type Source,
} from "../bindings/index.js";

const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();

/** Values of every kind, by what is said of each. */
const VALUES: Readonly<Record<string, unknown>> = {
  null: null, one: 1, text: "x", object: {}, array: [], function: () => undefined, symbol: Symbol("s"), nan: NaN, negative: -1, half: 1.5, true: true, bigint: 10n,
  "object of a symbol": { x: Symbol("s") }, "array of null": [null], "revoked proxy": revoked,
};

/** Those values that an option takes, or looks at closer elsewhere. */
const TAKEN: Readonly<Record<string, readonly string[]>> = {
  limits: ["object"], signal: [], onProgress: ["function"], offset: ["one"], fetch: ["function"], headers: ["object"], encoding: [], member: ["text"], mmap: ["true"],
  chunks: ["true"], checkCrc32: ["true"], weightsOnly: ["true"], pickleModule: ["null"], devices: ["array"],
  mapLocation: ["null", "text", "object", "function", "object of a symbol"],
  slice: ["array", "array of null"], keys: ["array", "array of null"], filter: ["function"],
  arrived: ["function"], retries: ["one"], timeout: ["one", "half"], maxBuffered: ["one", "half"], block: ["one"], key: ["text"],
  format: [], metadata: [], sharedTensors: [], pickleProtocol: [], torchVersion: [], pythonVersion: ["text"], folder: ["text"], storageAlignment: ["one"],
  computeCrc32: ["true"], byteorder: [], byteorderRecord: [], skipData: [], keysOfSave: [], sources: [],
};

const RUN = ["signal", "onProgress"];
const SOURCE = ["limits", ...RUN, "offset", "fetch", "headers"];
const OPEN = [...SOURCE, "encoding", "member", "mmap"];
const LOAD = [...OPEN, "mapLocation", "weightsOnly", "pickleModule", "devices", "checkCrc32"];
const SAVE = [
  "format", "metadata", "sharedTensors", "pickleProtocol", "torchVersion", "pythonVersion", "folder", "storageAlignment", "computeCrc32", "byteorder", "byteorderRecord",
  "skipData", "keys", "sources", "pickleModule",
];

const value = { x: tensor([1, 2, 3]), y: tensor([[0.5]]) };
const bytes = saveSync(value);
const safetensors = saveSync(value, undefined, { format: "safetensors" });
const far: Source = { size: bytes.length, version: "1", read: (at, into) => (into.set(bytes.subarray(at, at + into.length)), Math.min(into.length, bytes.length - at)) };
const served = async (_: string, { headers }: RequestInit): Promise<Response> => {
  const range = new Headers(headers).get("range");
  return range === null ? new Response(bytes) : new Response(bytes, { status: 206, headers: { "Content-Range": `bytes 0-${bytes.length - 1}/${bytes.length}` } });
};

/** Reads all of what an iteration gives. */
async function drained(all: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of all);
}

type Call = (options: never) => unknown;
const withFile = (from: Uint8Array | Uint8Array[], work: (file: CheckpointFile, options: never) => unknown): Call => async (options) => {
  const file = await open(from);
  try {
    return await work(file, options);
  } finally {
    await file.close();
  }
};

/** The functions, and the names of their options. */
const CALLS: readonly (readonly [name: string, options: readonly string[], call: Call])[] = [
  ["load", LOAD, (options) => load(bytes, options)],
  ["load of several", LOAD.filter((name) => name !== "offset" && name !== "member"), (options) => load([bytes], options)],
  ["load of a stream", LOAD, (options) => load(new Blob([bytes]).stream(), options)],
  ["loadSync", LOAD, (options) => loadSync(bytes, options)],
  ["open", OPEN, async (options) => (await open(bytes, options)).close()],
  ["openSync", OPEN, (options) => openSync(bytes, options).close()],
  ["inspect", OPEN, (options) => inspect(bytes, options)],
  ["getUnsafeGlobals", OPEN, (options) => getUnsafeGlobals(bytes, options)],
  ["stream", [...SOURCE, "chunks", "checkCrc32"], (options) => drained(stream(bytes, options))],
  ["save", [...SAVE, ...RUN], (options) => save(value, undefined, options)],
  ["saveSync", SAVE, (options) => saveSync(value, undefined, options)],
  ["openHttp", ["fetch", "headers", "signal", "arrived", "retries", "timeout", "maxBuffered"], (options) => openHttp("http://127.0.0.1:1/", options)],
  ["cacheSource", ["block", "key"], (options) => cacheSource(far, memoryStore(10), options).read(0, new Uint8Array(8))],
  ...[bytes, safetensors, [bytes]].flatMap((from, i): (typeof CALLS)[number][] => {
    const of = ["", " of safetensors", " of several"][i];
    return [
      [`read${of}`, ["slice", ...RUN], withFile(from, (file, options) => file.read("x", options))],
      [`readAll${of}`, ["keys", "filter", ...RUN], withFile(from, (file, options) => file.readAll(options))],
      [`openAll${of}`, ["signal"], withFile(from, (file, options) => file.openAll(options))],
    ];
  }),
  ["readRecord", ["signal"], withFile(bytes, (file, options) => file.readRecord("data.pkl", options))],
];

/** What a call comes to: an error of brine's, or undefined where it was done. Any other error is a failure. */
async function outcome(what: string, work: () => unknown): Promise<BrineError | undefined> {
  try {
    await work();
    return undefined;
  } catch (cause) {
    assert.ok(cause instanceof BrineError, `${what}: ${cause instanceof Error ? cause.stack : String(cause)}`);
    return cause;
  }
}

for (const [name, options, call] of CALLS) {
  test(`${name}: an option of another kind is refused by its name`, async () => {
    for (const option of options) {
      const taken = TAKEN[name.startsWith("save") && option === "keys" ? "keysOfSave" : option];
      assert.ok(taken !== undefined, option);
      for (const [kind, given] of Object.entries(VALUES)) {
        const more = name === "openHttp" ? { fetch: served, retries: 0 } : {};
        const error = await outcome(`${name} ${option} ${kind}`, () => call({ ...more, [option]: given } as never)); // what a JavaScript user can write
        if (taken.includes(kind)) continue;
        assert.ok(error !== undefined, `${name} ${option} ${kind} is ignored`);
        const codes = option === "mapLocation" ? ["OPTION", "MAP_LOCATION"] : option === "slice" ? ["OPTION", "SLICE"] : option === "torchVersion" ? ["OPTION", "LAYOUT"] : ["OPTION"];
        assert.ok(codes.includes(error.code), `${name} ${option} ${kind}: ${error.code} ${error.message}`);
        assert.ok(error.message.includes(option) || error.code !== "OPTION" || option === "format" || option === "limits", `${name} ${option} ${kind}: ${error.message}`);
      }
      const more = name === "openHttp" && option !== "fetch" ? { fetch: served } : {};
      if (name !== "openHttp" || option !== "fetch") assert.equal(await outcome(`${name} ${option}`, () => call({ ...more, [option]: undefined } as never)), undefined);
    }
  });

  test(`${name}: options that are no object, or have another name, are refused`, async () => {
    for (const [kind, given] of Object.entries(VALUES)) {
      if (kind === "object") continue;
      const error = await outcome(`${name} ${kind}`, () => call(given as never));
      assert.ok(error instanceof ArgumentError && error.code === "OPTION", `${name} ${kind}: ${String(error)}`);
    }
    const error = await outcome(name, () => call({ sginal: undefined } as never));
    assert.ok(error instanceof ArgumentError && error.code === "OPTION" && error.message.includes("sginal"), name);
  });
}

test("options of a class of the user's are read, and checked, as those of an object", async () => {
  class Mine {
    get weightsOnly(): boolean {
      return true;
    }

    get signal(): unknown {
      return 5;
    }
  }
  await assert.rejects(load(bytes, new Mine() as never), { name: "ArgumentError", code: "OPTION", message: "Option signal of load must be an AbortSignal, found 5" });
  assert.ok(await load(bytes, Object.assign(Object.create(null), { weightsOnly: true })) instanceof Dict);
});

test("an AbortSignal of another make is taken for what it can do", async () => {
  const { signal } = new AbortController();
  const mine = {
    aborted: false, reason: undefined, throwIfAborted: () => signal.throwIfAborted(),
    addEventListener: signal.addEventListener.bind(signal), removeEventListener: signal.removeEventListener.bind(signal),
  };
  assert.ok(await load(bytes, { signal: mine as never }) instanceof Dict);
});

test("the arguments that make a cache, and names of tensors, are held to their kinds too", async () => {
  for (const [kind, given] of Object.entries(VALUES)) {
    await outcome(`memoryStore ${kind}`, () => memoryStore(given as number));
    assert.ok(await outcome(`store ${kind}`, () => cacheSource(far, given as never)) instanceof ArgumentError, kind);
    if (kind === "revoked proxy") continue;
    assert.ok(await outcome(`source ${kind}`, () => cacheSource(given as never, memoryStore(10))) instanceof ArgumentError, kind);
    for (const from of [bytes, safetensors, [bytes]]) {
      if (kind === "text") continue;
      const error = await outcome(`read ${kind}`, () => withFile(from, (file) => file.read(given as never))({} as never));
      assert.equal(error?.code, "NO_TENSOR", kind);
    }
  }
});
