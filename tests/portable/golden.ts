// The golden files: files that real PyTorch wrote. In each brine sees what PyTorch sees, by the same judge as everywhere, and
// what it loads it saves again as the same bytes.
import type { JsonObject } from "../../bindings/checkpoint/json.js";
import { sameBytes, type Check } from "./check.js";
import { compareDocuments } from "./compare.js";
import { parseJson } from "./expect-json.js";
import type { Packed } from "./packed.js";
import { notWrittenYet, type Saved } from "./written.js";

interface Entry extends Saved {
  readonly name: string;
  readonly file: string;
  readonly expect?: string;
}

/** Two checks for each golden file that the manifest at this address names. */
export async function goldenChecks(packed: Packed, golden: string): Promise<Check[]> {
  const manifest = JSON.parse(await (await got(`${golden}manifest.json`)).text()) as { readonly files: readonly Entry[] }; // its form is checked with the fixtures'
  if (manifest.files.length === 0) throw new Error("The golden folder is empty");
  return manifest.files.flatMap((entry): Check[] => [
    {
      name: `golden ${entry.name}: PyTorch's description`,
      skip: entry.expect === undefined ? "PyTorch gives no description" : undefined,
      run: async () => {
        const bytes = await bytesAt(golden + entry.file);
        const expected = parseJson(await (await got(`${golden}${entry.expect}`)).text()) as JsonObject; // as its schema says
        const found = parseJson(await documentText(packed, bytes)) as JsonObject; // as describe makes it
        const [first] = compareDocuments(expected, found, 1);
        if (first !== undefined) throw new Error(`${first.path}: expected ${first.expected}, found ${first.found}`);
      },
    },
    {
      name: `golden ${entry.name}: the same bytes`,
      skip: notWrittenYet(entry),
      run: async () => {
        const { brine } = packed;
        const bytes = await bytesAt(golden + entry.file);
        const file = await brine.open(bytes);
        const { saveOptions } = file;
        await file.close();
        sameBytes(await brine.save(await brine.load(bytes, { weightsOnly: false }), undefined, saveOptions), bytes, "saved again");
      },
    },
  ]);
}

async function documentText({ brine, describe, documentPieces }: Packed, bytes: Uint8Array): Promise<string> {
  const file = await brine.open(bytes);
  try {
    const { globals, records, container } = file;
    const description = describe({ root: await brine.load(bytes, { weightsOnly: false }), globals, records, container });
    await description.hash();
    return [...documentPieces(description.document, new Set())].join("");
  } finally {
    await file.close();
  }
}

/** The answer at an address, which has to be there. */
export async function got(address: string): Promise<Response> {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer;
}

/** The bytes at an address. */
export async function bytesAt(address: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await got(address)).arrayBuffer());
}
