import { escapeHtml } from './escape-html.js';
import { paddedRange, roundTicks, seriesColour, standaloneSvg, tickText } from './plot-style.js';

/** A value with its spread over repetitions; NaN for none. */
export interface SpreadPoint {
  readonly x: number;
  readonly value: number;
  readonly deviation: number;
}

/** One line, in the same place of the legend in every panel. */
export interface PlotSeries {
  readonly label: string;
  readonly points: readonly SpreadPoint[];
}

export interface SeriesPanel {
  readonly title: string;
  readonly xLabel: string;
  /** `ordinal`: the values that occur are equally far apart, and all of them are named. Default `linear`. */
  readonly xScale?: 'linear' | 'ordinal';
  readonly series: readonly PlotSeries[];
  /** Horizontal lines to compare with. */
  readonly marks?: readonly { readonly label: string; readonly value: number }[];
}

const PANEL = { width: 300, height: 220, left: 52, right: 12, top: 28, bottom: 36 };
const LEGEND_LINE = 16;
const PANELS_A_ROW = 3;

/**
 * Draws panels of lines side by side, the values as points with their deviations as bars, over one legend: an SVG file
 * of its own.
 *
 * @example
 * ```ts
 * import { seriesPlot } from 'pose-rft';
 *
 * const points = [1, 2, 4].map((x) => ({ x, value: 3 * x, deviation: 0.5 }));
 * const panel = { title: 'cost', xLabel: 'G', xScale: 'ordinal', series: [{ label: 'seconds', points }] } as const;
 * const svg = seriesPlot([panel]);
 * console.assert(svg.startsWith('<svg ') && !svg.includes('NaN'));
 * ```
 */
export function seriesPlot(panels: readonly SeriesPanel[]): string {
  const labels = [...new Set(panels.flatMap(({ series }) => series.map(({ label }) => label)))];
  const columns = panels.length === 4 ? 2 : Math.min(PANELS_A_ROW, panels.length);
  const rows = Math.ceil(panels.length / columns);
  const width = columns * PANEL.width;
  const legendTop = rows * PANEL.height + 8;
  const shownLabels = labels.length > 1 ? labels : [];
  const height = legendTop + LEGEND_LINE * Math.ceil(shownLabels.length / columns);
  const drawn = panels.map((panel, index) => {
    const x = (index % columns) * PANEL.width;
    const y = Math.floor(index / columns) * PANEL.height;
    return `<g transform="translate(${x} ${y})">${drawPanel(panel, labels)}</g>`;
  });
  const legend = shownLabels.map((label, index) => {
    const x = PANEL.width * (index % columns);
    const y = legendTop + LEGEND_LINE * Math.floor(index / columns);
    return `<rect x="${x + 16}" y="${y}" width="14" height="4" fill="${seriesColour(index)}"/><text x="${x + 38}" y="${y + 6}">${escapeHtml(label)}</text>`;
  });
  const title = escapeHtml(panels.map((panel) => panel.title).join('; '));
  return standaloneSvg({ width, height }, title, drawn.join('') + legend.join(''));
}

function drawPanel(panel: SeriesPanel, labels: readonly string[]): string {
  const { series, marks = [], xScale = 'linear' } = panel;
  const present = series.map((each) => ({
    ...each,
    points: each.points.filter(({ value }) => Number.isFinite(value)),
  }));
  const all = present.flatMap(({ points }) => points);
  const xValues = [...new Set(all.map(({ x }) => x))].sort((first, second) => first - second);
  const scaleX = (value: number): number => (xScale === 'ordinal' ? xValues.indexOf(value) : value);
  const first = scaleX(xValues[0] ?? 0);
  const last = scaleX(xValues.at(-1) ?? 1);
  const { low, high } = paddedRange([
    ...all.flatMap(({ value, deviation }) => [value - (deviation || 0), value + (deviation || 0)]),
    ...marks.map(({ value }) => value),
  ]);
  const bottom = PANEL.height - PANEL.bottom;
  const right = PANEL.width - PANEL.right;
  const x = (value: number): number =>
    PANEL.left + 8 + ((right - PANEL.left - 16) * (scaleX(value) - first)) / (last - first || 1);
  const y = (value: number): number => bottom - ((bottom - PANEL.top) * (value - low)) / (high - low);

  const grid = roundTicks(low, high).map(
    (tick) =>
      `<line class="grid" x1="${PANEL.left}" x2="${right}" y1="${y(tick).toFixed(1)}" y2="${y(tick).toFixed(1)}"/>` +
      `<text class="soft" x="${PANEL.left - 5}" y="${(y(tick) + 3.5).toFixed(1)}" text-anchor="end">${tickText(tick)}</text>`,
  );
  const ticks = xScale === 'ordinal' || xValues.length <= 7 ? xValues : roundTicks(first, last);
  const axis = ticks.map(
    (tick) =>
      `<text class="soft" x="${x(tick).toFixed(1)}" y="${bottom + 14}" text-anchor="middle">${tickText(tick)}</text>`,
  );
  const lines = marks
    .filter(({ value }) => Number.isFinite(value))
    .map(
      ({ label, value }) =>
        `<line class="mark" x1="${PANEL.left}" x2="${right}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}"/>` +
        `<text class="soft" x="${right}" y="${(y(value) - 3).toFixed(1)}" text-anchor="end">${escapeHtml(label)}</text>`,
    );
  const curves = present.map(({ label, points }) =>
    drawSeries(points, seriesColour(labels.indexOf(label)), x, y),
  );
  return (
    `<text class="bold" x="${PANEL.left}" y="16">${escapeHtml(panel.title)}</text>` +
    grid.join('') +
    axis.join('') +
    `<text class="soft" x="${(PANEL.left + right) / 2}" y="${bottom + 29}" text-anchor="middle">${escapeHtml(panel.xLabel)}</text>` +
    lines.join('') +
    curves.join('')
  );
}

function drawSeries(
  points: readonly SpreadPoint[],
  colour: string,
  x: (value: number) => number,
  y: (value: number) => number,
): string {
  const path = points
    .map((point, index) => `${index === 0 ? 'M' : 'L'}${x(point.x).toFixed(1)} ${y(point.value).toFixed(1)}`)
    .join('');
  const marks = points.map((point) => {
    const centre = x(point.x).toFixed(1);
    const bar =
      point.deviation > 0
        ? `<line x1="${centre}" x2="${centre}" y1="${y(point.value - point.deviation).toFixed(1)}" y2="${y(point.value + point.deviation).toFixed(1)}" stroke="${colour}" opacity=".5"/>`
        : '';
    return `${bar}<circle cx="${centre}" cy="${y(point.value).toFixed(1)}" r="2.2" fill="${colour}"/>`;
  });
  return `<path class="line" stroke="${colour}" d="${path}"/>${marks.join('')}`;
}
