// Files on runtimes that have none: every path is refused, with what can be given instead.
import { UnsupportedError } from "../core/errors.js";
import type { Sink } from "./sink.js";
import type { Source } from "./source.js";

function noFiles(doing: string, path: string, instead: string): UnsupportedError {
  const shown = path.length > 200 ? `${path.slice(0, 200)}…` : path;
  return new UnsupportedError(`Cannot ${doing} "${shown}": this runtime has no files; ${instead}`, { code: "NO_FILES" });
}

/** The path that a `file:` URL means. */
export function pathOf(url: URL): string {
  return url.pathname;
}

/** The names of the files in a folder. */
export function listFolder(path: string): string[] {
  throw noFiles("list", path, "give the parts of a checkpoint as a list, or the address of its index");
}

/** A file that answers reads at once. */
export class FileSource implements Source {
  readonly size: number = 0;

  constructor(path: string) {
    throw noFiles("open", path, "give bytes");
  }

  read(): number {
    return 0;
  }

  close(): void {}
}

/** A file that reads in the background. */
export class AsyncFileSource implements Source {
  readonly size: number = 0;

  constructor(path: string) {
    throw noFiles("open", path, "give an http: or https: address, a Blob or File, a Response, or bytes");
  }

  async read(): Promise<number> {
    return 0;
  }

  close(): void {}
}

/** A file to be written. */
export class FileSink implements Sink {
  constructor(path: string) {
    throw noFiles("write", path, "leave the path away, and save answers the bytes");
  }

  write(): void {}

  close(): undefined {
    return undefined;
  }

  abort(): void {}
}
