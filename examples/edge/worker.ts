// An edge worker in front of a checkpoint that lies elsewhere: it lists the tensors, and serves one of them, as JSON or as a file
// of safetensors. Only the description and the bytes of that tensor are fetched, so a checkpoint of any size is served from 128 MB
// of memory.
//
//   GET /                            every tensor's name, dtype, shape
//   GET /NAME                        { name, dtype, shape, data }, data in rows as PyTorch's tolist()
//   GET /NAME?format=safetensors     a file with this one tensor, of its own bytes and dtype
//
// To deploy it on Cloudflare: `npm install brine`, and beside this file a wrangler.toml
//
//   name = "checkpoint"
//   main = "worker.ts"
//   compatibility_date = "2026-11-01"
//   vars = { MODEL = "https://example.org/model.pth" }
//
// then `npx wrangler deploy`, which bundles it, takes brine.wasm along as a module, and prints the address; `npx wrangler dev` runs
// it on this machine. A key for the checkpoint's server belongs into a secret (`npx wrangler secret put`), and from there into
// `open(MODEL, { headers: { Authorization: … } })`. On Vercel's edge the same handler is `export default (request) => …`, with
// `process.env.MODEL`.
import { BrineError, open, save, toPlain } from "brine";

interface Env {
  /** The address of the checkpoint: the operator's, never a visitor's. */
  readonly MODEL: string;
}

/** Larger tensors are refused: as JSON one becomes several times as large, and all of it is in memory. */
const MOST = { json: 4 * 1024 * 1024, safetensors: 32 * 1024 * 1024 } as const;

export default {
  async fetch(request: Request, { MODEL }: Env): Promise<Response> {
    if (request.method !== "GET") return refusal(405, "Only GET is answered");
    const { pathname, searchParams } = new URL(request.url);
    const format = searchParams.get("format") ?? "json";
    if (format !== "json" && format !== "safetensors") return refusal(400, "The format is json or safetensors");
    const name = decoded(pathname.slice(1));
    if (name === undefined) return refusal(400, "The name is not encoded as a part of an address");
    try {
      await using file = await open(MODEL);
      if (name === "") return Response.json([...file.tensors()].map(({ name, dtype, shape }) => ({ name, dtype, shape })));
      const tensor = [...file.tensors()].find((one) => one.name === name);
      if (tensor === undefined) return refusal(404, `There is no tensor "${name}"`);
      if (tensor.nbytes > MOST[format]) return refusal(413, `"${name}" has ${tensor.nbytes} bytes; at most ${MOST[format]} are served as ${format}`);
      const read = await file.read(name);
      if (format === "json") return Response.json({ name, dtype: tensor.dtype, shape: tensor.shape, data: toPlain(read.toArray(), { json: true }) });
      // A view of a larger storage would be the same file: what is written are the elements of the tensor.
      return new Response(await save({ [name]: read }, undefined, { format: "safetensors" }), { headers: { "Content-Type": "application/octet-stream" } });
    } catch (error) {
      if (error instanceof BrineError) return refusal(502, `${error.code}: ${error.message}`);
      throw error;
    }
  },
};

/** A name as it was before it became a part of an address. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function refusal(status: number, error: string): Response {
  return Response.json({ error }, { status });
}
