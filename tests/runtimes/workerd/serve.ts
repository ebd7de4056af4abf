// workerd on loopback: a configuration for the modules of a folder, and the port that it listens on.
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { start, type Running } from "../run.js";

/** A worker that is there until it is disposed of. */
export interface Worker extends Running {
  readonly url: string;
}

/** Without flags: what Node has is not there. */
const CONFIG = (modules: string, bindings: string, cache: string | undefined): string => `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "internet", network = (allow = ["local"])),${cache === undefined ? "" : `
    (name = "cache", external = (address = "${cache}", http = ())),`}
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const main :Workerd.Worker = (
  modules = [${modules}],
  compatibilityDate = "2026-11-01",
  bindings = [${bindings}],${cache === undefined ? "" : `
  cacheApiOutbound = "cache",`}
);
`;

/**
 * Serves a worker, which is this file of a folder, with the others as modules beside it; it sees the variables as texts.
 *
 * @param cache where what keeps `caches.default` listens, such as `127.0.0.1:80`
 */
export async function serveWorker(workerd: string, folder: string, main: string, variables: Readonly<Record<string, string>>, cache?: string): Promise<Worker> {
  const names = readdirSync(folder).filter((name) => /\.(js|wasm)$/.test(name)).sort((a, b) => Number(b === main) - Number(a === main));
  const modules = names.map((name) => `(name = "${name}", ${name.endsWith(".wasm") ? "wasm" : "esModule"} = embed "${name}")`);
  const bindings = Object.entries(variables).map(([name, text]) => `(name = "${name}", text = "${text}")`);
  const config = join(folder, "config.capnp");
  writeFileSync(config, CONFIG(modules.join(", "), bindings.join(", "), cache));
  const running = start(workerd, ["serve", config, "--control-fd=3"], folder);
  const port = await listening(running);
  return { ...running, url: `http://127.0.0.1:${port}/` };
}

function listening({ process: child, printed }: Running): Promise<number> {
  return new Promise((resolve, reject) => {
    let told = "";
    const control = child.stdio[3] as Readable; // start makes a pipe of it
    control.on("data", (piece: Buffer) => {
      told += piece.toString("utf8");
      const [, port] = /"port":\s*(\d+)/.exec(told) ?? [];
      if (port !== undefined) resolve(Number(port));
    });
    child.once("close", () => reject(new Error(`workerd does not listen: ${printed()}`)));
    child.once("error", reject);
  });
}
