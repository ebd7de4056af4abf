// Where the tests find files that others wrote: the project's golden folder, and, beside the clone, a shared folder with
// a corpus and fixtures, which is not always there. A test that lacks it says so and is skipped, never passed.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's root folder. This file runs as dist/tests/support/walk.js. */
export const projectRoot: string = fileURLToPath(new URL("../../../", import.meta.url));

/** The shared folder beside the clone. */
const shared = join(projectRoot, "..", "shared");

/** The shared folder, or undefined where there is none. */
export const sharedFolder: string | undefined = existsSync(join(shared, "corpus", "MANIFEST.json")) ? shared : undefined;

/** Options for a test that needs the shared folder. */
export const needsShared: { readonly skip: string | false } = {
  skip: sharedFolder === undefined ? "skipped: no ../shared" : false,
};

/** A file of the corpus. */
export interface CorpusEntry {
  readonly file: string;
  readonly kind: string;
  readonly path: string;
  readonly expect: string | null;
}

/** Every file of the corpus. */
export function corpusEntries(): CorpusEntry[] {
  if (sharedFolder === undefined) return [];
  const folder = join(sharedFolder, "corpus");
  const manifest = JSON.parse(readFileSync(join(folder, "MANIFEST.json"), "utf8")) as {
    readonly files: readonly { readonly file: string; readonly kind: string; readonly expect?: string | null }[];
  };
  return manifest.files.map(({ file, kind, expect }) => ({
    file, kind, path: join(folder, file), expect: expect ? join(folder, expect) : null,
  }));
}

/** How a fixture was saved. */
export interface FixtureSave {
  readonly format: string;
  readonly protocol: number;
  readonly layout: string;
  readonly folder?: string;
  readonly path?: string;
  readonly [key: string]: unknown;
}

/** A fixture, with absolute paths. */
export interface Fixture {
  /** Release and name, such as `torch-2.15.0/seed_xy`. */
  readonly id: string;
  readonly release: string;
  /** The Python that wrote it: pickles depend on it. */
  readonly python: string;
  readonly name: string;
  readonly kind: string;
  readonly path: string;
  readonly tags: readonly string[];
  readonly save: FixtureSave | undefined;
  readonly weightsOnly: string | null;
  readonly weightsOnlyNewest: string | null | undefined;
  readonly constructible: boolean;
  readonly object: string | undefined;
  readonly expect: string | undefined;
}

interface ManifestEntry {
  readonly name: string;
  /** In the golden folder, whose files come from several releases. */
  readonly release?: string;
  readonly python?: string;
  readonly kind: string;
  readonly file?: string;
  readonly tags: readonly string[];
  readonly save?: FixtureSave;
  readonly weights_only?: string | null;
  readonly weights_only_newest?: string | null;
  readonly constructible?: boolean;
  readonly object?: string;
  readonly expect?: string | null;
}

/** The folders of fixtures, one for each release, newest first. */
export function fixtureReleases(): string[] {
  return [
    "torch-2.15.0", "torch-2.9.1", "torch-2.7.1", "torch-2.6.0", "torch-2.4.1", "torch-2.1.2", "torch-2.0.1", "torch-1.13.1",
    "torch-1.10.2", "torch-1.8.1", "torch-1.6.0", "torch-1.5.1", "torch-1.4.0-py2", "torch-1.2.0", "torch-1.0.1",
  ].filter((release) => sharedFolder !== undefined && existsSync(join(sharedFolder, "fixtures", release, "manifest.json")));
}

/** The fixtures of one folder with a manifest. */
export function fixturesIn(folder: string, release: string): Fixture[] {
  const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as {
    readonly python?: string;
    readonly files: readonly ManifestEntry[];
  };
  const at = (path: string | null | undefined): string | undefined => (path ? join(folder, path) : undefined);
  return manifest.files.map((entry) => ({
    id: `${release}/${entry.name}`,
    release: entry.release === undefined ? release : `torch-${entry.release}`,
    python: entry.python ?? manifest.python ?? "",
    name: entry.name,
    kind: entry.kind,
    path: at(entry.file) ?? "",
    tags: entry.tags,
    save: entry.save,
    weightsOnly: entry.weights_only ?? null,
    weightsOnlyNewest: entry.weights_only_newest,
    constructible: entry.constructible === true,
    object: at(entry.object),
    expect: at(entry.expect),
  }));
}

/** The fixtures of all releases. */
export function allFixtures(): Fixture[] {
  return fixtureReleases().flatMap((release) => fixturesIn(join(shared, "fixtures", release), release));
}

/** The files of the project's own golden folder: they are fixtures, so they have a manifest of the same form. */
export function goldenFixtures(): Fixture[] {
  return fixturesIn(join(projectRoot, "tests", "golden"), "golden");
}

/** Counts things by reason, for a test's diagnostics: what is not done is listed, never passed over. */
export class Tally {
  readonly #rows: Map<string, string[]> = new Map();

  add(reason: string, what: string): void {
    const row = this.#rows.get(reason);
    if (row === undefined) this.#rows.set(reason, [what]);
    else row.push(what);
  }

  count(reason: string): number {
    return this.#rows.get(reason)?.length ?? 0;
  }

  /** Is something of that name counted, for any reason? */
  has(what: string): boolean {
    return [...this.#rows.values()].some((names) => names.includes(what));
  }

  get reasons(): string[] {
    return [...this.#rows.keys()];
  }

  /** A line for each reason: the count, the reason, the first names. */
  lines(most: number = 12): string[] {
    return [...this.#rows].sort(([, a], [, b]) => b.length - a.length).map(([reason, names]) => {
      const shown = names.slice(0, most).join(" ");
      return `${names.length} ${reason}: ${shown}${names.length > most ? ` and ${names.length - most} more` : ""}`;
    });
  }
}
