// The record of facts: what a container, and the pickle in it, told about themselves (shared/facts.ts).
import { FACTS } from "../shared/facts";

const record: usize = memory.data(24 * 4, 8);

/** Forgets all facts. */
export function beginFacts(): void {
  memory.fill(record, 0, FACTS << 2);
}

export function setFact(fact: u32, value: u32): void {
  store<u32>(record + (<usize>fact << 2), value);
}

export function setFact64(fact: u32, value: u64): void {
  store<u64>(record + (<usize>fact << 2), value);
}

export function fact(f: u32): u32 {
  return load<u32>(record + (<usize>f << 2));
}

/** Address of the record. */
export function facts(): usize {
  return record;
}
