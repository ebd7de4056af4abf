// datetime64 and timedelta64 as Python's datetime module has them: a count of units becomes a date, a moment, a span, or
// stays a number where Python has no class for it.
//
//   datetime64   Y M W D → date     h m s ms us → datetime     finer, or outside the years 1 to 9999 → int     NaT → None
//   timedelta64  W D h m s ms us → timedelta     Y, M, finer, or past 999,999,999 days → int                   NaT → None

/** The units, as NumPy writes them. */
export const UNITS: ReadonlySet<string> = new Set("Y M W D h m s ms us ns ps fs as generic".split(" "));

/** Not a time. */
export const NAT: bigint = -(2n ** 63n);

const MICROSECONDS: ReadonlyMap<string, bigint> = new Map([
  ["W", 604800000000n], ["D", 86400000000n], ["h", 3600000000n], ["m", 60000000n], ["s", 1000000n], ["ms", 1000n], ["us", 1n],
]);
const DAY = 86400000000n;

/** A time in Python's words: `str` and `repr` of the object; null for NaT, the count where Python has an int. */
export type PythonTime = null | bigint | { readonly str: string; readonly repr: string };

/** A datetime64. */
export function pythonDatetime(count: bigint, unit: string, step: number): PythonTime {
  if (count === NAT) return null;
  const total = count * BigInt(step);
  if (unit === "Y" || unit === "M") {
    const months = unit === "Y" ? total * 12n : total;
    const year = 1970n + floorDiv(months, 12n);
    const month = months - floorDiv(months, 12n) * 12n + 1n;
    return isYear(year) ? dateOf(Number(year), Number(month), 1) : count;
  }
  const size = MICROSECONDS.get(unit);
  if (size === undefined) return count;
  const days = floorDiv(total * size, DAY);
  const rest = total * size - days * DAY;
  // The years 1 to 9999, in days from 1970.
  if (days < -719162n || days > 2932896n) return count;
  const { year, month, day } = civil(Number(days));
  if (unit === "W" || unit === "D") return dateOf(year, month, day);
  const { hour, minute, second, micro } = clock(rest);
  const fraction = micro === 0 ? "" : `.${pad(micro, 6)}`;
  const fields = [year, month, day, hour, minute];
  if (second !== 0 || micro !== 0) fields.push(second);
  if (micro !== 0) fields.push(micro);
  return {
    str: `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)} ${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}${fraction}`,
    repr: `datetime.datetime(${fields.join(", ")})`,
  };
}

/** A timedelta64. */
export function pythonTimedelta(count: bigint, unit: string, step: number): PythonTime {
  if (count === NAT) return null;
  const size = MICROSECONDS.get(unit);
  if (size === undefined) return count;
  const total = count * BigInt(step) * size;
  const days = floorDiv(total, DAY);
  if (days < -999999999n || days > 999999999n) return count;
  const rest = total - days * DAY;
  const { hour, minute, second, micro } = clock(rest);
  const seconds = hour * 3600 + minute * 60 + second;
  const fields: string[] = [];
  if (days !== 0n) fields.push(`days=${days}`);
  if (seconds !== 0) fields.push(`seconds=${seconds}`);
  if (micro !== 0) fields.push(`microseconds=${micro}`);
  const span = `${hour}:${pad(minute, 2)}:${pad(second, 2)}${micro === 0 ? "" : `.${pad(micro, 6)}`}`;
  const before = days === 0n ? "" : `${days} day${days === 1n || days === -1n ? "" : "s"}, `;
  return { str: before + span, repr: `datetime.timedelta(${fields.length === 0 ? "0" : fields.join(", ")})` };
}

function isYear(year: bigint): boolean {
  return year >= 1n && year <= 9999n;
}

function dateOf(year: number, month: number, day: number): PythonTime {
  return { str: `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`, repr: `datetime.date(${year}, ${month}, ${day})` };
}

function clock(rest: bigint): { hour: number; minute: number; second: number; micro: number } {
  const micro = Number(rest % 1000000n);
  const seconds = Number(rest / 1000000n);
  return { hour: Math.floor(seconds / 3600), minute: Math.floor(seconds / 60) % 60, second: seconds % 60, micro };
}

/** Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar carried backwards. */
function civil(days: number): { year: number; month: number; day: number } {
  // Years begin in March here, so that the leap day is the last of its year.
  const shifted = days + 719468;
  const era = Math.floor(shifted / 146097);
  const dayOfEra = shifted - era * 146097;
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}

function floorDiv(a: bigint, b: bigint): bigint {
  const q = a / b;
  return a % b !== 0n && a < 0n ? q - 1n : q;
}

function pad(n: number, width: number): string {
  return String(n).padStart(width, "0");
}
