// Aligned columns, and numbers of bytes for people.

/** How a column stands. */
export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
  /** Wider cells push their row to the right instead of the whole table. */
  readonly most: number;
}

/** Lays rows out under titles. The widths come from a first look at the rows, so that rows need not be kept. */
export class Table {
  readonly #columns: readonly Column[];
  readonly #widths: number[];

  constructor(columns: readonly Column[]) {
    this.#columns = columns;
    this.#widths = columns.map(({ title }) => title.length);
  }

  /** Makes room for a row that will be printed later. */
  measure(cells: readonly string[]): void {
    this.#columns.forEach(({ most }, i) => {
      this.#widths[i] = Math.max(this.#widths[i], Math.min(most, width(cells[i])));
    });
  }

  /** The line of titles. */
  get head(): string {
    return this.row(this.#columns.map(({ title }) => title));
  }

  /** The line of a row; the last column is not filled up. */
  row(cells: readonly string[]): string {
    let line = "";
    this.#columns.forEach(({ align }, i) => {
      const fill = " ".repeat(Math.max(0, this.#widths[i] - width(cells[i])));
      line += (i > 0 ? "  " : "") + (align === "right" ? fill + cells[i] : cells[i] + fill);
    });
    return line.trimEnd();
  }
}

/** Columns that a text takes on a terminal: East Asian wide characters take two, combining ones none. */
export function width(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let columns = 0;
  for (const character of text) {
    if (/\p{Mark}/u.test(character)) continue;
    columns += /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u
      .test(character) ? 2 : 1;
  }
  return columns;
}

/** A number of bytes as a person reads it, such as `3.4 MiB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ["KiB", "MiB", "GiB", "TiB", "PiB"];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${units[unit]}`;
}

/** A number with a word for what it counts: `1 tensor`, `2 tensors`. */
export function counted(count: number, one: string): string {
  return `${count.toLocaleString("en-US")} ${one}${count === 1 ? "" : "s"}`;
}
