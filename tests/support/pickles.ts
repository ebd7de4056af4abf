// Pickles made by hand, for what no pickler would write.
import { zipOf } from "./zip.js";

/** Latin-1 text, which is how bytes read best here, as bytes. */
export function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** A zip checkpoint around a pickle. */
export function checkpointOf(pickle: string | Uint8Array, records: Readonly<Record<string, string | Uint8Array>> = {}): Uint8Array {
  const bytes = (content: string | Uint8Array): Uint8Array => (typeof content === "string" ? latin1(content) : content);
  return zipOf([
    { name: "archive/data.pkl", bytes: bytes(pickle) },
    { name: "archive/version", bytes: latin1("3\n") },
    ...Object.entries(records).map(([name, content]) => ({ name: `archive/${name}`, bytes: bytes(content) })),
  ]);
}

/** BINUNICODE of ASCII text. */
export function text(value: string): string {
  return `X${String.fromCharCode(value.length & 255, value.length >> 8)}\0\0${value}`;
}

/** GLOBAL. */
export function named(module: string, name: string): string {
  return `c${module}\n${name}\n`;
}
