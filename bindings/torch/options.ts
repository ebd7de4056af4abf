// torch.set_printoptions (reference §8.1). This is module state, the only one here, because it is in torch: print
// options hold for every tensor that is printed after they were set, wherever that happens.

import { ArgumentError } from "../core/errors.js";

/** How tensors print. */
export interface PrintOptions {
  /** Digits after the point, 0 to 1,100: no double has more. */
  readonly precision: number;
  /** Tensors of more elements than this are summarised; may be Infinity. */
  readonly threshold: number;
  /** Elements shown at each end of a summarised dimension. */
  readonly edgeitems: number;
  /** Characters of a line. */
  readonly linewidth: number;
  /** Scientific notation: always, never, or (null) where the numbers call for it. */
  readonly sciMode: boolean | null;
}

/** What `setPrintOptions` takes: any of the options, on top of a profile's where one is named. */
export interface PrintSettings extends Partial<PrintOptions> {
  readonly profile?: "default" | "short" | "full";
}

/** More decimals than a double can have: 2^-1074 ends at the 1,074th. */
const MAX_PRECISION = 1100;

const PROFILES = {
  default: { precision: 4, threshold: 1000, edgeitems: 3, linewidth: 80 },
  short: { precision: 2, threshold: 1000, edgeitems: 2, linewidth: 80 },
  full: { precision: 4, threshold: Infinity, edgeitems: 3, linewidth: 80 },
} as const;

let current: PrintOptions = Object.freeze({ ...PROFILES.default, sciMode: null });

/** The options in force. */
export function printOptions(): PrintOptions {
  return current;
}

/**
 * Sets how tensors print, from now on and everywhere. As in torch, what is not named stays, but `sciMode`: it goes back
 * to automatic unless it is named.
 *
 * @throws ArgumentError `PRINT_OPTION` where a value is none
 *
 * @example Two digits
 * ```ts
 * setPrintOptions({ precision: 2 });
 * console.log(tensor([0.5, 1 / 3])); // tensor([0.50, 0.33])
 * setPrintOptions({ profile: "default" });
 * ```
 */
export function setPrintOptions(settings: PrintSettings): void {
  const { profile } = settings;
  if (profile !== undefined && !Object.hasOwn(PROFILES, profile)) {
    throw refused("profile", profile, "default, short or full");
  }
  const base = profile === undefined ? current : PROFILES[profile];
  const next: PrintOptions = {
    precision: settings.precision ?? base.precision,
    threshold: settings.threshold ?? base.threshold,
    edgeitems: settings.edgeitems ?? base.edgeitems,
    linewidth: settings.linewidth ?? base.linewidth,
    sciMode: settings.sciMode ?? null,
  };
  if (!isCount(next.precision) || next.precision > MAX_PRECISION) {
    throw refused("precision", next.precision, `an integer from 0 to ${MAX_PRECISION}`);
  }
  if (!isCount(next.threshold) && next.threshold !== Infinity) {
    throw refused("threshold", next.threshold, "an integer of 0 or more, or Infinity");
  }
  if (!isCount(next.edgeitems)) throw refused("edgeitems", next.edgeitems, "an integer of 0 or more");
  if (!isCount(next.linewidth)) throw refused("linewidth", next.linewidth, "an integer of 0 or more");
  if (next.sciMode !== null && typeof next.sciMode !== "boolean") {
    throw refused("sciMode", next.sciMode, "a boolean or null");
  }
  current = Object.freeze(next);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function refused(name: string, found: unknown, wanted: string): ArgumentError {
  return new ArgumentError(`Invalid print option ${name}: found ${String(found)}, expected ${wanted}`, {
    code: "PRINT_OPTION",
  });
}
