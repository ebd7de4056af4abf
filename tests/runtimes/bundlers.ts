// The bundlers that pages are made with, each asked in the way of its own manual: one entry, one folder out, and every word of
// warning that it says.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectRoot } from "../support/walk.js";

/** What is bundled, and for whom. */
export interface Job {
  /** The folder of the entry, with the package in its node_modules. */
  readonly folder: string;
  /** A module of that folder. */
  readonly entry: string;
  readonly out: string;
  readonly platform: "browser" | "node";
}

/** A bundler: answers what it complained of, and leaves the bundle in `out`, by the name of the entry. */
export interface Bundler {
  readonly name: string;
  /** Whether tests/runtimes has it. */
  readonly isHere: boolean;
  bundle(job: Job): Promise<readonly string[]>;
}

const require = createRequire(join(projectRoot, "tests", "runtimes", "package.json"));
const isHere = (name: string): boolean => existsSync(join(projectRoot, "tests", "runtimes", "node_modules", name));

const esbuild: Bundler = {
  name: "esbuild",
  isHere: isHere("esbuild"),
  bundle: async ({ folder, entry, out, platform }) => {
    const program = join(projectRoot, "tests", "runtimes", "node_modules", ".bin", "esbuild");
    const args = [entry, "--bundle", "--format=esm", `--platform=${platform}`, "--minify", `--outdir=${out}`, "--log-level=warning", "--color=false"];
    const { status, stderr } = spawnSync(program, args, { cwd: folder, encoding: "utf8" });
    // It does not follow files that code fetches: its users copy them, or take brine/inline.
    cpSync(join(folder, "node_modules", "brine", "dist", "bindings", "core", "brine.wasm"), join(out, "brine.wasm"));
    return status === 0 && stderr === "" ? [] : [stderr];
  },
};

/** As much of Vite as is asked here. */
interface Vite {
  build(config: object): Promise<unknown>;
}

const vite: Bundler = {
  name: "vite",
  isHere: isHere("vite"),
  bundle: async ({ folder, entry, out, platform }) => {
    const { build } = (await import(pathToFileURL(require.resolve("vite")).href)) as Vite; // its public function
    const said: string[] = [];
    const say = (message: string): void => void said.push(message);
    const quiet = (): void => undefined;
    await build({
      root: folder, configFile: false, base: "./", logLevel: "warn",
      customLogger: { info: quiet, warn: say, warnOnce: say, error: say, clearScreen: quiet, hasErrorLogged: () => false, hasWarned: false },
      ssr: { noExternal: true },
      build: {
        outDir: out, ssr: platform === "node", emptyOutDir: true,
        // A page of one script asks for one; a server's chunks stand beside its entry, and brine.wasm beside them.
        rollupOptions: { input: join(folder, entry), preserveEntrySignatures: "strict", output: { entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js", ...(entry === "inline.js" ? { codeSplitting: false } : {}) } },
      },
    });
    if (platform === "node") cpSync(join(folder, "node_modules", "brine", "dist", "bindings", "core", "brine.wasm"), join(out, "brine.wasm")); // for servers it leaves files where they are
    return said;
  },
};

/** As much of webpack as is asked here. */
interface Webpack {
  readonly default: (config: object, done: (error: Error | null, stats?: { toString(options: object): string }) => void) => void;
}

const webpack: Bundler = {
  name: "webpack",
  isHere: isHere("webpack"),
  bundle: async ({ folder, entry, out, platform }) => {
    const { default: run } = (await import(pathToFileURL(require.resolve("webpack")).href)) as Webpack; // its public function
    const said = await new Promise<string>((resolve, reject) => run({
      mode: "production", target: platform === "node" ? "node20" : "web", context: folder, entry: `./${entry}`,
      experiments: { outputModule: true },
      output: { path: out, filename: entry, module: true, library: { type: "module" } },
      optimization: { minimize: false }, // what takes it longest, and is another program's work
      performance: { hints: false }, // sizes are another test's
    }, (error, stats) => {
      if (error !== null) reject(error);
      else resolve(stats?.toString({ all: false, errors: true, warnings: true }) ?? "");
    }));
    return said === "" ? [] : [said];
  },
};

export const BUNDLERS: readonly Bundler[] = [esbuild, vite, webpack];
