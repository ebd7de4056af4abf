// Scans bytes as one bare pickle: by the same decoder that loads, in an instance of its own, so that scanner and loader
// cannot disagree. What is told is what was seen up to STOP, or to the fault.
import * as FACT from "../../assembly/shared/facts.js";
import { K_ASCII, K_BYTEARRAY, K_BYTES, K_BYTESTR, K_TEXT } from "../../assembly/shared/kinds.js";
import { BARE_PICKLE, DONE, FAULT, NEED } from "../../assembly/shared/status.js";
import { utf8Text } from "../core/text.js";
import { Archive } from "./archive.js";
import { allFamilies } from "./families_all.js";
import { faultOf, globalsOf, type InspectedFault, type InspectedGlobal } from "./inspected.js";
import { archiveFault } from "./refused.js";

/** A bytes value that begins as a pickle. */
export interface Hidden {
  /** Where it stands in the pickle around it; null where the pickle spells it in another way. */
  readonly offset: number | null;
  readonly bytes: Uint8Array;
}

/** What a pickle holds. */
export interface PickleScan {
  readonly globals: readonly InspectedGlobal[];
  readonly fault: InspectedFault | null;
  /** Bytes up to and with STOP; null where a fault comes first. */
  readonly consumed: number | null;
  readonly hidden: readonly Hidden[];
}

/** Bytes that are decoded between two looks at the status. */
const BUDGET = 1 << 24;

/** Reads one pickle at the start of the bytes. */
export function scanPickle(bytes: Uint8Array): PickleScan {
  const archive = new Archive(bytes.length, allFamilies());
  try {
    const { core, memory } = archive;
    core.openSource(BigInt(bytes.length), BARE_PICKLE);
    let status = core.step(BUDGET);
    while (status !== DONE && status !== FAULT) {
      if (status === NEED) {
        const from = Number(core.needFrom());
        const size = Number(core.needSize());
        const at = core.feed() >>> 0;
        if (at !== 0) memory.bytes(at, size).set(bytes.subarray(from, from + size));
        core.fed(at === 0 ? 0 : size); // without memory: the next step tells
      }
      status = core.step(BUDGET);
    }
    const consumed = archive.fact(FACT.FACT_CONSUMED);
    return {
      globals: globalsOf(archive),
      fault: status === FAULT ? faultOf(archiveFault(archive)) : null,
      consumed: consumed === 0 ? null : consumed,
      hidden: hiddenIn(archive),
    };
  } finally {
    archive.release();
  }
}

/** More bytes values that begin as pickles are not looked into. */
export const MOST_HIDDEN = 1000;

/** The bytes values of a decoded pickle that begin as pickles, and texts that stand for such bytes (`_codecs.encode`). */
export function hiddenIn(archive: Archive): Hidden[] {
  const { kind, a, b, u8 } = archive.columns;
  const start = archive.fact(FACT.FACT_PICKLE_AT);
  const end = start + archive.fact(FACT.FACT_PICKLE_LENGTH);
  const out: Hidden[] = [];
  for (let n = 0; n < kind.length && out.length <= MOST_HIDDEN; n++) {
    const k = kind[n];
    if (k !== K_BYTES && k !== K_BYTEARRAY && k !== K_BYTESTR && k !== K_TEXT && k !== K_ASCII) continue;
    const [at, length] = [a[n], b[n]];
    const raw = u8.subarray(at, at + length);
    const isText = k === K_TEXT || k === K_ASCII;
    if (k === K_TEXT ? !(raw[0] === 0xc2 && raw[1] === 0x80) : isText || beginsAs(raw) === null) continue;
    const bytes = isText ? latin1Bytes(utf8Text(u8, at, length)) : raw.slice();
    if (bytes === null || beginsAs(bytes) === null) continue;
    out.push({ offset: at >= start && at + length <= end && !isText ? at - start : null, bytes });
  }
  return out;
}

/** The bytes that a text stands for under Latin-1; null where it stands for none. */
function latin1Bytes(text: string): Uint8Array | null {
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 255) return null;
    out[i] = unit;
  }
  return out;
}

/** Opcodes with which a pickle of protocol 0 or 1 begins: a value, a name, a mark. */
const OLD: ReadonlySet<number> = new Set(Array.from("(]})cVSTUXIJKMLFGN", (char) => char.charCodeAt(0)));

/** `new`: the bytes begin as pickles of protocols 2 to 5 do. `old`: they may be one of protocol 0 or 1, or anything. */
export function beginsAs(bytes: Uint8Array): "new" | "old" | null {
  if (bytes.length < 2) return null;
  // A name straight behind PROTO tells as well: an attacker may give any number there.
  if (bytes[0] === 0x80 && (bytes[1] <= 5 || bytes[2] === 0x63)) return "new";
  return OLD.has(bytes[0]) ? "old" : null;
}
