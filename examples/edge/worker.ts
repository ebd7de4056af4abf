// An edge worker in front of a checkpoint that lies elsewhere: it lists the tensors, and serves one of them as JSON. Only the
// description and the bytes of that tensor are fetched, so a checkpoint of any size is served from 128 MB of memory.
//
//   GET /             every tensor's name, dtype, shape
//   GET /NAME         { name, dtype, shape, data }, data in rows as PyTorch's tolist()
import { BrineError, open, toPlain } from "brine";

interface Env {
  /** The address of the checkpoint: the operator's, never a visitor's. */
  readonly MODEL: string;
}

/** Larger tensors are refused: as JSON one becomes several times as large, and all of it is in memory. */
const MOST = 4 * 1024 * 1024;

export default {
  async fetch(request: Request, { MODEL }: Env): Promise<Response> {
    if (request.method !== "GET") return refusal(405, "Only GET is answered");
    const name = decodeURIComponent(new URL(request.url).pathname.slice(1));
    try {
      await using file = await open(MODEL);
      if (name === "") return Response.json([...file.tensors()].map(({ name, dtype, shape }) => ({ name, dtype, shape })));
      const tensor = [...file.tensors()].find((one) => one.name === name);
      if (tensor === undefined) return refusal(404, `There is no tensor "${name}"`);
      if (tensor.nbytes > MOST) return refusal(413, `"${name}" has ${tensor.nbytes} bytes; at most ${MOST} are served`);
      const read = await file.read(name);
      return Response.json({ name, dtype: tensor.dtype, shape: tensor.shape, data: toPlain(read.toArray(), { json: true }) });
    } catch (error) {
      if (error instanceof BrineError) return refusal(502, `${error.code}: ${error.message}`);
      throw error;
    }
  },
};

function refusal(status: number, error: string): Response {
  return Response.json({ error }, { status });
}
