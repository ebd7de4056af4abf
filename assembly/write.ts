// The writing half of the ABI: a host's graph comes in, a pickle and a zip go out. The order of calls:
//
//   graphBegin   the host fills the columns   graphEnd   encodeBegin   encode …   saveBegin
//   saveNext → a row of STORAGES: saveRoom and savePut, or saveSkip; and again   → -1: the archive is complete
//
// The window (outAt, outLength) may be drained, and cleared, between any two calls but saveRoom and savePut.
import {
  C_DIMS, C_GLOBALS, C_OBJECTS, C_STORAGES, C_TENSORS, C_TEXT, G_MODULE, G_MODULE_LENGTH, G_NAME,
  G_NAME_LENGTH, G_WORDS, O_WORDS, S_NBYTES, S_WORDS, T_WORDS,
} from "./shared/columns";
import { F_FOLDER, F_GRAPH, F_ORDER } from "./shared/faults";
import {
  K_ASCII, K_BIG, K_BYTEARRAY, K_DECIMAL, K_FLOATTEXT, K_GLOBAL, K_OBJECT, K_STORAGE, K_TENSOR, N_FIRST,
} from "./shared/kinds";
import {
  SORTED_AS_TEXT, WITH_ALIGNMENT, WITH_BYTEORDER, WITH_FORMAT_VERSION, WITH_ID, WITH_LATE_BYTEORDER, WITHOUT_CRC,
} from "./shared/layouts";
import { DONE, FAULT } from "./shared/status";
import { columnAt, columnCount, makeColumn, setColumnCount } from "./base/columns";
import { fault, memorySpent } from "./base/fault";
import { adoptGraph, aOf, beginGraph, bOf, kindOf } from "./base/graph";
import { advance, OUT, PICKLE, room, setWritten, written, writtenAt } from "./base/writer";
import { R_ALIGNMENT, R_BYTEORDER, R_FORMAT_VERSION, R_PICKLE, R_VERSION } from "./container/zip_known";
import {
  beginRecord, beginZip, crcOf, endRecord, endZip, first8Of, putRecord, putSerializationId, STORED, writeDecimal,
} from "./container/zip_write";
import { beginEncode, encode as encodeOn, encoded } from "./pickle/encode";
import { storageNumbered, storagesMet } from "./torch/persistent_id";

// "littlebig1" and "3\n"
const words: usize = memory.data<u8>([108, 105, 116, 116, 108, 101, 98, 105, 103, 49, 51, 10]);
const decimal: usize = memory.data(16);

const NOTHING: u32 = 0;
const BETWEEN: u32 = 1; // the next record is to be begun
const PAYLOAD: u32 = 2; // a header is written, its payload is not
const ENDED: u32 = 3;
let state: u32 = NOTHING;
let graphNodes: u32 = 0;
let graphEdges: u32 = 0;
let layout: u32 = 0;
let bigEndian: bool = false;
let turn: u32 = 0;
let number: u32 = 0;
let payloadAt: usize = 0;
let payloadBytes: u64 = 0;

/**
 * Columns of exactly so many rows for the host to fill. `nodes` counts the constants too, which are filled already:
 * the host's own begin at N_FIRST; `edges` counts the unused first one. Addresses of text count from column C_TEXT.
 */
export function graphBegin(
  nodes: u32, edges: u32, objects: u32, globals: u32, storages: u32, tensors: u32, dims: u32, text: u32,
): i32 {
  state = NOTHING;
  graphNodes = max(nodes, N_FIRST);
  graphEdges = max(edges, 1);
  if (
    !beginGraph(graphNodes, graphEdges) || !rowsOf(C_OBJECTS, O_WORDS * 4, objects) ||
    !rowsOf(C_GLOBALS, G_WORDS * 4, globals) || !rowsOf(C_STORAGES, S_WORDS * 4, storages) ||
    !rowsOf(C_TENSORS, T_WORDS * 4, tensors) || !rowsOf(C_DIMS, 8, dims) || !rowsOf(C_TEXT, 1, text)
  ) return memorySpent(0, <u64>graphNodes);
  adoptGraph(graphNodes, graphEdges, columnAt(C_TEXT));
  return DONE;
}

function rowsOf(column: u32, width: u32, count: u32): bool {
  if (!makeColumn(column, width, count)) return false;
  setColumnCount(column, count);
  return true;
}

/**
 * The host has filled the columns: checks what the encoder will not look at again, that every row exists and every text
 * stands in the text block. Nodes and edges are checked as they are met.
 */
export function graphEnd(): i32 {
  if (graphNodes == 0) return fault(F_ORDER, 0);
  adoptGraph(graphNodes, graphEdges, columnAt(C_TEXT));
  for (let n: u32 = N_FIRST; n < graphNodes; n++) {
    const kind = kindOf(n);
    let good = kind <= <u32>K_FLOATTEXT;
    const texty = kind >= <u32>K_ASCII && kind <= <u32>K_BYTEARRAY;
    if (texty || kind == K_BIG || kind == K_DECIMAL || kind == K_FLOATTEXT) {
      good = inText(aOf(n), bOf(n));
    } else if (kind == K_GLOBAL) good = aOf(n) < columnCount(C_GLOBALS);
    else if (kind == K_OBJECT) good = aOf(n) < columnCount(C_OBJECTS);
    else if (kind == K_STORAGE) good = aOf(n) < columnCount(C_STORAGES);
    else if (kind == K_TENSOR) good = aOf(n) < columnCount(C_TENSORS);
    if (!good) return fault(F_GRAPH, 0, <u64>n, <u64>kind);
  }
  const globals = columnCount(C_GLOBALS);
  for (let i: u32 = 0; i < globals; i++) {
    const row = columnAt(C_GLOBALS) + <usize>i * (G_WORDS * 4);
    const good = inText(load<u32>(row, G_MODULE * 4), load<u32>(row, G_MODULE_LENGTH * 4)) &&
      inText(load<u32>(row, G_NAME * 4), load<u32>(row, G_NAME_LENGTH * 4));
    if (!good) return fault(F_GRAPH, 0, <u64>i, K_GLOBAL);
  }
  return DONE;
}

