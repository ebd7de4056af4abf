// A place in which a runtime meets the package as its users do: the packed files with their one dependency in node_modules,
// the compiled suite beside them, and an entry that hands the one to the other.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { projectRoot } from "../support/walk.js";

/** A stage that is there until it is disposed of. */
export interface Stage extends Disposable {
  readonly folder: string;
  /** The module to run. */
  readonly entry: string;
  /** A folder in which the suite may write, with `model.pt` and `text.pt` in it. */
  readonly files: string;
  /** SHA-256 of the package's core. */
  readonly core: string;
}

const example = join(projectRoot, "examples", "lstm_state_dict.pt");

/** What a user's program may import, and what the judge needs of the insides: all from one copy of the package. */
const ENTRY = (shell: string, name: string): string => `import * as brine from "${name}";
import { openSource } from "./node_modules/brine/dist/bindings/io/to_source.js";
import { describe } from "./node_modules/brine/dist/bindings/checkpoint/describe.js";
import { documentPieces } from "./node_modules/brine/dist/bindings/checkpoint/json.js";
import shell from "./dist/tests/runtimes/${shell}.js";

export default await shell({ brine, openSource, describe, documentPieces });
`;

/** Packs the package and sets it up for a shell, such as `deno/main`, that imports it by this name. */
export function stageFor(shell: string, name: "brine" | "brine/inline" = "brine"): Stage {
  const stage = stageOf("entry");
  writeFileSync(stage.entry, ENTRY(shell, name));
  return stage;
}

/** The same for a program of the project's, such as `dist/examples/edge/worker`. */
export function stageOf(program: string): Stage {
  const folder = mkdtempSync(join(tmpdir(), "brine-stage-"));
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  unpack(pack(folder), modules);
  cpSync(join(projectRoot, "node_modules", "@assemblyscript", "loader"), join(modules, "@assemblyscript", "loader"), { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", dependencies: { brine: "*" } }));
  for (const part of ["assembly", "bindings", "tests/portable", "tests/runtimes", "examples"]) {
    cpSync(join(projectRoot, "dist", part), join(folder, "dist", part), { recursive: true });
  }
  const files = join(folder, "files");
  mkdirSync(files);
  cpSync(example, join(files, "model.pt"));
  writeFileSync(join(files, "text.pt"), "This is no checkpoint.\n");
  return {
    folder, files,
    entry: join(folder, `${program}.js`),
    core: createHash("sha256").update(readFileSync(join(modules, "brine", "dist", "bindings", "core", "brine.wasm"))).digest("hex"),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The package as `npm pack` makes it, without building it once more: the path of the archive. */
export function pack(into: string): string {
  const args = ["pack", "--silent", "--ignore-scripts", "--pack-destination", into];
  const npm = process.env["npm_execpath"]; // npm's own script, where npm runs the tests
  const [command, ...rest] = npm !== undefined && npm.endsWith(".js") ? [process.execPath, npm, ...args] : ["npm", ...args];
  execFileSync(command, rest, { cwd: projectRoot, stdio: "ignore" });
  const [name] = readdirSync(into).filter((file) => file.endsWith(".tgz"));
  return join(into, name);
}

function unpack(archive: string, modules: string): void {
  execFileSync("tar", ["-xzf", archive, "-C", modules]);
  cpSync(join(modules, "package"), join(modules, "brine"), { recursive: true });
  rmSync(join(modules, "package"), { recursive: true });
  rmSync(archive);
}

/** The program of a runtime: of tests/runtimes, which .ci/run installs, or else of the machine. */
export function runtime(...names: readonly string[]): string | undefined {
  for (const name of names) {
    const own = join(projectRoot, "tests", "runtimes", "node_modules", ".bin", name);
    if (existsSync(own)) return own;
    if (name === "node") continue; // the machine's is the one that runs this
    const found = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, name)).find((path) => existsSync(path));
    if (found !== undefined) return found;
  }
  return undefined;
}
