// What of the fixtures is not written as it was yet, told by what a fixture is and never by whether it happens to fail.

/** How a fixture was saved, as its manifest tells. */
export interface Saved {
  readonly kind: string;
  readonly save?: {
    readonly format: string;
    readonly protocol: number;
    readonly layout: string;
    readonly [key: string]: unknown;
  };
}

/** Why it is not written as it was yet; undefined: the same bytes come out. */
export function notWrittenYet({ kind, save }: Saved): string | undefined {
  if (save === undefined || kind !== "save") return "not saved by torch.save";
  if (save.format !== "zip") return "the stream format is not written yet";
  if (save.protocol !== 2) return `protocol ${save.protocol} is not written yet`;
  if (!["1.9", "2.1", "2.7"].includes(save.layout)) return `layout ${save.layout} is not written yet`;
  if (save["byteorder"] === "big") return "big-endian files are not written yet";
  if (save["skip_data"] !== undefined) return "files without their data are not written yet";
  if (save["keys"] !== undefined) return "given keys are not written yet";
  return undefined;
}
