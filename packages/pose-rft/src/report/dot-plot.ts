import { escapeHtml } from './escape-html.js';
import { paddedRange, roundTicks, seriesColour, standaloneSvg, tickText } from './plot-style.js';

/** One quantity for every row. */
export interface DotColumn {
  readonly title: string;
  /** Which way is an improvement: colours the dots on that side of the reference. */
  readonly better: 'higher' | 'lower' | 'neither';
  /** One a row; NaN: not measured. */
  readonly dots: readonly { readonly value: number; readonly deviation: number }[];
  /** A vertical line to compare with. */
  readonly reference?: number;
}

const ROW = 19;
const COLUMN = { width: 138, inner: 112 };
const LABELS = 190;
const TOP = 26;
const BOTTOM = 26;

/**
 * Draws rows of dots with their deviations, one column for each quantity, each with a scale of its own: an SVG file of its
 * own. Blue is better than the reference, orange worse.
 *
 * @example
 * ```ts
 * import { dotPlot } from 'pose-rft';
 *
 * const dots = [0.5, 0.7].map((value) => ({ value, deviation: 0.02 }));
 * const svg = dotPlot(['start', 'tuned'], [{ title: 'satisfied', better: 'higher', dots, reference: 0.5 }]);
 * console.assert(svg.startsWith('<svg ') && !svg.includes('NaN'));
 * ```
 */
export function dotPlot(rows: readonly string[], columns: readonly DotColumn[]): string {
  const width = LABELS + COLUMN.width * columns.length;
  const height = TOP + ROW * rows.length + BOTTOM;
  const labels = rows.map((label, row) => {
    const y = TOP + ROW * (row + 0.5);
    return (
      `<text x="${LABELS - 14}" y="${y + 4}" text-anchor="end">${escapeHtml(label)}</text>` +
      `<line class="grid" x1="${LABELS - 8}" x2="${width - 8}" y1="${y}" y2="${y}" opacity=".6"/>`
    );
  });
  const drawn = columns.map(
    (column, index) =>
      `<g transform="translate(${LABELS + COLUMN.width * index} 0)">${drawColumn(column, height - BOTTOM)}</g>`,
  );
  const title = escapeHtml(columns.map((column) => column.title).join('; '));
  return standaloneSvg({ width, height }, title, labels.join('') + drawn.join(''));
}

function drawColumn({ title, better, dots, reference }: DotColumn, bottom: number): string {
  const { low, high } = paddedRange([
    ...dots.flatMap(({ value, deviation }) => [value - (deviation || 0), value + (deviation || 0)]),
    ...(reference === undefined ? [] : [reference]),
  ]);
  const x = (value: number): number => 4 + (COLUMN.inner * (value - low)) / (high - low);
  const colour = (value: number): string => {
    if (reference === undefined || better === 'neither' || value === reference) return seriesColour(6);
    return seriesColour(value > reference === (better === 'higher') ? 0 : 1);
  };
  const mark =
    reference === undefined
      ? ''
      : `<line class="mark" x1="${x(reference).toFixed(1)}" x2="${x(reference).toFixed(1)}" y1="${TOP}" y2="${bottom}"/>`;
  const ticks = roundTicks(low, high, 2).map(
    (tick) =>
      `<text class="soft" x="${x(tick).toFixed(1)}" y="${bottom + 14}" text-anchor="middle">${tickText(tick)}</text>`,
  );
  const points = dots.map(({ value, deviation }, row) => {
    if (!Number.isFinite(value)) return '';
    const y = TOP + ROW * (row + 0.5);
    const bar =
      deviation > 0
        ? `<line x1="${x(value - deviation).toFixed(1)}" x2="${x(value + deviation).toFixed(1)}" y1="${y}" y2="${y}" stroke="${colour(value)}" stroke-width="2" opacity=".6"/>`
        : '';
    return `${bar}<circle cx="${x(value).toFixed(1)}" cy="${y}" r="3.4" fill="${colour(value)}"/>`;
  });
  return `<text class="bold" x="4" y="16">${escapeHtml(title)}</text>${mark}${points.join('')}${ticks.join('')}`;
}
