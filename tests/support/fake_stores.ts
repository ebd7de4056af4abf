// What Node lacks of the Cache API and of the origin's private file system, as far as a store asks for it.
import type { CacheLike, DirectoryLike } from "../../bindings/index.js";

/** A cache of the Cache API. */
export class FakeCache implements CacheLike {
  readonly kept: Map<string, Uint8Array> = new Map();

  async match(url: string): Promise<Response | undefined> {
    const bytes = this.kept.get(new URL(url).href);
    return bytes === undefined ? undefined : new Response(bytes.slice());
  }

  async put(url: string, answer: Response): Promise<void> {
    this.kept.set(new URL(url).href, new Uint8Array(await answer.arrayBuffer()));
  }
}

/** A folder of the origin's private file system. */
export class FakeFolder implements DirectoryLike {
  readonly kept: Map<string, Uint8Array> = new Map();

  async getFileHandle(name: string, options: { readonly create?: boolean } = {}): ReturnType<DirectoryLike["getFileHandle"]> {
    if (!/^[\w.]{1,255}$/.test(name)) throw new TypeError("Name is not allowed");
    if (options.create !== true && !this.kept.has(name)) throw new DOMException("no such file", "NotFoundError");
    let written: Uint8Array = new Uint8Array(0);
    return {
      getFile: async () => new Blob([(this.kept.get(name) ?? new Uint8Array(0)).slice()]),
      createWritable: async () => ({
        write: async (bytes) => void (written = bytes),
        close: async () => void this.kept.set(name, written),
      }),
    };
  }
}
