// Named limits: what brine refuses because no honest file has it.
import { ArgumentError } from "../core/errors.js";

/** What brine refuses because no honest file has it. Every limit can be given. */
export interface Limits {
  /** Records of an archive. */
  readonly entries: number;
  /** Bytes of one block of description: the zip directory, or data.pkl. */
  readonly description: number;
  /** Bytes that a deflated data.pkl may inflate to: deflate reaches 1,032 to 1. */
  readonly inflated: number;
  /** Bytes of all storages together that a load may allocate. */
  readonly storages: number;
}

/** The limits that hold where none are given. */
export const DEFAULT_LIMITS: Limits = Object.freeze({
  entries: 16_777_216,
  description: 1_073_741_567,
  inflated: 268_435_456,
  storages: Number.MAX_SAFE_INTEGER,
});

/** The limits in force. */
export function limitsOf(given: Partial<Limits> | undefined): Limits {
  if (given === undefined) return DEFAULT_LIMITS;
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(DEFAULT_LIMITS, name)) {
      throw new ArgumentError(`Unknown limit "${name}"; limits are ${Object.keys(DEFAULT_LIMITS).join(", ")}`, { code: "OPTION" });
    }
    if (typeof value !== "number" || !(value >= 0)) {
      throw new ArgumentError(`limits.${name} must be a number of at least 0`, { code: "OPTION" });
    }
  }
  return { ...DEFAULT_LIMITS, ...given };
}
