// Reading a stream checkpoint, up to where each storage stands: its pickles one after the other (pickles.ts), then the list
// of keys (legacy_keys.ts). A source that is one bare pickle is the same with nothing around the object.
//
//   1001 → sys_info → the object → list of keys → places
//
// The magic number was what told that it is a stream. What sys_info says is of no use: elements are little-endian
// whatever it claims, as in torch. The list joins the object's graph, behind it. reference/torch-serialization.md §1.4.
import { failed, fault } from "../base/fault";
import { intOf, kindOf } from "../base/graph";
import { setFact, setFact64 } from "../container/facts";
import { beginWindow, windowAt, windowLength } from "../container/legacy_read";
import { decodeConsumed, decodeRoot } from "../pickle/decode";
import { FACT_DIRECTORY, FACT_PICKLE_AT, FACT_PICKLE_HEADER, FACT_PICKLE_LENGTH } from "../shared/facts";
import { F_STREAM_VERSION } from "../shared/faults";
import { K_INT } from "../shared/kinds";
import { MAX_PICKLE } from "../shared/limits";
import { DONE, FAULT } from "../shared/status";
import { beginKeys, takeKeys } from "./legacy_keys";
import { notePickle } from "./pickle_facts";
import { isDecoding, pickleEnd, pickleStart, readPickle, seekPickle } from "./pickles";
import { expectIds, IDS_STREAM, IDS_ZIP } from "./storages";

const AT_VERSION: u32 = 0;
const AT_INFO: u32 = 1;
const AT_OBJECT: u32 = 2;
const AT_KEYS: u32 = 3;
const IN_KEYS: u32 = 4;
const VERSION: i64 = 1001;

let stage: u32 = 0;
let policy: u32 = 0;
let alone: bool = false;
let objectAt: u64 = 0;

/** Begins behind the magic number, which takes `magic` bytes; the first `head` bytes of the source are in memory. */
export function beginLegacy(magic: u32, head: u64, flags: u32): void {
  stage = AT_VERSION;
  policy = flags;
  alone = false;
  beginWindow(head);
  seekPickle(magic, false, 1, MAX_PICKLE);
  expectIds(IDS_STREAM);
}

/** Begins with a source that is one pickle, and perhaps something behind it. */
export function beginBare(head: u64, flags: u32): void {
  stage = AT_OBJECT;
  policy = flags;
  alone = true;
  beginWindow(head);
  seekPickle(0, false, 1, MAX_PICKLE);
  expectIds(IDS_ZIP);
}

/** Goes on until every storage has its place: DONE, MORE, NEED or FAULT. */
export function legacy(budget: u32): i32 {
  while (stage != IN_KEYS) {
    const status = readPickle(budget, policy);
    if (stage == AT_OBJECT && isDecoding() && (status == DONE || status == FAULT)) noteObject();
    if (status != DONE) return status;
    if (alone) {
      setFact64(FACT_DIRECTORY, pickleEnd());
      return DONE;
    }
    if (nextPickle() == FAULT) return FAULT;
  }
  return takeKeys(budget);
}

function noteObject(): void {
  notePickle();
  setFact(FACT_PICKLE_AT, <u32>windowAt());
  setFact(FACT_PICKLE_LENGTH, failed() ? windowLength() : decodeConsumed());
}

function nextPickle(): i32 {
  const root = decodeRoot();
  const start = pickleStart();
  if (stage == AT_VERSION && (kindOf(root) != K_INT || intOf(root) != VERSION)) {
    return fault(F_STREAM_VERSION, start, kindOf(root) == K_INT ? <u64>intOf(root) : 0);
  }
  if (stage == AT_OBJECT) objectAt = start;
  const next = pickleEnd();
  stage++;
  seekPickle(next, stage == AT_KEYS, 1, MAX_PICKLE);
  if (stage != IN_KEYS) return DONE;
  setFact64(FACT_PICKLE_HEADER, objectAt);
  return beginKeys(root, start, next);
}
