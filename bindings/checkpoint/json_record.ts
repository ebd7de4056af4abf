// Records of JSON, of which nothing is taken on trust: each value is looked at before it is used.
import { FormatError } from "../core/errors.js";
import type { Steps } from "../io/steps.js";
import type { Archive } from "./archive.js";
import type { Limits } from "./limits.js";
import { readRecord } from "./record.js";

/** An object of a JSON text. */
export type Fields = { readonly [key: string]: unknown };

/** The JSON of a record. */
export function* readJson(archive: Archive, row: number, limits: Limits): Steps<unknown> {
  const bytes = yield* readRecord(archive, row, limits);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
  } catch (cause) {
    const record = archive.entry(row).name;
    throw new FormatError(`Cannot read record "${record}": it is no JSON`, { code: "JSON", record, cause });
  }
}

/** A record whose JSON is not of the form that its writer gives it. */
export class Form {
  readonly #record: string;

  constructor(record: string) {
    this.#record = record;
  }

  wrong(what: string, wanted: string): FormatError {
    return new FormatError(`Cannot read record "${this.#record}": ${what} is not ${wanted}`, { code: "JSON_FORM", record: this.#record });
  }

  /** An object; nothing of what every object inherits counts. */
  object(value: unknown, what: string): Fields {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw this.wrong(what, "an object");
    return value as Fields; // tested above
  }

  list(value: unknown, what: string): readonly unknown[] {
    if (value === undefined) return [];
    if (!Array.isArray(value)) throw this.wrong(what, "a list");
    return value;
  }

  text(value: unknown, what: string): string {
    if (typeof value !== "string") throw this.wrong(what, "a text");
    return value;
  }

  /** An integer of at least 0, as a number or, as protobuf writes 64 bits, its digits. */
  count(value: unknown, what: string): number {
    const number = typeof value === "string" && /^\d{1,16}$/.test(value) ? Number(value) : value;
    if (typeof number !== "number" || !Number.isSafeInteger(number) || number < 0) throw this.wrong(what, "an integer of at least 0");
    return number;
  }
}
