import { escapeHtml } from './escape-html.js';

/** One measured quantity over the iterations of a run. */
export interface Curve {
  readonly label: string;
  /** What the numbers mean, for example "share of answers" or "nats per token". */
  readonly unit: string;
  /** One value per iteration; NaN where it was not measured. */
  readonly values: readonly number[];
  /** What training should do to it; `none` for a mere observation such as a KL. */
  readonly wanted: 'higher' | 'lower' | 'none';
}

const WIDTH = 340;
const HEIGHT = 170;
const MARGIN = { left: 48, right: 12, top: 10, bottom: 26 };

/**
 * Draws one curve as a self-contained SVG: the raw values faint, their running mean strong, the last mean as a label.
 * Colours come from the page's CSS classes, so that the chart follows light and dark.
 *
 * @example
 * ```ts
 * import { lineChart } from 'pose-rft';
 *
 * const svg = lineChart({ label: 'reward', unit: 'share', values: [0.2, Number.NaN, 0.5], wanted: 'higher' });
 * console.assert(svg.startsWith('<svg ') && !svg.includes('NaN'));
 * ```
 */
export function lineChart(curve: Curve): string {
  const smooth = runningMean(curve.values, Math.max(1, Math.round(curve.values.length / 40)));
  const { low, high } = niceRange(curve.values, smooth);
  const x = (index: number): number =>
    MARGIN.left + ((WIDTH - MARGIN.left - MARGIN.right) * index) / Math.max(1, curve.values.length - 1);
  const y = (value: number): number =>
    MARGIN.top +
    (HEIGHT - MARGIN.top - MARGIN.bottom) * (1 - (Math.min(high, Math.max(low, value)) - low) / (high - low));

  const grid = [low, (low + high) / 2, high]
    .map(
      (value) =>
        `<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}"/>` +
        `<text class="tick" x="${MARGIN.left - 6}" y="${(y(value) + 3.5).toFixed(1)}" text-anchor="end">${formatTick(value)}</text>`,
    )
    .join('');
  const last = smooth.findLast((value) => !Number.isNaN(value)) ?? Number.NaN;
  const bottom = HEIGHT - 8;
  return (
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(`${curve.label}, from ${formatTick(smooth[0] ?? Number.NaN)} to ${formatTick(last)}`)}">` +
    grid +
    `<path class="raw" d="${path(curve.values, x, y)}"/>` +
    `<path class="mean" d="${path(smooth, x, y)}"/>` +
    `<text class="tick" x="${MARGIN.left}" y="${bottom}">1</text>` +
    `<text class="tick" x="${WIDTH - MARGIN.right}" y="${bottom}" text-anchor="end">iteration ${curve.values.length}</text>` +
    `</svg>`
  );
}

/** The mean of the last `window` finite values at each position; NaN until the first one. */
export function runningMean(values: readonly number[], window: number): number[] {
  const held: number[] = [];
  return values.map((value) => {
    if (Number.isFinite(value)) held.push(value);
    if (held.length > window) held.shift();
    return held.length === 0 ? Number.NaN : held.reduce((sum, item) => sum + item, 0) / held.length;
  });
}

/** The range to draw: robust to a few spikes of the raw values, and never empty. */
function niceRange(raw: readonly number[], smooth: readonly number[]): { low: number; high: number } {
  const sorted = raw.filter(Number.isFinite).sort((first, second) => first - second);
  const means = smooth.filter(Number.isFinite);
  if (sorted.length === 0) return { low: 0, high: 1 };
  const at = (quantile: number): number => sorted[Math.round(quantile * (sorted.length - 1))] as number;
  const low = Math.min(at(0.02), ...means);
  const high = Math.max(at(0.98), ...means);
  const padding = (high - low) * 0.05 || Math.abs(high) * 0.05 || 0.5;
  return { low: low >= 0 && low - padding < 0 ? 0 : low - padding, high: high + padding };
}

function path(values: readonly number[], x: (index: number) => number, y: (value: number) => number): string {
  let command = 'M';
  let drawing = '';
  values.forEach((value, index) => {
    if (!Number.isFinite(value)) {
      command = 'M';
      return;
    }
    drawing += `${command}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    command = 'L';
  });
  return drawing;
}

function formatTick(value: number): string {
  if (Number.isNaN(value)) return 'not measured';
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && magnitude < 0.001) return value.toExponential(1);
  return magnitude >= 100 ? value.toFixed(0) : magnitude >= 10 ? value.toFixed(1) : value.toFixed(3);
}
