// Files that stay open for what is mapped later: a name may be another file's by then. Such a file is closed when all of it is
// mapped, or when whoever would map it is garbage. That is told late, and never to a program that does not wait, so they are few
// at a time: beyond that a file is mapped at once, and closed.
import type { MmapSource } from "./mmap.js";

/** Files held open at one time. */
const MOST = 64;

class Held {
  #count = 0;
  readonly #gone: FinalizationRegistry<MmapSource> = new FinalizationRegistry((file) => {
    this.#close(file);
  });

  /** Can this file be held? */
  hasRoom(file: MmapSource): boolean {
    return file.isMappedByNumber && this.#count < MOST;
  }

  /** Keeps a file open for `owner`, which must not be reachable from it. */
  hold(file: MmapSource, owner: object): void {
    this.#count++;
    file.keep();
    this.#gone.register(owner, file, owner);
  }

  /** Closes the file of an owner, who has all of it. */
  letGo(file: MmapSource, owner: object): void {
    this.#gone.unregister(owner);
    this.#close(file);
  }

  #close(file: MmapSource): void {
    this.#count--;
    file.letGo();
  }
}

// What outlives a call: how many files are held, which is a matter of the process.
export const held: Held = new Held();
