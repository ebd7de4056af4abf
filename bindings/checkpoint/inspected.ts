// What `inspect` tells of the pickles of a file, as plain data.
import type { BrineError } from "../core/errors.js";
import type { Archive } from "./archive.js";
import type { GlobalInfo } from "./rows.js";
import type { Verdict } from "./verdict.js";
import { verdictsOf } from "./verdict_uses.js";

/** A class or function that the file names, and what that means. */
export interface InspectedGlobal extends GlobalInfo {
  readonly verdict: Verdict;
}

/** Where and why reading stopped. */
export interface InspectedFault {
  readonly code: string;
  readonly message: string;
  readonly offset: number | null;
}

/** A pickle besides the one that is loaded: in another record, behind the first one's end, or inside bytes. */
export interface InspectedMember {
  /** The record it stands in, or null: the source itself. */
  readonly record: string | null;
  /** Where it begins in that record; null where it stands in text that had to be decoded first. */
  readonly offset: number | null;
  /** It is a bytes value (or text that stands for one) of another pickle. */
  readonly inBytes: boolean;
  readonly globals: readonly InspectedGlobal[];
  readonly fault: InspectedFault | null;
}

/** Something odd that stops nobody from loading the file, or that could not be looked at. */
export interface InspectionWarning {
  /** Such as `LOCAL_NAME` or `UNSCANNED`. docs/inspect.md lists them. */
  readonly code: WarningCode;
  readonly message: string;
  readonly record: string | null;
}

/** All codes of warnings. */
export type WarningCode =
  | "CRC" | "LOCAL_NAME" | "LOCAL_FLAGS" | "LOCAL_METHOD" | "NO_LOCAL_HEADER" | "PREFIX" | "TRAILING" | "AFTER_STOP"
  | "PICKLE_IN_BYTES" | "ENCRYPTED" | "UNSCANNED";

/**
 * What all of it comes to. `clean`: every pickle was read to its end and names plain data alone. `inert`: something else is
 * named, which is not known to do harm. `incomplete`: something could not be read, so nobody knows. `dangerous`: something
 * is named that is known to run code.
 */
export type FileVerdict = "clean" | "inert" | "incomplete" | "dangerous";

/** The globals of an archive, each with its verdict. */
export function globalsOf(archive: Archive): InspectedGlobal[] {
  return verdictsOf(archive).map((verdict, row) => ({ ...archive.global(row), verdict }));
}

/** An error as plain data. */
export function faultOf(error: BrineError): InspectedFault {
  return { code: error.code, message: error.message, offset: error.offset ?? null };
}

/** Warnings behind which something may hide. */
const BLIND: ReadonlySet<WarningCode> = new Set(["ENCRYPTED", "UNSCANNED", "NO_LOCAL_HEADER"]);

/** The verdict on a whole file. */
export function fileVerdict(
  globals: readonly InspectedGlobal[], fault: InspectedFault | null, members: readonly InspectedMember[], warnings: readonly InspectionWarning[],
): FileVerdict {
  const all = [globals, ...members.map((member) => member.globals)].flat();
  if (all.some(({ verdict }) => verdict === "dangerous")) return "dangerous";
  if (fault !== null || members.some((member) => member.fault !== null) || warnings.some(({ code }) => BLIND.has(code))) return "incomplete";
  return all.some(({ verdict }) => verdict === "inert") ? "inert" : "clean";
}
