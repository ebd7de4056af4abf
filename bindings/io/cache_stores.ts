// Stores of a cache: memory, and what browsers and workers keep for longer. Each is told by what it can do, so that anything
// that does the same will serve.
import { AMOUNT, checkOptions } from "../core/option_kinds.js";
import type { CacheStore } from "./cache.js";

/** Keeps blocks in memory: so many bytes, those that were asked for last. */
export function memoryStore(most: number): CacheStore {
  checkOptions({ most }, { most: AMOUNT }, "memoryStore");
  const kept = new Map<string, Uint8Array>();
  let held = 0;
  const drop = (key: string): void => {
    held -= kept.get(key)?.length ?? 0;
    kept.delete(key);
  };
  return {
    match(key) {
      const bytes = kept.get(key);
      if (bytes === undefined) return undefined;
      kept.delete(key);
      kept.set(key, bytes); // a Map is in the order of insertion: the oldest goes first
      return bytes;
    },
    put(key, bytes) {
      drop(key);
      if (bytes.length > most) return;
      kept.set(key, bytes);
      held += bytes.length;
      for (const oldest of kept.keys()) {
        if (held <= most) break;
        drop(oldest);
      }
    },
  };
}

/** What is asked of a cache of the Cache API. */
export interface CacheLike {
  match(url: string): Promise<Response | undefined>;
  put(url: string, answer: Response): Promise<void>;
}

/**
 * Keeps blocks in a cache of the Cache API: `await caches.open(name)` of browsers and Deno, `caches.default` of workers. They stay
 * until the platform needs the room, or `caches.delete(name)`.
 */
export function cacheApiStore(cache: CacheLike): CacheStore {
  const address = (key: string): string => `https://brine.invalid/${encodeURIComponent(key)}`; // keys of the API are addresses; nobody asks there
  return {
    async match(key) {
      const answer = await cache.match(address(key));
      return answer === undefined ? undefined : new Uint8Array(await answer.arrayBuffer());
    },
    put: (key, bytes) => cache.put(address(key), new Response(bytes.slice(), { headers: { "Content-Type": "application/octet-stream", "Cache-Control": "max-age=31536000" } })),
  };
}

/** What is asked of a folder of the origin's private file system. */
export interface DirectoryLike {
  getFileHandle(name: string, options?: { readonly create?: boolean }): Promise<{
    getFile(): Promise<Blob>;
    createWritable(): Promise<{ write(bytes: Uint8Array<ArrayBuffer>): Promise<void>; close(): Promise<void> }>;
  }>;
}

/**
 * Keeps blocks as files of a folder of the origin's private file system, such as `await navigator.storage.getDirectory()`. They stay
 * until somebody removes them.
 */
export function opfsStore(directory: DirectoryLike): CacheStore {
  return {
    async match(key) {
      try {
        const file = await (await directory.getFileHandle(await fileName(key))).getFile();
        return new Uint8Array(await file.arrayBuffer());
      } catch {
        return undefined; // there is no such file
      }
    },
    async put(key, bytes) {
      const handle = await directory.getFileHandle(await fileName(key), { create: true });
      const to = await handle.createWritable(); // what is written counts when it is closed, and not before
      await to.write(bytes.slice());
      await to.close();
    },
  };
}

/** Keys are long and hold any character; names of files are not and do not. */
async function fileName(key: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key)));
  return `${Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("")}.brine`;
}
