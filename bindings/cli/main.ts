#!/usr/bin/env node
// The `brine` command: what a checkpoint holds, and the same checkpoint written again.
import { readFileSync } from "node:fs";
import { parseArgs, type ParseArgsConfig } from "node:util";
import { convert, isSafetensorsName } from "./convert.js";
import { inspectFile } from "./inspect.js";
import { ls } from "./ls.js";
import type { Where } from "./where.js";
import { errorLine, Output } from "./output.js";

const HELP = `Usage: brine <command> [options]

  brine ls FILE                 list the tensors: name, dtype, shape, size, and where memory is shared
  brine inspect FILE            what the file is, what its pickle names, and what is in it
  brine convert IN OUT          load IN and save it as OUT in the way IN was saved; as safetensors where OUT ends in .safetensors

FILE and IN are paths (of a checkpoint in several files its index or its folder), or addresses that begin with http:// or https://

Options
  ls       --json               one JSON object for each tensor
  inspect  --json               the whole structure as JSON, in the schema of PyTorch's own description
           --hashes             with SHA-256 and first elements of every tensor (reads all bytes)
  convert  --flatten            into safetensors: the tensors alone, by the names that ls gives
           --copy               into safetensors: each of the tensors that share memory by itself

Options of every command
  --offset N                    the checkpoint begins at byte N of FILE or IN
  --member NAME                 the checkpoint of that name inside a zip
  --encoding NAME               how Python 2's strs are read: utf-8, ascii, latin1, bytes
  -h, --help                    this text
  -V, --version                 the version

Nothing in a file is ever run: classes that brine does not know stay inert.
`;

/** The arguments are not those of any command. */
class UsageError extends Error {}

interface Command {
  readonly options: ParseArgsConfig["options"];
  readonly operands: readonly string[];
  run(operands: readonly string[], flags: ReadonlySet<string>, out: Output, where: Where): Promise<number>;
}

const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ["ls", {
    options: { json: { type: "boolean" } },
    operands: ["FILE"],
    run: ([file], flags, out, where) => ls(file, { json: flags.has("json"), where }, out),
  }],
  ["inspect", {
    options: { json: { type: "boolean" }, hashes: { type: "boolean" } },
    operands: ["FILE"],
    run: ([file], flags, out, where) => inspectFile(file, { json: flags.has("json"), hashes: flags.has("hashes"), where }, out),
  }],
  ["convert", {
    options: { flatten: { type: "boolean" }, copy: { type: "boolean" } },
    operands: ["IN", "OUT"],
    run: async ([from, to], flags, out, where) => {
      for (const flag of flags) if (!isSafetensorsName(to)) throw new UsageError(`--${flag} is for safetensors, and "${to}" does not end in .safetensors`);
      if (/\.index\.json$/i.test(to)) throw new UsageError(`"${to}" is the name of an index, and one file is written`);
      return convert(from, to, { flatten: flags.has("flatten"), copy: flags.has("copy") }, where, out);
    },
  }],
]);

/** What a shell calls the end of a command that was interrupted: 128 and the number of SIGINT. */
const INTERRUPTED = 130;
/** Milliseconds that an interrupted command has to clean up. */
const GRACE = 3000;

/** Runs the command that the arguments say; answers the exit code: 0 done, 1 failed, 2 the arguments make no sense. */
async function main(argv: readonly string[], out: Output, signal: AbortSignal): Promise<number> {
  try {
    const [name, ...rest] = argv;
    if (argv.includes("--help") || argv.includes("-h")) return await out.write(HELP), 0;
    if (name === "--version" || name === "-V") return await out.write(`brine ${version()}\n`), 0;
    if (name === undefined) throw new UsageError("No command given");
    const command = COMMANDS.get(name);
    if (command === undefined) throw new UsageError(`Unknown command "${name}"`);
    const { operands, flags, where } = parse(name, command, rest);
    return await command.run(operands, flags, out, { ...where, signal, onProgress: out.onProgress });
  } catch (error) {
    if (signal.aborted) return INTERRUPTED;
    if (error instanceof UsageError) {
      out.error(`brine: ${error.message}. Run "brine --help" for what there is`);
      return 2;
    }
    out.error(errorLine(error));
    return 1;
  } finally {
    out.settle();
  }
}

const TEXT = { type: "string" } as const;

function parse(name: string, command: Command, args: string[]): { operands: string[]; flags: Set<string>; where: Where } {
  let parsed: { values: Record<string, unknown>; positionals: string[] };
  try {
    parsed = parseArgs({ args, options: { ...command.options, offset: TEXT, member: TEXT, encoding: TEXT }, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError((error as Error).message.replace(/\.[^]*$/, "")); // parseArgs throws nothing but Errors
  }
  const wanted = command.operands.length;
  if (parsed.positionals.length !== wanted) {
    throw new UsageError(`brine ${name} takes ${command.operands.join(" ")}, found ${parsed.positionals.length} of ${wanted}`);
  }
  const { offset, member, encoding, ...flags } = parsed.values as { offset?: string; member?: string; encoding?: string }; // as TEXT says
  if (offset !== undefined && !/^\d{1,15}$/.test(offset)) throw new UsageError(`--offset takes a number of bytes, found "${offset}"`);
  const where = { offset: Number(offset ?? 0), ...(member === undefined ? {} : { member }), ...(encoding === undefined ? {} : { encoding }) };
  return { operands: parsed.positionals, flags: new Set(Object.keys(flags)), where };
}

function version(): string {
  const manifest = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { readonly version: string }).version;
}

const interrupted = new AbortController();
// Once: the work is given up, and what was half written is taken away. A second time the system ends it as ever.
process.once("SIGINT", () => {
  interrupted.abort();
  setTimeout(() => process.exit(INTERRUPTED), GRACE).unref();
});

void main(process.argv.slice(2), new Output(process.stdout, process.stderr), interrupted.signal).then((code) => {
  process.exitCode = code;
});