function inText(at: u32, n: u32): bool {
  const bytes = columnCount(C_TEXT);
  return n <= bytes && at <= bytes - n;
}

/** Begins the pickle of a node. Protocol 2 is the one that is written. */
export function encodeBegin(root: u32, protocol: u32): i32 {
  state = NOTHING;
  return beginEncode(root, protocol);
}

/** Writes on, about `budget` bytes: DONE, MORE or FAULT. */
export function encode(budget: u32): i32 {
  return encodeOn(budget);
}

export function pickleAt(): usize {
  return writtenAt(PICKLE);
}

export function pickleLength(): u32 {
  return encoded() ? written(PICKLE) : 0;
}

/** Begins the archive around the pickle: everything before the first storage goes to the window. */
export function saveBegin(folderAt: usize, folderLength: u32, flags: u32, alignment: u32, big: u32): i32 {
  state = NOTHING;
  if (!encoded()) return fault(F_ORDER, 0);
  if (folderLength == 0) return fault(F_FOLDER, 0);
  for (let i: usize = 0; i < <usize>folderLength; i++) if (load<u8>(folderAt + i) == 47) return fault(F_FOLDER, <u64>i);
  layout = flags;
  bigEndian = big != 0;
  turn = 0;
  number = 0;
  if (beginZip(folderAt, folderLength, <u64>alignment, (flags & WITHOUT_CRC) == 0) == FAULT) return FAULT;
  if (putRecord(R_PICKLE, pickleAt(), pickleLength()) == FAULT) return FAULT;
  if ((layout & WITH_FORMAT_VERSION) != 0 && putRecord(R_FORMAT_VERSION, words + 9, 1) == FAULT) return FAULT;
  if ((layout & WITH_ALIGNMENT) != 0) {
    const digits = writeDecimal(decimal, alignment);
    if (putRecord(R_ALIGNMENT, decimal, digits) == FAULT) return FAULT;
  }
  if ((layout & WITH_BYTEORDER) != 0 && putByteorder() == FAULT) return FAULT;
  state = BETWEEN;
  return DONE;
}

function putByteorder(): i32 {
  return bigEndian ? putRecord(R_BYTEORDER, words + 6, 3) : putRecord(R_BYTEORDER, words, 6);
}

/**
 * Writes up to the next payload: the row of the storage whose bytes come now, -1 where the archive is complete, -2 for
 * a fault. Storages without bytes need no host.
 */
export function saveNext(): i32 {
  if (state == ENDED) return -1;
  if (state != BETWEEN) {
    fault(F_ORDER, 0);
    return -2;
  }
  while (turn < storagesMet()) {
    if (turn != 0) number = (layout & SORTED_AS_TEXT) != 0 ? nextAsText(number, storagesMet()) : number + 1;
    turn += 1;
    const row = storageNumbered(number);
    const size = load<u64>(columnAt(C_STORAGES) + <usize>row * (S_WORDS * 4), S_NBYTES * 4);
    if (beginRecord(STORED + number, size) == FAULT) return stopped();
    if (size != 0) {
      payloadAt = 0;
      payloadBytes = size;
      state = PAYLOAD;
      return <i32>row;
    }
  }
  if (putLast() == FAULT) return stopped();
  state = ENDED;
  return -1;
}

function stopped(): i32 {
  state = NOTHING;
  return -2;
}

/** The number whose digits come next in alphabetic order, of those below `count`; 0 comes first. */
function nextAsText(n: u32, count: u32): u32 {
  if (n != 0 && <u64>n * 10 < <u64>count) return n * 10;
  while (n % 10 == 9 || n + 1 >= count) n /= 10;
  return n + 1;
}

function putLast(): i32 {
  if (putRecord(R_VERSION, words + 10, 2) == FAULT) return FAULT;
  if ((layout & WITH_LATE_BYTEORDER) != 0 && putByteorder() == FAULT) return FAULT;
  if ((layout & WITH_ID) != 0 && putSerializationId() == FAULT) return FAULT;
  return endZip();
}

/** Room in the window for the payload that comes now; 0 where memory has none: then drain, write it, and saveSkip. */
export function saveRoom(): usize {
  if (state != PAYLOAD || payloadBytes > 0x3fffff00) return 0;
  payloadAt = room(OUT, <u32>payloadBytes);
  return payloadAt;
}

/** The payload stands where saveRoom said. */
export function savePut(): i32 {
  if (state != PAYLOAD || payloadAt == 0) return fault(F_ORDER, 0);
  const n = <u32>payloadBytes;
  advance(OUT, n);
  state = BETWEEN;
  return endRecord(crcOf(payloadAt, n), first8Of(payloadAt, n));
}

/**
 * The host has drained the window and written the payload itself. `first8` are its first 8 bytes, little-endian; 0
 * where there are fewer, or where the payload is left as a hole.
 */
export function saveSkip(crc: u32, first8: u64): i32 {
  if (state != PAYLOAD) return fault(F_ORDER, 0);
  state = BETWEEN;
  return endRecord(crc, first8);
}

export function outAt(): usize {
  return writtenAt(OUT);
}

export function outLength(): u32 {
  return written(OUT);
}

/** The window has been drained. */
export function outClear(): void {
  setWritten(OUT, 0);
}
