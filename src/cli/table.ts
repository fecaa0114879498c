/** Columns as wide as their widest cell; no heading where none is given. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = heading.length > 0 ? [heading, ...rows] : rows;
  const widths: number[] = [];
  for (const row of all) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
