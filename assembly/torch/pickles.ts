// One pickle behind the other, none of which says how long it is: each is decoded in a window of the source
// (container/legacy_read.ts), and begins anew in a longer one where it goes on past that.
import { fault, faultCode, faultOffset, faultX, forgive } from "../base/fault";
import { setFact64 } from "../container/facts";
import { dropWindow, openWindow, windowAt, windowEnd, windowLength } from "../container/legacy_read";
import { beginDecode, beginFurther, decode, decodeConsumed } from "../pickle/decode";
import { FACT_PICKLE_HEADER } from "../shared/facts";
import { F_LIMIT_PICKLE, F_PICKLE_END } from "../shared/faults";
import { DONE, FAULT } from "../shared/status";

let start: u64 = 0; // where the pickle at work stands in the source
let least: u64 = 0; // bytes that its window is to hold
let most: u64 = 0; // bytes that it may have
let joins: bool = false;
let decoding: bool = false;

/** The pickle at byte `at` is next. `further`: its values join the graph of those before it. */
export function seekPickle(at: u64, further: bool, bytes: u64, limit: u64): void {
  start = at;
  least = bytes;
  most = limit;
  joins = further;
  decoding = false;
}

/** Decodes it: DONE with `decodeRoot()` and `pickleEnd()`, MORE, NEED or FAULT. */
export function readPickle(budget: u32, policy: u32): i32 {
  let status = DONE;
  do {
    if (!decoding) {
      status = openWindow(start, least);
      if (status != DONE) return status;
      setFact64(FACT_PICKLE_HEADER, start);
      if ((joins ? beginFurther(windowAt(), windowLength()) : beginDecode(windowAt(), windowLength(), policy)) != DONE) return FAULT;
      decoding = true;
    }
    status = decode(budget);
  } while (status == FAULT && widen());
  return status;
}

/** Has the pickle at work been begun? */
export function isDecoding(): bool {
  return decoding;
}

export function pickleStart(): u64 {
  return start;
}

/** The byte of the source behind STOP. */
export function pickleEnd(): u64 {
  return start + decodeConsumed();
}

/** The pickle may go on past its window, where the source does: asks for a longer one, and the pickle begins anew. */
function widen(): bool {
  const there = <u64>windowLength();
  const rest = windowEnd() - start;
  if (faultCode() != F_PICKLE_END || there >= rest) return false;
  const reached = faultOffset();
  const wanted = faultX();
  if (wanted > rest || reached > rest - wanted) return false; // it ends nowhere in this source
  forgive();
  least = min(rest, max(there << 1, reached + wanted));
  decoding = false;
  if (there >= most) {
    fault(F_LIMIT_PICKLE, start, reached + wanted, most);
    return false;
  }
  if (!joins) dropWindow(); // that of one which joins may hold what the graph points at
  return true;
}
