// The suite on workerd, in a worker without Node's modules: it runs inside of one request.
import type { Packed } from "../../portable/packed.js";
import { suite } from "../../portable/suite.js";

/** A worker that answers any request with what was found; `FILES` is the files' address. */
export default function shell(packed: Packed): { fetch(request: Request, env: { readonly FILES: string }): Promise<Response> } {
  return {
    fetch: async (_, { FILES }) => Response.json(await suite(packed, {
      files: FILES,
      paths: undefined,
      syncAtOnce: true,
      unpacksRanges: true,
      inflatesSync: false,
      sources: new Map(),
    })),
  };
}
