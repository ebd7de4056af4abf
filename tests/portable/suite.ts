// What has to hold in every runtime, of the package as it was packed.
import { cacheChecks } from "./caches.js";
import { runChecks, type Outcome } from "./check.js";
import { watchCores } from "./cores.js";
import { errorChecks, noPathChecks, pathChecks } from "./errors.js";
import { bytesAt, goldenChecks } from "./golden.js";
import type { Packed, Platform } from "./packed.js";
import { partChecks } from "./parts.js";
import { remoteChecks } from "./remote.js";
import { safetensorsChecks } from "./safetensors.js";
import { commonSources, sourceChecks } from "./sources.js";
import { firstChecks, syncChecks } from "./sync.js";
import { watchedChecks } from "./watched.js";

/** What a shell sends home. */
export interface Findings {
  readonly outcomes: readonly Outcome[];
  /** SHA-256 of the cores that were compiled from bytes: a runtime that imports its core compiles none. */
  readonly cores: readonly string[];
}

/** Runs all of the suite. Nothing may have been asked of the package before. */
export async function suite(packed: Packed, platform: Platform): Promise<Findings> {
  const { brine } = packed;
  const { files, paths } = platform;
  const checkpoint = `${files}made/lstm_state_dict.pt`;
  const bytes = await bytesAt(checkpoint);
  const compressed = new Map([
    ["a file of deflated records", await bytesAt(`${files}made/deflated.pt`)],
    ["a gzip file", await bytesAt(`${files}made/lstm_state_dict.pt.gz`)],
  ]);
  const cores = watchCores(); // now, since the first fetch of Node compiles a module of its own
  const outcomes = await runChecks(firstChecks(packed, platform));
  const large = await bytesAt(`${files}unranged/large.pt`);
  await brine.load(bytes); // in a page, the one call that has to be awaited
  outcomes.push(...await runChecks([
    ...await goldenChecks(packed, `${files}golden/`),
    ...sourceChecks(packed, bytes, new Map([...commonSources(bytes, checkpoint), ...platform.sources])),
    ...remoteChecks(packed, platform, large),
    ...partChecks(packed, platform, large),
    ...cacheChecks(packed, platform, large),
    ...watchedChecks(packed, platform, large),
    ...await safetensorsChecks(packed, platform),
    ...syncChecks(packed, platform, bytes, compressed),
    ...errorChecks(brine, bytes, files),
    ...paths === undefined ? noPathChecks(brine) : pathChecks(brine, bytes, paths),
    ...platform.checks ?? [],
  ]));
  return { outcomes, cores: await cores() };
}

/** Sends what was found to where the files came from. */
export async function sendHome(files: string, who: string, findings: Findings): Promise<void> {
  await fetch(`${files}findings/${who}`, { method: "POST", body: JSON.stringify(findings) });
}
