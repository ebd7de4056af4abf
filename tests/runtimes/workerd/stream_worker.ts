// A worker that streams the checkpoint whose address it was given, window by window, and tells how much there was.
import { stream } from "brine";

/** What it answers, as JSON. */
export interface Counted {
  readonly tensors: number;
  readonly bytes: number;
}

export default {
  async fetch(_: Request, { MODEL }: { readonly MODEL: string }): Promise<Response> {
    const counted = { tensors: 0, bytes: 0 };
    for await (const [, { bytes, last }] of stream(MODEL, { chunks: true })) {
      counted.bytes += bytes.length;
      if (last) counted.tensors++;
    }
    return Response.json(counted satisfies Counted);
  },
};
