// A file that is mapped instead of read: its bytes are in memory where they are looked at, and not before. What the platform
// does for it stands in a file of its own, `#io/mmap`, which package.json's imports choose:
//
//   mmap.node.ts   koffi, an optional peer          mmap.bun.ts    Bun.mmap
//   mmap.deno.ts   Deno.dlopen                      mmap.none.ts   browsers, workerd: refused
//
// A map is private, as torch's is: what is written into it stays in this process. A file that somebody else cuts short while
// it is mapped has no bytes where they are looked at then, and the system ends the process (SIGBUS), as it ends torch's. The
// size is therefore looked at again when a map is made; to replace a file, as `save` does, harms no map.
import { FileSource, pathOf } from "#io/file";
import { mapper, mapsByNumber } from "#io/mmap";
import { ArgumentError } from "../core/errors.js";
import type { MapPages } from "./mmap_file.node.js";

/** Bytes of a map. */
export interface Mapping {
  readonly bytes: Uint8Array;
  /** Where the byte that was asked for stands. */
  readonly at: number;
}

/** Maps begin at multiples of this: the largest page of any machine about, and WebAssembly's. */
export const PAGE = 65536;

/** A file whose description is read, and whose storages are mapped. */
export class MmapSource extends FileSource {
  readonly #map: MapPages;
  #isKept = false;

  constructor(path: string) {
    const map = mapper(); // refused before anything is opened
    super(path);
    this.#map = map;
  }

  /** A private map of these bytes, and what is in front of them in their page. */
  map(offset: number, length: number): Mapping {
    const from = Math.floor(offset / PAGE) * PAGE;
    return { bytes: this.#map(this, from, offset + length - from), at: offset - from };
  }

  /** Is a map one of the open file, whatever has its name by then? */
  get isMappedByNumber(): boolean {
    return mapsByNumber;
  }

  /** From now on the file stays open when it is closed, until it is let go of. */
  keep(): void {
    this.#isKept = true;
  }

  /** Closes a file that was kept. */
  letGo(): void {
    this.#isKept = false;
    this.close();
  }

  override close(): void {
    if (!this.#isKept) super.close();
  }
}

/**
 * Opens a path to be mapped.
 *
 * @throws ArgumentError `MMAP` where it is no path
 * @throws UnsupportedError where this platform does not map files, `NO_KOFFI` where Node lacks the package that does
 */
export function openMmap(from: unknown): MmapSource {
  const path = pathFrom(from);
  if (path !== undefined) return new MmapSource(path);
  const found = typeof from === "string" || from instanceof URL ? `"${String(from)}"`
    : from === null ? "null" : typeof from === "object" ? `a value of class ${Object.prototype.toString.call(from).slice(8, -1)}` : `a value of type ${typeof from}`;
  throw new ArgumentError(`f must be a file path in order to use the mmap argument; found ${found}`, { code: "MMAP" });
}

function pathFrom(from: unknown): string | undefined {
  if (from instanceof URL) return from.protocol === "file:" ? pathOf(from) : undefined;
  if (typeof from !== "string") return undefined;
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(from)) return from;
  return URL.canParse(from) ? pathFrom(new URL(from)) : undefined;
}
