// How Python prints dates and times, which stand in pickles as packed bytes.
//
//   datetime   year (2 bytes, high first) month day hour minute second microsecond (3 bytes)     [, tzinfo]
//   date       year (2) month day
//   time       hour minute second microsecond (3)                                               [, tzinfo]
//
// The top bit of a datetime's month, or a time's hour, is its `fold`. Answers undefined where Python would make nothing of it.
import { Keyword, text } from "./keyword.js";
import { LIST, type Layout } from "./layout.js";

/** The layout of a call in the module datetime. */
export function timeLayout(name: string, args: readonly unknown[]): Layout | undefined {
  switch (name) {
    case "datetime": return datetimeLayout(args);
    case "date": return dateLayout(args);
    case "time": return clockLayout(args);
    case "timedelta": return deltaLayout(args);
    case "timezone": return zoneLayout(args);
    default: return undefined;
  }
}

function datetimeLayout(args: readonly unknown[]): Layout | undefined {
  const bytes = packed(args[0], 10);
  if (bytes === undefined || args.length > 2) return undefined;
  const [date, clock] = [dateOf(bytes, bytes[2] & 127), clockOf(bytes.slice(4), bytes[4])];
  if (date === undefined || clock === undefined) return undefined;
  const numbers = [...date, ...clock];
  for (let left = 2; left > 0 && numbers[numbers.length - 1] === 0; left--) numbers.pop();
  return withZone("datetime.datetime(", numbers, bytes[2] > 127, args[1]);
}

function dateLayout(args: readonly unknown[]): Layout | undefined {
  const bytes = args.length === 1 ? packed(args[0], 4) : undefined;
  const date = bytes === undefined ? undefined : dateOf(bytes, bytes[2]);
  return date === undefined ? undefined : text(`datetime.date(${date.join(", ")})`);
}

function clockLayout(args: readonly unknown[]): Layout | undefined {
  const bytes = packed(args[0], 6);
  const clock = bytes === undefined || args.length > 2 ? undefined : clockOf(bytes, bytes[0] & 127);
  if (bytes === undefined || clock === undefined) return undefined;
  const [hour, minute, second, micro] = clock;
  const numbers = micro !== 0 ? clock : second !== 0 ? [hour, minute, second] : [hour, minute];
  return withZone("datetime.time(", numbers, bytes[0] > 127, args[1]);
}

function withZone(open: string, numbers: readonly number[], fold: boolean, zone: unknown): Layout {
  const members: unknown[] = [...numbers];
  if (fold) members.push(new Keyword("fold=", 1));
  if (zone !== undefined && zone !== null) members.push(new Keyword("tzinfo=", zone));
  return { open, members, style: LIST, close: ")", cycle: `${open}...)` };
}

function deltaLayout(args: readonly unknown[]): Layout | undefined {
  const parts = deltaOf(args);
  if (parts === undefined) return undefined;
  const words = ["days", "seconds", "microseconds"].flatMap((word, i) => (parts[i] === 0 ? [] : [`${word}=${parts[i]}`]));
  return text(`datetime.timedelta(${words.length === 0 ? "0" : words.join(", ")})`);
}

/** A zone's offset is an object of its own: a timedelta that the pickle calls for. */
function zoneLayout(args: readonly unknown[]): Layout | undefined {
  const [offset, name] = args;
  if (args.length > 2 || name !== undefined && typeof name !== "string" || typeof offset !== "object" || offset === null || !("args" in offset)) return undefined;
  const parts = Array.isArray(offset.args) ? deltaOf(offset.args) : undefined;
  if (parts === undefined) return undefined;
  if (name === undefined && parts.every((part) => part === 0)) return text("datetime.timezone.utc");
  return { open: "datetime.timezone(", members: args, style: LIST, close: ")", cycle: "..." };
}

/** Days, seconds and microseconds as Python keeps them: the last two in their range. */
function deltaOf(args: readonly unknown[]): readonly number[] | undefined {
  const limits = [999999999, 86399, 999999];
  const good = args.length === 3 && args.every((part, i) => typeof part === "number" && Number.isInteger(part) && Math.abs(part) <= limits[i] && (i === 0 || part >= 0));
  return good ? args as readonly number[] : undefined; // every one is a number
}

function dateOf(bytes: Uint8Array, month: number): number[] | undefined {
  const [year, day] = [bytes[0] * 256 + bytes[1], bytes[3]];
  const days = new Date(Date.UTC(2000 + year % 400, month, 0)).getUTCDate(); // the calendar repeats after 400 years
  return year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > days ? undefined : [year, month, day];
}

function clockOf(bytes: Uint8Array, hour: number): number[] | undefined {
  const [minute, second, micro] = [bytes[1], bytes[2], bytes[3] * 65536 + bytes[4] * 256 + bytes[5]];
  return hour > 23 || minute > 59 || second > 59 || micro > 999999 ? undefined : [hour, minute, second, micro];
}

/** Bytes, or Python 2's str of them read as latin1. */
function packed(value: unknown, length: number): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value.length === length ? value : undefined;
  if (typeof value !== "string" || value.length !== length || /[^\0-\xff]/.test(value)) return undefined;
  return Uint8Array.from(value, (unit) => unit.charCodeAt(0));
}
