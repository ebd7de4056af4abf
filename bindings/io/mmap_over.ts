// A map under an ArrayBuffer of V8's own, for Node and Deno. An ArrayBuffer made over foreign memory says nothing when the last
// view of it is gone, or says it too early where its content was transferred to another one: whoever unmaps then pulls memory
// from under living views. So the buffer comes first: one of a WebAssembly.Memory, which stands on pages of its own, cannot be
// transferred, and is given back by the engine, pages and all, when no view is left. The file is mapped over these pages.
//
//   new WebAssembly.Memory   │ 64 KiB │ 64 KiB │ 64 KiB │ 64 KiB │ 64 KiB │   zeros, none of them touched
//   mmap(MAP_FIXED)          │ 0 0 0 0│ file ──────────────────────▶│ 0 0  │   up to the end of what is wanted
//
// The system keeps files in large pages where it can, and brings one in at a time if it stands in memory as it does in the file;
// else it brings in 64 KiB or less. So a large map begins where the next large page has the file's offset.
import { checkStillWhole, mapError, type MapPages } from "./mmap_file.node.js";

/** A WebAssembly page. Every system's page divides it. */
const PAGE = 65536;
/** A WebAssembly.Memory has no more pages. */
const MOST = 65536 * PAGE;
/** A large page, where pages have 4 KiB. */
const LARGE_PAGE = 2097152;
const PROT_READ_WRITE = 1 | 2;
/** MAP_PRIVATE and MAP_FIXED, which Linux, macOS and the BSDs number alike. */
const MAP_PRIVATE_FIXED = 0x02 | 0x10;

/** How a platform calls the system. */
export interface System {
  /** The address of the first byte. */
  addressOf(bytes: Uint8Array): bigint;
  /** mmap(2): the address, or -1. */
  mmap(address: bigint, length: number, protection: number, flags: number, fd: number, offset: number): bigint;
  /** Why the last call failed. */
  why(): string;
}

/** Maps files by these calls. */
export function mapOver({ addressOf, mmap, why }: System): MapPages {
  return (file, offset, length) => {
    const isLarge = length >= LARGE_PAGE && length <= MOST - LARGE_PAGE;
    const bytes = pages(file.name, isLarge ? length + LARGE_PAGE : length);
    const begin = addressOf(bytes);
    // MAP_FIXED replaces whatever is there: nothing but whole pages of this memory may be.
    if (begin % BigInt(PAGE) !== 0n) throw mapError(file.name, "the engine's memory does not begin at a page");
    const lead = isLarge ? Number(BigInt.asUintN(64, BigInt(offset) - begin) % BigInt(LARGE_PAGE)) : 0;
    const address = begin + BigInt(lead);
    if (mmap(address, length, PROT_READ_WRITE, MAP_PRIVATE_FIXED, file.fd, offset) !== address) throw mapError(file.name, why());
    checkStillWhole(file);
    return bytes.subarray(lead, lead + length);
  };
}

function pages(name: string, length: number): Uint8Array {
  try {
    return new Uint8Array(new WebAssembly.Memory({ initial: Math.ceil(length / PAGE) }).buffer);
  } catch (cause) {
    throw mapError(name, `the engine has no room for ${length} bytes more in its address space`, cause);
  }
}
