// An aligned table: the first column to the left, numbers to the right.

/** Lays out rows of cells; the first row is the head. */
export function table(rows: readonly (readonly string[])[]): string {
  const width = (column: number): number => Math.max(...rows.map((row) => (row[column] ?? "").length));
  const widths = (rows[0] ?? []).map((_, column) => width(column));
  const line = (row: readonly string[]): string =>
    row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c] ?? 0) : cell.padStart(widths[c] ?? 0))).join("   ").trimEnd();
  const rule = widths.map((n) => "─".repeat(n)).join("───");
  const [head = [], ...body] = rows;
  return [line(head), rule, ...body.map(line)].join("\n");
}
