// Every error that brine throws on purpose. The class tells what kind of trouble it is, `code` which one exactly, and
// `offset`, `record` and `source` where.

/** Where an error was found, and what led to it. */
export interface ErrorDetail {
  /** A stable name in capitals, such as `VIEW_BOUNDS`. */
  readonly code: string;
  /** Byte offset: of the source for containers, of the pickle for pickles. */
  readonly offset?: number;
  /** The record of the container in which it was found, such as `data.pkl`. */
  readonly record?: string;
  /** What led to it. */
  readonly cause?: unknown;
}

/** The class of every error that brine throws on purpose. */
export class BrineError extends Error {
  /** A stable name in capitals, such as `VIEW_BOUNDS`. */
  readonly code: string;
  /** Byte offset: of the source for containers, of the pickle for pickles. */
  readonly offset: number | undefined;
  /** The record of the container in which it was found, such as `data.pkl`. */
  readonly record: string | undefined;

  constructor(message: string, detail: ErrorDetail) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = new.target.name;
    this.code = detail.code;
    this.offset = detail.offset;
    this.record = detail.record;
  }
}

/** The pickle is malformed, or holds what is refused. */
export class UnpicklingError extends BrineError {}
/** The object cannot be written. */
export class PicklingError extends BrineError {}
/** The container is malformed, or is not one that brine reads. */
export class FormatError extends BrineError {}
/** The source cannot be read, or the destination not be written. */
export class SourceError extends BrineError {}
/** A named limit was passed, of brine's or of the engine's. */
export class LimitError extends BrineError {
  /** What was found. */
  readonly found: number;
  /** What is allowed. */
  readonly limit: number;

  constructor(message: string, detail: ErrorDetail & { readonly found: number; readonly limit: number }) {
    super(message, detail);
    this.found = detail.found;
    this.limit = detail.limit;
  }
}
/** A device is missing, or refuses. */
export class DeviceError extends BrineError {}
/** brine does not do this, or not yet, or not here. */
export class UnsupportedError extends BrineError {}
/** A value or argument of the caller's is not of the form asked for. */
export class ArgumentError extends BrineError {}
