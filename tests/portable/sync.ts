// The synchronous functions: at once where the runtime compiles the core by itself, after one awaited call in a page.
import { same, sameBytes, thrown, type Check } from "./check.js";
import type { Packed, Platform } from "./packed.js";

/** Has to be run before anything else is asked of the package. */
export function firstChecks({ brine }: Packed, { syncAtOnce }: Platform): Check[] {
  return [syncAtOnce
    ? {
      name: "a synchronous call is the first call",
      run: () => same(brine.reprOf(brine.loadSync(brine.saveSync({ x: brine.tensor([1, 2]) }))), "{'x': tensor([1, 2])}", "value"),
    }
    : {
      name: "a synchronous call before anything was awaited is NOT_READY",
      run: async () => {
        for (const call of [() => brine.saveSync({ x: 1 }), () => brine.loadSync(new Uint8Array(100)), () => brine.openSync(new Uint8Array(100))]) {
          const error = await thrown(call);
          same(error instanceof brine.BrineError ? error.code : String(error), "NOT_READY", String(error));
        }
      },
    }];
}

/** The synchronous functions once something was awaited; packed files, in both ways. */
export function syncChecks({ brine }: Packed, { inflatesSync }: Platform, bytes: Uint8Array, packed: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): Check[] {
  const expected = async (): Promise<string> => brine.reprOf(await brine.load(bytes));
  return [
    {
      name: "the synchronous functions give what the others give",
      run: async () => {
        same(brine.reprOf(brine.loadSync(bytes)), await expected(), "value");
        const file = brine.openSync(bytes);
        sameBytes(brine.saveSync(brine.loadSync(bytes), undefined, file.saveOptions), bytes, "saved again");
        same(String(file.tensors().length), String((await brine.open(bytes)).tensors().length), "tensors");
      },
    },
    ...[...packed].map(([name, content]): Check => ({
      name: `${name} loads`,
      run: async () => {
        same(brine.reprOf(await brine.load(content)), await expected(), "value");
        same(brine.reprOf(await brine.load(new Blob([content]))), await expected(), "value of a Blob");
        if (inflatesSync) {
          same(brine.reprOf(brine.loadSync(content)), await expected(), "value of loadSync");
          return;
        }
        const error = await thrown(() => brine.loadSync(content));
        same(error instanceof brine.UnsupportedError, true, String(error));
        same(/load/.test(String(error)), true, String(error));
      },
    })),
    ...[...packed].map(([name, content]): Check => ({
      name: `${name}, damaged, is an error with a type`,
      run: async () => {
        for (const at of [content.length >> 2, content.length >> 1]) {
          const damaged = content.slice();
          damaged.fill(0x55, at, at + 40);
          const error = await thrown(() => brine.load(damaged));
          same(error instanceof brine.BrineError, true, String(error));
        }
      },
    })),
  ];
}
