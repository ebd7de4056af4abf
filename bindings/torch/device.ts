// torch.device: a type and, perhaps, an index. Any type that looks like one is taken, since devices of other makers
// name themselves; whether it exists here is asked when it is used.

import { ArgumentError } from "../core/errors.js";
import { inspectSymbol, keySymbol, plainSymbol, reprSymbol, strSymbol } from "../python/symbols.js";

/** The syntax of torch's device strings: an index has no leading zeros. */
const SYNTAX = /^([A-Za-z_][A-Za-z0-9_]*)(?::(0|[1-9][0-9]{0,8}))?$/;

/** A device by type and index. Prints as `device(type='cuda', index=1)`, as a str `cuda:1`. */
export class Device {
  /** Such as `cpu` or `cuda`. */
  readonly type: string;
  /** Which one of its type; null where none was named. */
  readonly index: number | null;

  constructor(type: string, index: number | null = null) {
    this.type = type;
    this.index = index;
    Object.freeze(this);
  }

  /** Whether both are the same type and index. */
  equals(other: Device): boolean {
    return this.type === other.type && this.index === other.index;
  }

  toString(): string {
    return this.index === null ? this.type : `${this.type}:${this.index}`;
  }

  [strSymbol](): string {
    return this.toString();
  }

  [reprSymbol](): string {
    return this.index === null ? `device(type='${this.type}')` : `device(type='${this.type}', index=${this.index})`;
  }

  [inspectSymbol](): string {
    return this[reprSymbol]();
  }

  [plainSymbol](): string {
    return this.toString();
  }

  /** As keys, devices compare by type and index. */
  [keySymbol](): string {
    return `device(${this.toString()})`;
  }
}

/**
 * A device from torch's text of it.
 *
 * @param text such as `cpu`, `cuda` or `cuda:1`
 * @throws ArgumentError `DEVICE` where the text is no device string
 */
export function device(text: string): Device {
  const parts = SYNTAX.exec(text);
  if (parts === null) {
    throw new ArgumentError(
      `Invalid device string: ${JSON.stringify(String(text))}: expected one such as "cpu" or "cuda:1"`,
      { code: "DEVICE" },
    );
  }
  return new Device(parts[1], parts[2] === undefined ? null : Number(parts[2]));
}
