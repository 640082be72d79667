import type { ConflictReport } from './conflict-report.js';

/**
 * A report as plain text: the tables of correlations, and of gradient cosines where they are known, and a sentence on
 * the worst conflict. `-` where a number is undefined.
 */
export function formatConflictReport(report: ConflictReport): string {
  const { names, correlations, gradientCosines } = report;
  return [
    table('correlation', names, correlations),
    ...(gradientCosines === undefined ? [] : [table('gradient cosine', names, gradientCosines)]),
    sentence(report),
  ].join('\n\n');
}

function table(title: string, names: readonly string[], values: Float64Array): string {
  const rows = [
    [title, ...names],
    ...names.map((name, row) => [
      name,
      ...names.map((_, column) => numberOf(values[row * names.length + column] ?? Number.NaN)),
    ]),
  ];
  const widths = [title, ...names].map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function numberOf(value: number): string {
  return Number.isNaN(value) ? '-' : value.toFixed(2);
}

function sentence({ names, worst, correlations, gradientCosines, sharedRows }: ConflictReport): string {
  if (worst === undefined) {
    const known = gradientCosines ?? correlations;
    const isKnown = names.some((_, i) =>
      names.some((__, j) => i !== j && !Number.isNaN(known[i * names.length + j])),
    );
    return isKnown
      ? 'No two rewards pull apart on this batch.'
      : 'Nothing can be said of conflicts: no two rewards vary on rows that both judge.';
  }
  const { first, second, by, value } = worst;
  const meaning =
    by === 'gradient cosine'
      ? value < -0.5
        ? 'a step for the one mostly undoes the other'
        : 'a step for the one costs the other a little'
      : `over the ${sharedRows[names.indexOf(first) * names.length + names.indexOf(second)]} rows that both judge, ` +
        `samples that are good for the one ${value < -0.5 ? 'are mostly' : 'tend to be'} bad for the other`;
  return `'${first}' and '${second}' pull apart most (${by} ${value.toFixed(2)}): ${meaning}.`;
}
