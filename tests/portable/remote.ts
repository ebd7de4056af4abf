// A file behind HTTP, with the platform's own fetch: how little is asked for, and that a server that does otherwise than it
// says never yields a wrong tensor. tests/http.test.ts asks more, on Node alone.
import type { BrineError } from "../../bindings/index.js";
import { bytesOf, same, sameBytes, thrown, type Check } from "./check.js";
import type { Packed, Platform } from "./packed.js";

/** Beyond what is wanted: the description, and a head that is read to learn what the file is. */
const BEYOND = 131_072 + 4096;

/** What a server does, and what has to come of it: codes, or the value where there are none. */
const SERVERS: readonly (readonly [doing: string, says: string, codes?: readonly string[]])[] = [
  ["unranged", "gives the whole file for a range"],
  ["packed", "gives the whole file packed by gzip"], // browsers take no such answer where a range was asked for
  ["moved", "sends elsewhere"],
  ["chunked", "gives ranges without a Content-Length"],
  ["changing", "has another version each time", ["HTTP_CHANGED"]],
  ["growing", "has another size later", ["HTTP_CHANGED"]],
  ["shifted", "gives another range", ["HTTP_RANGE"]],
  ["bare", "gives a part and does not say which", ["HTTP_RANGE"]],
  ["short", "gives less than it says", ["HTTP_LENGTH", "HTTP_LOST"]], // some platforms hold bodies to their length themselves
  ["dropping", "drops the connection", ["HTTP_LOST", "HTTP_LENGTH"]],
  ["failing", "fails", ["HTTP_STATUS"]],
];

/** `bytes` are those of `large.pt`: tensors of 200,000 bytes and more of them than a server should be asked for. */
export function remoteChecks({ brine }: Packed, { files }: Platform, bytes: Uint8Array): Check[] {
  const sent = async (): Promise<number> => Number(await (await fetch(`${files}sent/large.pt`)).text());
  return [
    {
      name: "open of an address moves little more than the description, and read what it reads",
      run: async () => {
        const before = await sent();
        const file = await brine.open(`${files}made/large.pt`);
        const opened = await sent();
        same(opened - before <= BEYOND, true, `${opened - before} bytes to open`);
        const info = [...file.tensors()].at(-3);
        if (info === undefined) throw new Error("The file has no tensors");
        const { data } = await file.read(info.name);
        const moved = await sent() - opened;
        same(moved <= info.nbytes * 1.02, true, `${moved} bytes for ${info.nbytes}`);
        const local = await (await brine.open(bytes)).read(info.name);
        sameBytes(bytesOf(data), bytesOf(local.data), info.name);
        await file.close();
      },
    },
    ...SERVERS.map(([doing, says, codes]): Check => ({
      name: codes === undefined ? `a server that ${says} gives the file` : `a server that ${says} is an error: ${codes.join(" or ")}`,
      run: async () => {
        const load = async (): Promise<unknown> => brine.load(await brine.openHttp(`${files}${doing}/large.pt`, { retries: 0 }));
        if (codes === undefined) {
          sameBytes(await brine.save(await load(), undefined, (await brine.open(bytes)).saveOptions), bytes, "loaded and saved again");
          return;
        }
        const error = await thrown(load);
        same(error instanceof brine.BrineError && codes.includes((error as BrineError).code), true, String(error)); // it is one
      },
    })),
  ];
}
