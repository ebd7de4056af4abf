// What `brine inspect` says of names: those of the pickle that is loaded, those of every other pickle in the file, what is
// odd about the file, and what all of it comes to.
import type { Inspection } from "../checkpoint/inspect.js";
import { printable, type Output, type Style } from "./output.js";
import { counted, Table } from "./table.js";

type Named = Inspection["globals"][number];

const STYLES: Readonly<Record<Named["verdict"] | Inspection["verdict"], Style>> = {
  "plain data": "green", clean: "green", inert: "yellow", incomplete: "yellow", dangerous: "red",
};

const MEANINGS: Readonly<Record<Inspection["verdict"], string>> = {
  clean: "every pickle was read to its end and names plain data alone",
  inert: "names something that is not plain data, and not known to do harm",
  incomplete: "something could not be read, so nobody knows what it names",
  dangerous: "names something that is known to run code; brine runs nothing, other readers might",
};

/** Warnings shown; a hostile file can have one for each record. */
const MOST = 50;

/** Every class and function that the pickle names, and what it means: what torch.load(weights_only=True) refuses is no plain data. */
export function printGlobals(seen: Inspection, out: Output): void {
  const named = seen.globals.filter(({ inPersistentIdOnly }) => !inPersistentIdOnly);
  if (named.length === 0) return;
  const refused = named.filter(({ allowed }) => !allowed).length;
  const verdict = refused === 0 ? "weights-only loading accepts all of them" : `weights-only loading refuses ${refused}`;
  out.add(`${out.style("names", "bold")}       ${named.length === 1 ? "1 class or function" : `${named.length} classes and functions`}; ${out.style(verdict, refused === 0 ? "green" : "yellow")}\n`);
  printNames(named, out);
}

/** The other pickles of the file, the warnings, and the verdict on the whole. */
export function printMembers({ members, warnings, verdict }: Inspection, out: Output): void {
  for (const { record, offset, inBytes, globals, fault } of members.slice(0, MOST)) {
    const place = `${record === null ? "the file" : printable(record)}${offset === null || offset === 0 ? "" : ` at byte ${offset}`}${inBytes ? ", in bytes" : ""}`;
    out.add(`${out.style("pickle", "bold")}      ${place}: ${counted(globals.length, "name")}${fault === null ? "" : `, [${fault.code}] ${printable(fault.message)}`}\n`);
    printNames(globals.filter((global) => global.verdict !== "plain data"), out);
  }
  if (members.length > MOST) out.add(`${out.style("pickle", "bold")}      and ${members.length - MOST} more\n`);
  for (const { code, message } of warnings.slice(0, MOST)) out.add(`${out.style("warning", "yellow")}     [${code}] ${printable(message)}\n`);
  if (warnings.length > MOST) out.add(`${out.style("warning", "yellow")}     and ${warnings.length - MOST} more\n`);
  out.add(`${out.style("verdict", "bold")}     ${out.style(verdict, STYLES[verdict])}: ${MEANINGS[verdict]}\n`);
}

function printNames(named: readonly Named[], out: Output): void {
  const table = new Table([
    { title: "", align: "left", most: 10 }, { title: "", align: "left", most: 80 }, { title: "", align: "left", most: 40 },
  ]);
  const cells = (g: Named): string[] => [g.verdict, printable(`${g.module}.${g.name}`), `${g.opcode} at byte ${g.offset}`];
  for (const g of named) table.measure(cells(g));
  for (const g of named) {
    const row = table.row(cells(g));
    out.add(`  ${g.verdict === "plain data" ? row : out.style(row, STYLES[g.verdict])}\n`);
  }
}
