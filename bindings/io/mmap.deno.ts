// Deno calls the system's mmap by its foreign function interface, where the user allows that (--allow-ffi).
import { UnsupportedError } from "../core/errors.js";
import type { MapPages } from "./mmap_file.node.js";
import { mapOver } from "./mmap_over.js";

/** Is a map one of the open file? The system maps what is open. */
export const mapsByNumber: boolean = true;

/** What is used of Deno. */
interface Deno {
  readonly build: { readonly os: string; readonly arch: string };
  dlopen(library: string, symbols: { readonly mmap: { readonly parameters: readonly string[]; readonly result: string } }): {
    readonly symbols: { mmap(...parameters: readonly (number | bigint)[]): number | bigint };
  };
  readonly UnsafePointer: { of(bytes: Uint8Array): object | null; value(pointer: object | null): number | bigint };
}

const SYMBOLS = { mmap: { parameters: ["usize", "usize", "i32", "i32", "i32", "i64"], result: "usize" } };

// What outlives a call: the library, opened once.
let bound: MapPages | undefined;

/** Maps files by Deno's foreign function interface. */
export function mapper(): MapPages {
  return bound ??= bind();
}

function bind(): MapPages {
  const { Deno } = globalThis as unknown as { readonly Deno: Deno }; // this file stands for Deno, in package.json's imports
  const { mmap } = libc(Deno).symbols;
  return mapOver({
    addressOf: (bytes) => BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes))),
    mmap: (address, length, protection, flags, fd, offset) => BigInt(mmap(address, BigInt(length), protection, flags, fd, BigInt(offset))),
    why: () => "the system refuses", // errno may be another's by the time that JavaScript asks
  });
}

function libc({ build, dlopen }: Deno): ReturnType<Deno["dlopen"]> {
  const names = build.os === "darwin" ? ["libSystem.B.dylib"] : ["libc.so.6", `libc.musl-${build.arch}.so.1`, "libc.so.7"];
  if (build.os === "windows") throw new UnsupportedError("Cannot map files on Windows yet: load without mmap", { code: "MMAP" });
  let cause: unknown;
  for (const name of names) {
    try {
      return dlopen(name, SYMBOLS);
    } catch (refusal) {
      const denied = refusal instanceof Error && (refusal.name === "NotCapable" || refusal.name === "PermissionDenied");
      if (denied) throw new UnsupportedError("Cannot map files: Deno asks for leave to call the system; run it with --allow-ffi, or load without mmap", { code: "MMAP", cause: refusal });
      cause ??= refusal;
    }
  }
  throw new UnsupportedError(`Cannot map files: found no C library under the names ${names.join(", ")}; load without mmap`, { code: "MMAP", cause });
}
