// A cache around an address: what was read once is not asked for again, whatever keeps it. Memory everywhere; where the
// platform has them, its own caches and files.
import type { CheckpointFile } from "../../bindings/index.js";
import { bytesOf, same, sameBytes, type Check } from "./check.js";
import type { Packed, Platform } from "./packed.js";

/** `bytes` are those of `large.pt`. */
export function cacheChecks({ brine }: Packed, { files, stores = new Map() }: Platform, bytes: Uint8Array<ArrayBuffer>): Check[] {
  const address = `${files}made/large.pt`;
  const sent = async (): Promise<number> => Number(await (await fetch(`${files}sent/large.pt`)).text());
  const kinds: Required<Platform>["stores"] = new Map([["memory", async () => brine.memoryStore(64 << 20)], ...stores]);
  return [...kinds].map(([kind, make]): Check => ({
    name: `a cache in ${kind} keeps what was read, and gives it to the next one who opens the file`,
    run: async () => {
      const store = await make(brine);
      const opened = async (): Promise<CheckpointFile> => brine.open(brine.cacheSource(await brine.openHttp(address), store));
      const expected = bytesOf((await (await brine.open(bytes)).read("layer.7")).data);
      const first = await opened();
      sameBytes(bytesOf((await first.read("layer.7")).data), expected, "the first time");
      await first.close();
      const before = await sent();
      const second = await opened(); // one request, which tells the version
      const probed = await sent();
      sameBytes(bytesOf((await second.read("layer.7")).data), expected, "the second time");
      sameBytes(bytesOf((await second.read("layer.7", { slice: [5, 50] })).data), expected.subarray(5000, 50_000), "a part of it");
      same(await sent() - probed, 0, "bytes that were sent again");
      same(probed - before <= 65_664, true, `${probed - before} bytes to open it again`);
      sameBytes(bytesOf((await second.read("layer.8")).data), bytesOf((await (await brine.open(bytes)).read("layer.8")).data), "what was not read yet");
      same(await sent() > probed, true, "something was sent for that");
      await second.close();
    },
  }));
}
