// Reading a stream checkpoint, up to where each storage stands: its pickles one after the other through the window of
// container/legacy_read.ts, then the list of keys (legacy_keys.ts).
//
//   1001 → sys_info → the object → list of keys → places
//
// The magic number was what told that it is a stream. What sys_info says is of no use: elements are little-endian
// whatever it claims, as in torch. The list joins the object's graph, behind it. reference/torch-serialization.md §1.4.
import { failed, fault, faultCode, faultOffset, faultX, forgive } from "../base/fault";
import { intOf, kindOf } from "../base/graph";
import { setFact, setFact64 } from "../container/facts";
import { beginWindow, dropWindow, openWindow, windowAt, windowLength } from "../container/legacy_read";
import { sourceSize } from "../container/ranges";
import { beginDecode, beginFurther, decode, decodeConsumed, decodeRoot } from "../pickle/decode";
import { FACT_PICKLE_AT, FACT_PICKLE_HEADER, FACT_PICKLE_LENGTH } from "../shared/facts";
import { F_PICKLE_END, F_STREAM_VERSION } from "../shared/faults";
import { K_INT } from "../shared/kinds";
import { DONE, FAULT, MORE } from "../shared/status";
import { beginKeys, takeKeys } from "./legacy_keys";
import { notePickle } from "./pickle_facts";
import { expectStream } from "./storages";

const AT_VERSION: u32 = 0;
const AT_INFO: u32 = 1;
const AT_OBJECT: u32 = 2;
const AT_KEYS: u32 = 3;
const IN_KEYS: u32 = 4;
const VERSION: i64 = 1001;

let stage: u32 = 0;
let policy: u32 = 0;
let start: u64 = 0; // where the pickle at work stands in the source
let least: u64 = 0; // bytes that its window is to hold
let decoding: bool = false;
let objectAt: u64 = 0;

/** Begins behind the magic number, which takes `magic` bytes; the first `head` bytes of the source are in memory. */
export function beginLegacy(magic: u32, head: u64, flags: u32): void {
  stage = AT_VERSION;
  policy = flags;
  start = magic;
  least = 1;
  decoding = false;
  beginWindow(head);
  expectStream(true);
}

/** Goes on until every storage has its place: DONE, MORE, NEED or FAULT. */
export function legacy(budget: u32): i32 {
  while (stage != IN_KEYS) {
    const status = decoding ? decode(budget) : openPickle();
    if (decoding && stage == AT_OBJECT && status != MORE) noteObject();
    if (status == FAULT && decoding && widen()) continue;
    if (status != DONE) return status;
    if (!decoding) decoding = true;
    else if (nextPickle() == FAULT) return FAULT;
  }
  return takeKeys(budget);
}

function openPickle(): i32 {
  const status = openWindow(start, least);
  if (status != DONE) return status;
  setFact64(FACT_PICKLE_HEADER, start);
  return stage == AT_KEYS ? beginFurther(windowAt(), windowLength()) : beginDecode(windowAt(), windowLength(), policy);
}

function noteObject(): void {
  notePickle();
  setFact(FACT_PICKLE_AT, <u32>windowAt());
  setFact(FACT_PICKLE_LENGTH, failed() ? windowLength() : decodeConsumed());
}

/** The pickle may go on past its window, where the source does: asks for a longer one, and the pickle begins anew. */
function widen(): bool {
  const there = <u64>windowLength();
  const rest = sourceSize() - start;
  if (faultCode() != F_PICKLE_END || there >= rest) return false;
  const reached = faultOffset();
  const wanted = faultX();
  if (wanted > rest || reached > rest - wanted) return false; // it ends nowhere in this source
  forgive();
  least = min(rest, max(there << 1, reached + wanted));
  decoding = false;
  if (stage != AT_KEYS) dropWindow(); // that of the keys holds the object, perhaps
  return true;
}

function nextPickle(): i32 {
  const consumed = decodeConsumed();
  const root = decodeRoot();
  if (stage == AT_VERSION && (kindOf(root) != K_INT || intOf(root) != VERSION)) {
    return fault(F_STREAM_VERSION, start, kindOf(root) == K_INT ? <u64>intOf(root) : 0);
  }
  if (stage == AT_OBJECT) objectAt = start;
  const from = start;
  start += consumed;
  least = 1;
  decoding = false;
  stage++;
  if (stage != IN_KEYS) return DONE;
  setFact64(FACT_PICKLE_HEADER, objectAt);
  return beginKeys(root, from, start);
}
