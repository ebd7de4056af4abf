// Streams of Blobs, which Chromium lets go of where nothing but a read into a buffer knows of them (collect.web.ts). It did so
// once in some hundred loads: so what is held is that no stream is read that way.
import { same, type Check } from "../../portable/check.js";
import type { Packed } from "../../portable/packed.js";
import { bytesAt } from "../../portable/golden.js";

export function streamChecks({ brine }: Packed, files: string): Check[] {
  return [{
    name: "no stream is read into a buffer",
    run: async () => {
      const bytes = await bytesAt(`${files}unranged/large.pt`);
      const modes: string[] = [];
      const watched = (): ReadableStream<Uint8Array> => {
        const stream = new Blob([bytes]).stream();
        const getReader = stream.getReader.bind(stream) as (options?: ReadableStreamGetReaderOptions) => ReadableStreamReader<Uint8Array>;
        return Object.defineProperty(stream, "getReader", {
          value: (options?: ReadableStreamGetReaderOptions) => {
            modes.push(options?.mode ?? "default");
            return getReader(options);
          },
        });
      };
      await brine.load(watched());
      for await (const [name] of brine.stream(watched())) same(name.startsWith("layer."), true, name);
      await (await brine.open(watched())).close();
      same(modes.join(), "default,default,default", "readers");
    },
  }];
}
