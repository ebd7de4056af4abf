// Where the records of an archive end at the latest: what a header claims beyond that belongs to another record.
import * as C from "../../assembly/shared/columns.js";
import * as FACT from "../../assembly/shared/facts.js";
import { wide } from "./columns.js";
import type { Rows } from "./rows.js";

/** For each entry, where the next record in the file (or the directory) begins: its own bytes end before that. */
export function recordEndsOf(rows: Rows): Float64Array {
  const { entries } = rows.columns;
  const directory = rows.fact64(FACT.FACT_DIRECTORY);
  const count = entries.length / C.E_WORDS;
  const ends = new Float64Array(count);
  if ((rows.fact(FACT.FACT_FLAGS) & FACT.FACTS_ASCENDING) !== 0) {
    for (let i = 0; i < count; i++) ends[i] = i + 1 < count ? wide(entries, (i + 1) * C.E_WORDS + C.E_HEADER) : directory;
    return ends;
  }
  const headers = Float64Array.from({ length: count }, (_, i) => wide(entries, i * C.E_WORDS + C.E_HEADER));
  const order = Array.from(headers.keys()).sort((a, b) => headers[a] - headers[b]);
  for (let i = 0; i < count; i++) ends[order[i]] = i + 1 < count ? headers[order[i + 1]] : directory;
  return ends;
}
