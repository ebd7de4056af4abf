// How a storage prints (reference §8.8): every element on its own line behind a space, then what it is.

import { BrineError, LimitError } from "../core/errors.js";
import { Complex } from "../python/complex.js";
import { floatText } from "../python/digits.js";
import { MAX_TEXT } from "../python/repr.js";
import type { DType } from "./dtype.js";
import { Elements, type Scalar } from "./elements.js";

/** Python's text of one element of a storage. */
function elementText(value: Scalar, type: DType): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (value instanceof Complex) return value.toString();
  return type.isFloatingPoint ? floatText(Number(value)) : String(value);
}

/** What of a storage is printed. */
export interface PrintedStorage {
  readonly isLocal: boolean;
  readonly bytes: Uint8Array;
  readonly nbytes: number;
  readonly length: number;
  readonly device: string;
}

/** The repr of a storage. Elements that are not read yet are `...`, as torch prints those that have no memory. */
export function storageText(storage: PrintedStorage, type: DType): string {
  const kind = type.name === "untyped"
    ? `[torch.storage.UntypedStorage(device=${storage.device}) of size ${storage.nbytes}]`
    : `[torch.storage.TypedStorage(dtype=torch.${type.name}, device=${storage.device}) of size ${storage.length}]`;
  if (!storage.isLocal) return `...\n${kind}`;

  const elements = new Elements(storage.bytes, type, false, false);
  const lines: string[] = [];
  let size = 0;
  for (let i = 0; i < storage.length; i++) {
    const line = ` ${elementText(elements.scalar(i), type)}`;
    size += line.length + 1;
    if (size > MAX_TEXT) throw tooLong(storage.length);
    lines.push(line);
  }
  return `${lines.join("\n")}\n${kind}`;
}

function tooLong(elements: number): BrineError {
  return new LimitError(`Cannot print a storage of ${elements} elements: the text passes ${MAX_TEXT} characters`, {
    code: "TEXT_TOO_LONG",
    found: elements,
    limit: MAX_TEXT,
  });
}
