// Node has no call that maps a file; the package koffi calls the system's. It is an optional peer, found when it is needed, and
// by Node: bundlers that saw `createRequire` imported by its name would look for koffi when they run.
import node from "node:module";
import { getSystemErrorName } from "node:util";
import { UnsupportedError } from "../core/errors.js";
import type { MapPages } from "./mmap_file.node.js";
import { mapOver } from "./mmap_over.js";

/** Is a map one of the open file? The system maps what is open. */
export const mapsByNumber: boolean = true;

/** What is used of koffi, 2 or 3. */
interface Koffi {
  load(path: null): { func(prototype: string): (...parameters: readonly unknown[]) => unknown };
  address(of: Uint8Array): bigint;
  sizeof(type: string): number;
  errno(): number;
}

// What outlives a call: binding a function of the system's takes memory for good.
let bound: MapPages | undefined;

/** Maps files by koffi. */
export function mapper(): MapPages {
  return bound ??= bind();
}

function bind(): MapPages {
  if (process.platform === "win32") throw new UnsupportedError("Cannot map files on Windows yet: load without mmap", { code: "MMAP" });
  const koffi = findKoffi();
  if (koffi.sizeof("void *") !== 8) throw new UnsupportedError("Cannot map files in a process of 32 bits: load without mmap", { code: "MMAP" });
  const call = koffi.load(null).func("intptr_t mmap(uintptr_t, size_t, int, int, int, int64_t)");
  return mapOver({
    addressOf: (bytes) => koffi.address(bytes),
    mmap: (...parameters) => BigInt.asUintN(64, BigInt(call(...parameters) as number | bigint)), // koffi gives an intptr_t as either
    why: () => `the system answers ${getSystemErrorName(-koffi.errno())}`,
  });
}

function findKoffi(): Koffi {
  try {
    return node.createRequire(import.meta.url)("koffi") as Koffi; // the package of that name; bind() calls what is declared above
  } catch (cause) {
    const absent = cause instanceof Error && "code" in cause && cause.code === "MODULE_NOT_FOUND";
    throw new UnsupportedError(
      absent ? "Cannot map files: Node has no call for it, and the package koffi, which has, is not installed; run `npm install koffi`, or load without mmap"
        : `Cannot map files: the package koffi does not load here (${cause instanceof Error ? cause.message : String(cause)}); install it anew, or load without mmap`,
      { code: "NO_KOFFI", cause },
    );
  }
}
