// The suite on workerd, in a worker without Node's modules: it runs inside of one request.
import type { CacheLike } from "../../../bindings/index.js";
import type { Packed } from "../../portable/packed.js";
import { suite } from "../../portable/suite.js";

/** A worker that answers any request with what was found; `FILES` is the files' address. */
export default function shell(packed: Packed): { fetch(request: Request, env: { readonly FILES: string }): Promise<Response> } {
  return {
    fetch: async (_, { FILES }) => Response.json(await suite(packed, {
      files: FILES,
      paths: undefined,
      syncAtOnce: true,
      inflatesSync: false,
      sources: new Map(),
      stores: new Map([["the cache of the worker's zone", async ({ cacheApiStore }: Packed["brine"]) => cacheApiStore((caches as unknown as { readonly default: CacheLike }).default)]]), // workers have it
    })),
  };
}
