// Reading, from "here are N bytes" to columns: the container, then its pickle, then what torch made of it. The host
// calls `step` until it answers DONE or FAULT, and feeds the bytes that it asks for (README.md beside this file).
import { columnAt, columnCount } from "./base/columns";
import { failed, fault } from "./base/fault";
import { beginFacts, fact, setFact, setFact64 } from "./container/facts";
import { beginRanges, held, waiting, want } from "./container/ranges";
import { headBytes, isPickle, magicPickle } from "./container/legacy_read";
import { isTar } from "./container/tar_read";
import { beginZip, checkRecord, zip } from "./container/zip_read";
import { beginDecode, decode } from "./pickle/decode";
import { C_STORAGES, S_ENTRY, S_WORDS } from "./shared/columns";
import {
  CONTAINER_PICKLE, CONTAINER_STREAM, CONTAINER_TAR, CONTAINER_ZIP, FACT_CONTAINER, FACT_PICKLE_AT, FACT_PICKLE_ENTRY,
  FACT_PICKLE_LENGTH, FACT_ROOT, FACT_SIZE,
} from "./shared/facts";
import { F_ORDER } from "./shared/faults";
import { BARE_PICKLE, DONE, FAULT, MORE, NEED, NONE, WEIGHTS_ONLY } from "./shared/status";
import { beginBare, beginLegacy, legacy } from "./torch/legacy";
import { beginLink, link } from "./torch/link";
import { beginListing, listing } from "./torch/listing";
import { notePickle } from "./torch/pickle_facts";
import { allow } from "./torch/policy";
import { expectIds, IDS_ZIP } from "./torch/storages";
import { beginTarball, tarball } from "./torch/tar";

export { facts } from "./container/facts";
export { fed, feed, needFrom, needMethod, needSize, needTo } from "./container/ranges";
export { findEntry } from "./container/zip_read";

const UNOPENED: u32 = 0;
const AT_HEAD: u32 = 1;
const IN_CONTAINER: u32 = 2;
const IN_PICKLE: u32 = 3;
const IN_LINK: u32 = 4;
const IN_STORAGES: u32 = 5;
const IN_LISTING: u32 = 6;
const READY: u32 = 7;

let phase: u32 = 0;
let policy: u32 = 0;
let bare: bool = false;
let storage: u32 = 0; // row of STORAGES whose record is checked next

/** Begins on a source of `size` bytes. Once in the life of an instance. */
export function openSource(size: u64, flags: u32): void {
  policy = flags & WEIGHTS_ONLY;
  bare = (flags & BARE_PICKLE) != 0;
  phase = AT_HEAD;
  storage = 0;
  beginFacts();
  setFact(FACT_ROOT, NONE);
  setFact(FACT_PICKLE_ENTRY, NONE);
  setFact64(FACT_SIZE, size);
  beginRanges(size);
  beginZip();
  expectIds(IDS_ZIP);
}

/** Adds "module.name" to the names that weights-only lets pass. FAULT where memory is spent or the name is absurd. */
export function allowGlobal(at: usize, length: u32): i32 {
  return allow(at, length);
}

/** Goes on with reading: DONE, MORE (the budget is spent), NEED or FAULT. */
export function step(budget: u32): i32 {
  if (failed()) return FAULT;
  if (phase == UNOPENED) return fault(F_ORDER, 0);
  if (waiting()) return NEED;
  while (phase != READY) {
    const status = advance(budget);
    if (status != DONE) return failed() ? FAULT : status;
    phase++;
  }
  return DONE;
}

/** One phase. DONE leads to the next one. */
function advance(budget: u32): i32 {
  if (phase == AT_HEAD) return readHead();
  if (phase == IN_CONTAINER) {
    if (!isZip()) return fact(FACT_CONTAINER) == CONTAINER_TAR ? tarball(budget) : legacy(budget);
    const status = zip(budget);
    return status == DONE ? beginDecode(<usize>fact(FACT_PICKLE_AT), fact(FACT_PICKLE_LENGTH), policy) : status;
  }
  // The others have read their pickles, and placed their storages, when they are through.
  if (phase == IN_PICKLE) return isZip() ? readPickle(budget) : DONE;
  if (phase == IN_LINK) return isZip() ? link(budget) : DONE;
  if (phase == IN_STORAGES) {
    const status = isZip() ? checkStorages(budget) : DONE;
    return status == DONE ? beginListing(fact(FACT_ROOT)) : status;
  }
  return listing(budget);
}

function isZip(): bool {
  return fact(FACT_CONTAINER) == CONTAINER_ZIP;
}

/** What the source is, by its first bytes and nothing else: a stream may hold the end of a zip in its tensors. */
function readHead(): i32 {
  const n = headBytes();
  const at = held(0, n);
  if (at == 0) return want(0, n);
  const magic = bare ? 0 : magicPickle(at, <u32>n);
  if (magic != 0) {
    setFact(FACT_CONTAINER, CONTAINER_STREAM);
    beginLegacy(magic, n, policy);
  } else if (bare || isPickle(at, <u32>n)) {
    setFact(FACT_CONTAINER, CONTAINER_PICKLE);
    beginBare(n, policy);
  } else if (isTar(at, <u32>n)) {
    setFact(FACT_CONTAINER, CONTAINER_TAR);
    beginTarball(n, policy);
  } else setFact(FACT_CONTAINER, CONTAINER_ZIP);
  return DONE;
}

function readPickle(budget: u32): i32 {
  const status = decode(budget);
  if (status == MORE) return MORE;
  // After a fault too: what was seen up to it is told.
  notePickle();
  if (status != DONE) return status;
  beginLink();
  return DONE;
}

/** The records of storages are used, so they must be readable: stored or deflated, not encrypted, of honest size. */
function checkStorages(budget: u32): i32 {
  const total = columnCount(C_STORAGES);
  const rows = columnAt(C_STORAGES);
  const stop = min(<u64>total, <u64>storage + <u64>(budget >> 4) + 1);
  for (; <u64>storage < stop; storage++) {
    const entry = load<u32>(rows + <usize>storage * (4 * S_WORDS), S_ENTRY << 2);
    if (entry == NONE) continue;
    const status = checkRecord(entry);
    if (status != DONE) return status;
  }
  return storage < total ? MORE : DONE;
}
