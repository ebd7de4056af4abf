// Damages files and loads them: every length that is too short, every byte turned round. What comes out is an error of
// brine's own or the values that were saved; anything else is a failure. It runs as a worker, one for each processor.
import { readFileSync } from "node:fs";
import { isMainThread, parentPort, workerData, Worker } from "node:worker_threads";
import { loadSync } from "../../bindings/checkpoint/load_sync.js";
import { BrineError } from "../../bindings/core/errors.js";
import { equalValues } from "./equal.js";

/** What came of damaging files. */
export interface Damage {
  readonly loads: number;
  /** How often each error came, by class and code; `equal values` where the damage did not matter. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly failures: readonly string[];
}

/** Counts what comes of loading damaged files. */
export class Damaged {
  readonly outcomes: Map<string, number> = new Map();
  readonly failures: string[] = [];
  loads = 0;

  /** @param checked whether the container has checksums: without them, damage can only give other values */
  constructor(readonly checked: boolean = true) {}

  /** Loads damaged bytes of a file whose values are known. */
  load(bytes: Uint8Array, value: unknown, what: string): void {
    this.loads++;
    try {
      if (equalValues(value, loadSync(bytes, { weightsOnly: false }))) this.#count("equal values");
      else if (this.checked) this.failures.push(`${what}: other values and no error`);
      else this.#count("other values");
    } catch (error) {
      if (error instanceof BrineError && error.code !== "UNKNOWN") this.#count(`${error.name} ${error.code}`);
      else this.failures.push(`${what}: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`);
    }
  }

  /** Cuts a file at every byte, and turns every bit of every byte round. */
  everywhere(path: string): void {
    const bytes = Uint8Array.from(readFileSync(path));
    const value = loadSync(Uint8Array.from(bytes), { weightsOnly: false });
    for (let length = 0; length < bytes.length; length++) this.load(bytes.subarray(0, length), value, `${path} cut at ${length}`);
    for (let at = 0; at < bytes.length; at++) {
      bytes[at] ^= 0xff;
      this.load(bytes, value, `${path} with byte ${at} turned round`);
      bytes[at] ^= 0xff;
    }
  }

  #count(outcome: string): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }
}

/** Damages the files everywhere, shared out among so many workers. */
export async function damageAll(paths: readonly string[], workers: number): Promise<Damage[]> {
  const shares = Array.from({ length: workers }, (_, i) => paths.filter((_path, k) => k % workers === i));
  return Promise.all(shares.map((share) => new Promise<Damage>((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: share });
    worker.once("message", resolve);
    worker.once("error", reject);
  })));
}

if (!isMainThread && parentPort !== null) {
  const damaged = new Damaged();
  for (const path of workerData as readonly string[]) damaged.everywhere(path); // as damageAll gives it
  const { loads, outcomes, failures } = damaged;
  parentPort.postMessage({ loads, outcomes: Object.fromEntries(outcomes), failures } satisfies Damage);
}
