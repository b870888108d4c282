/** Columns padded to their widest cell; the last one runs free. On a pipe the same bytes. */
export function formatTable(rows: readonly (readonly string[])[], gap = 2): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
    });
  return rows.map(row =>
    row
      .map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index]! + gap)))
      .join('')
      .trimEnd(),
  );
}
