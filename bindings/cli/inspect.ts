// `brine inspect`: what a file is. With --json, the document that PyTorch itself is asked for when the two are compared.
import { describe } from "../checkpoint/describe.js";
import { inspect } from "../checkpoint/inspect.js";
import { documentPieces, type Json, type JsonObject } from "../checkpoint/json.js";
import { load } from "../checkpoint/load.js";
import { open } from "../checkpoint/open.js";
import { BrineError, SourceError } from "../core/errors.js";
import { printGlobals, printMembers } from "./inspect_names.js";
import { printable, type Output } from "./output.js";
import { bytesText, counted, Table } from "./table.js";

/** Keys of the document that get a line for each row. */
const ROWS: ReadonlySet<string> = new Set(["tensors", "storages"]);

/** Inspects a file; answers 1 where its content is damaged, with what was seen up to there printed. */
export async function inspectFile(
  file: string, options: { readonly json: boolean; readonly hashes: boolean }, out: Output,
): Promise<number> {
  return options.json ? await printJson(file, options.hashes, out) : await printReport(file, options.hashes, out);
}

async function printJson(file: string, hashes: boolean, out: Output): Promise<number> {
  let document: JsonObject;
  let code = 0;
  try {
    document = await documentOf(file, hashes);
  } catch (error) {
    if (!(error instanceof BrineError) || error instanceof SourceError) throw error;
    const seen = await inspect(file);
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

/** The document of a whole file. `encoding` is that of Python 2's strs. */
export async function documentOf(file: string, hashes: boolean, encoding: "utf-8" | "latin1" = "utf-8"): Promise<JsonObject> {
  const checkpoint = await open(file, { encoding });
  try {
    const { container, globals, records } = checkpoint;
    const merged = hashes && checkpoint.size <= AT_ONCE;
    const root = merged ? await load(file, { weightsOnly: false, encoding }) : checkpoint.root();
    const description = describe({ root, globals, records, container });
    if (hashes) await description.hash();
    return description.document;
  } finally {
    await checkpoint.close();
  }
}

async function printReport(file: string, hashes: boolean, out: Output): Promise<number> {
  const seen = await inspect(file);
  const title = (text: string): string => out.style(text, "bold");
  out.add(`${title("file")}        ${printable(file)}, ${bytesText(seen.size)}\n`);
  out.add(`${title("container")}   ${seen.container}\n`);
  out.add(`${title("records")}     ${counted(seen.records.length, "record")}\n`);
  const bytes = seen.storages.reduce((sum, { nbytes }) => sum + nbytes, 0);
  out.add(`${title("tensors")}     ${counted(seen.tensors.length, "tensor")} in ${counted(seen.storages.length, "storage")}, ${bytesText(bytes)}\n`);
  if (seen.saveOptions !== null) {
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
  if (hashes && seen.fault === null) await printHashes(file, out);
  return seen.fault === null ? 0 : 1;
}

async function printHashes(file: string, out: Output): Promise<void> {
  const { tensors } = await documentOf(file, true);
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
