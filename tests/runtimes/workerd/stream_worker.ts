// A worker that streams the checkpoint whose address it was given, window by window, and tells how much there was.
import type { Packed } from "../../portable/packed.js";

/** What it answers, as JSON. */
export interface Counted {
  readonly tensors: number;
  readonly bytes: number;
}

/** @param packed the package as it was packed */
export default function shell({ brine }: Pick<Packed, "brine">): { fetch(request: Request, env: { readonly MODEL: string }): Promise<Response> } {
  return {
    fetch: async (_, { MODEL }) => {
      const counted = { tensors: 0, bytes: 0 };
      for await (const [, { bytes, last }] of brine.stream(MODEL, { chunks: true })) {
        counted.bytes += bytes.length;
        if (last) counted.tensors++;
      }
      return Response.json(counted satisfies Counted);
    },
  };
}
