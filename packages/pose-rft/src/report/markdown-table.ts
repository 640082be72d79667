/**
 * Rows of cells as a Markdown table, padded so that it reads well as plain text: the first row is the header, the first
 * column is aligned to the left and the others to the right. A `|` in a cell stays in it.
 */
export function markdownTable(cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map((text) => text.replaceAll('|', '\\|')));
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(3, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: readonly string[]): string =>
    `| ${row.map((text, column) => (column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const [header = [], ...body] = rows;
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [line(header), rule, ...body.map(line)].join('\n');
}
