// The package under test. A shell imports it as its users do and hands it in, so that no file of the suite names it: the
// same suite judges the package as it was packed, in whatever way a runtime found it.
import type { Check } from "./check.js";

/** The public API, and what of the insides the contract of sources and the judge need: all from one copy of the package. */
export interface Packed {
  readonly brine: typeof import("../../bindings/index.js");
  readonly openSource: typeof import("../../bindings/io/to_source.js").openSource;
  readonly describe: typeof import("../../bindings/checkpoint/describe.js").describe;
  readonly documentPieces: typeof import("../../bindings/checkpoint/json.js").documentPieces;
}

/** What a runtime brings to the suite. */
export interface Platform {
  /** Where the files of the suite are served, with a slash at the end. */
  readonly files: string;
  /** Sources that only this runtime has, all of the file `lstm_state_dict.pt`. */
  readonly sources: ReadonlyMap<string, () => Given | Promise<Given>>;
  /** Stores of a cache that only this runtime has, empty. */
  readonly stores?: ReadonlyMap<string, (brine: Packed["brine"]) => Promise<import("../../bindings/index.js").CacheStore>>;
  /** What else only this runtime can be asked. */
  readonly checks?: readonly Check[];
  /** Paths, where the runtime has files. */
  readonly paths: Paths | undefined;
  /** Whether synchronous calls work before anything was awaited. */
  readonly syncAtOnce: boolean;
  /** Whether the platform inflates synchronously. */
  readonly inflatesSync: boolean;
}

/** A folder in which the suite may write, and what is in it. */
export interface Paths {
  readonly folder: string;
  readonly checkpoint: string;
  readonly text: string;
}

/** Something to open, and how it is let go of. */
export interface Given {
  readonly like: import("../../bindings/index.js").SourceLike;
  readonly close?: () => unknown;
}
