// `brine inspect`: what a file is. With --json, the document that PyTorch itself is asked for when the two are compared.
import { describe } from "../checkpoint/describe.js";
import { describeScript } from "../checkpoint/describe_script.js";
import { inspect, type InspectedShard } from "../checkpoint/inspect.js";
import { documentPieces, type Json, type JsonObject } from "../checkpoint/json.js";
import { load } from "../checkpoint/load.js";
import type { CheckpointFile } from "../checkpoint/checkpoint_file.js";
import { open } from "../checkpoint/open.js";
import type { Script } from "../checkpoint/script_file.js";
import type { OpenOptions } from "../checkpoint/options.js";
import { BrineError, SourceError, UnsupportedError } from "../core/errors.js";
import { printGlobals, printMembers } from "./inspect_names.js";
import { printable, type Output } from "./output.js";
import type { Where } from "./where.js";
import { bytesText, counted, Table } from "./table.js";

/** Keys of the document that get a line for each row. */
const ROWS: ReadonlySet<string> = new Set(["tensors", "storages"]);

/** Inspects a file; answers 1 where its content is damaged, with what was seen up to there printed. */
export async function inspectFile(
  file: string, options: { readonly json: boolean; readonly hashes: boolean; readonly where: Where }, out: Output,
): Promise<number> {
  const { hashes, where } = options;
  return options.json ? await printJson(file, hashes, where, out) : await printReport(file, hashes, where, out);
}

async function printJson(file: string, hashes: boolean, where: Where, out: Output): Promise<number> {
  let document: JsonObject;
  let code = 0;
  try {
    document = await documentOf(file, hashes, where);
  } catch (error) {
    if (!(error instanceof BrineError) || error instanceof SourceError) throw error;
    const seen = await inspect(file, where);
    const fault = seen.fault ?? { code: error.code, message: error.message, offset: error.offset ?? null };
    document = {
      container: seen.container,
      records: seen.records.map(({ name, size, method }): Json => [name, size, method]),
      globals: seen.globals.map(({ module, name }) => `${module}.${name}`),
      fault: { code: fault.code, message: fault.message, offset: fault.offset },
    };
    code = 1;
  }
  for (const piece of documentPieces(document, ROWS)) {
    out.add(piece);
    if (out.full) await out.flush();
  }
  await out.flush();
  return code;
}

/** Up to this many bytes of storages are read in a few merged reads, and held; more are read one storage after the other. */
const AT_ONCE = 1 << 30;

/** The document of a whole file, opened with these options. */
export async function documentOf(file: Parameters<typeof open>[0], hashes: boolean, options: OpenOptions = {}): Promise<JsonObject> {
  try {
    return await documentIn(file, hashes, options);
  } catch (error) {
    // Python 2's strs of arrays are no text. Nothing is refused here, so they are read as what keeps every byte.
    if (options.encoding !== undefined || !(error instanceof BrineError) || error.code !== "ENCODING") throw error;
    return await documentIn(file, hashes, { ...options, encoding: "latin1" });
  }
}

async function documentIn(file: Parameters<typeof open>[0], hashes: boolean, options: OpenOptions): Promise<JsonObject> {
  const checkpoint = await open(file, options);
  try {
    await checkpoint.openAll();
    const { container, globals, records } = checkpoint;
    const merged = hashes && checkpoint.size <= AT_ONCE;
    const root = merged ? await load(file, { ...options, weightsOnly: false }) : checkpoint.root();
    const description = describe({ root, globals, records, container });
    if (hashes) await description.hash();
    const script = await scriptOf(checkpoint);
    if (script !== null) description.document["jit"] = await describeScript(script, hashes);
    return description.document;
  } finally {
    await checkpoint.close();
  }
}

/** The script of TorchScript; null of anything else, and of a pickle that holds no module. */
async function scriptOf(checkpoint: CheckpointFile): Promise<Script | null> {
  try {
    return await checkpoint.script();
  } catch (error) {
    if (error instanceof UnsupportedError) return null;
    throw error;
  }
}

async function printReport(file: string, hashes: boolean, where: Where, out: Output): Promise<number> {
  const seen = await inspect(file, where);
  const title = (text: string): string => out.style(text, "bold");
  out.add(`${title("file")}        ${printable(file)}, ${bytesText(seen.size)}\n`);
  out.add(`${title("container")}   ${seen.container}\n`);
  if (seen.end !== null && seen.end !== seen.size) out.add(`${title("end")}         byte ${seen.end}, ${bytesText(seen.size - seen.end)} follow\n`);
  if (seen.shards.length > 0) printShards(seen.shards, title("files"), out);
  if (seen.records.length > 0) out.add(`${title("records")}     ${counted(seen.records.length, "record")}\n`);
  const bytes = seen.storages.reduce((sum, { nbytes }) => sum + nbytes, 0);
  out.add(`${title("tensors")}     ${counted(seen.tensors.length, "tensor")} in ${counted(seen.storages.length, "storage")}, ${bytesText(bytes)}\n`);
  if (seen.saveOptions !== null && Object.keys(seen.saveOptions).length > 0) {
    const written = Object.entries(seen.saveOptions).map(([name, value]) => `${name} ${printable(JSON.stringify(value) ?? "")}`);
    out.add(`${title("written as")}  ${written.join(", ")}\n`);
  }
  printGlobals(seen, out);
  if (seen.fault !== null) {
    const { code, message, offset } = seen.fault;
    out.add(`${out.style("fault", "red")}       [${code}] ${printable(message)}${offset === null ? "" : ` (byte ${offset})`}\n`);
  }
  printMembers(seen, out);
  await out.flush();
  if (hashes && seen.fault === null) await printHashes(file, where, out);
  return seen.fault === null ? 0 : 1;
}

/** A line for each file of a checkpoint in several. */
function printShards(shards: readonly InspectedShard[], title: string, out: Output): void {
  const table = new Table([
    { title: "", align: "left", most: 72 }, { title: "", align: "right", most: 16 }, { title: "", align: "right", most: 16 }, { title: "", align: "left", most: 16 },
  ]);
  const rows = shards.map(({ name, inspection: { size, tensors, fault, verdict } }) => [
    printable(name), bytesText(size), counted(tensors.length, "tensor"), fault === null ? verdict : `[${fault.code}]`,
  ]);
  for (const row of rows) table.measure(row);
  out.add(`${title}       ${shards.length}\n`);
  for (const row of rows) out.add(`  ${table.row(row)}\n`);
}

async function printHashes(file: string, where: Where, out: Output): Promise<void> {
  const { tensors } = await documentOf(file, true, where);
  const table = new Table([
    { title: "path", align: "left", most: 72 }, { title: "dtype", align: "left", most: 24 },
    { title: "bytes", align: "right", most: 16 }, { title: "sha256", align: "left", most: 64 },
  ]);
  const rows = (tensors as JsonObject[]).map(({ path, dtype, nbytes, sha256 }) => [
    printable(path as string), (dtype as string).replace("torch.", ""), String(nbytes), sha256 as string, // as describe makes them
  ]);
  for (const row of rows) table.measure(row);
  if (rows.length > 0) out.add(out.style(table.head, "bold") + "\n");
  for (const row of rows) {
    out.add(table.row(row) + "\n");
    if (out.full) await out.flush();
  }
  await out.flush();
}
