// Files of another origin than the page's. The last bytes of a file may be asked for only with leave that is asked for beforehand;
// the first ones need none.
import { bytesOf, same, sameBytes, type Check } from "../../portable/check.js";
import { refused } from "../../portable/errors.js";
import { bytesAt } from "../../portable/golden.js";
import type { Packed } from "../../portable/packed.js";

/** `elsewhere` is the address of elsewhere.ts's server, `files` that of the suite's. */
export function elsewhereChecks({ brine }: Packed, files: string, elsewhere: string): Check[] {
  const asked = async (folder: string): Promise<string[]> => (await (await fetch(`${elsewhere}asked/${folder}`)).text()).split("\n");
  const opens = async (folder: string): Promise<void> => {
    await asked(folder);
    const file = await brine.open(`${elsewhere}${folder}/large.pt`);
    const expected = await (await brine.open(await bytesAt(`${files}unranged/large.pt`))).read("layer.7");
    sameBytes(bytesOf((await file.read("layer.7")).data), bytesOf(expected.data), "layer.7");
    await file.close();
  };
  return [
    {
      name: "another origin that allows ranges is read by its last bytes",
      run: async () => {
        await opens("open");
        const requests = await asked("open");
        same(requests.slice(0, 2).join(), "OPTIONS all,GET bytes=-65664", "the first requests");
        same(requests.filter((request) => request === "GET all").length, 0, "requests for the whole file");
      },
    },
    {
      name: "another origin that is not asked beforehand is read by its first bytes, and by ranges from then on",
      run: async () => {
        await opens("simple");
        const requests = await asked("simple");
        same(requests.slice(0, 2).join(), "OPTIONS all,GET bytes=0-16383", "the first requests");
        same(requests.slice(1).every((request) => /^GET bytes=\d+-\d+$/.test(request)), true, requests.join());
      },
    },
    {
      name: "another origin that does not show Content-Range is an error that names the header",
      run: async () => {
        const { message } = await refused(brine, () => brine.open(`${elsewhere}hidden/large.pt`), "HTTP_RANGE");
        same(/no Content-Range.*another origin.*expose/.test(message), true, message);
      },
    },
    {
      name: "another origin that packs whatever is asked for gives the whole file",
      run: async () => {
        await opens("packed");
        same((await asked("packed")).filter((request) => request === "GET all").length, 1, "requests for the whole file");
      },
    },
    {
      name: "another origin that allows nothing is an error with a type, after one try more",
      run: async () => {
        await asked("closed");
        const { message } = await refused(brine, () => brine.openHttp(`${elsewhere}closed/large.pt`, { retries: 0 }), "HTTP_LOST");
        same(/^Cannot reach http:.*: ./.test(message), true, message);
        same((await asked("closed")).join(), "OPTIONS all,GET bytes=0-16383,GET all", "requests");
      },
    },
  ];
}
