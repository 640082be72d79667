import type { Calibration } from '../evaluation/calibration.js';

const SIZE = 300;
const MARGIN = { left: 44, right: 12, top: 10, bottom: 34 };

/**
 * A reliability plot as a self-contained SVG: the observed coverage of central intervals over the nominal one. On the
 * diagonal the predicted deviations are right; below it they are too small (over-confident), above it too large. Faint
 * lines are single groups (joints).
 *
 * @example
 * ```ts
 * import { calibrationOf, reliabilityChart } from 'pose-rft';
 *
 * const calibration = calibrationOf({ means: [0, 0], truths: [1, -0.2], logStandardDeviations: [0, 0] });
 * console.assert(reliabilityChart(calibration).startsWith('<svg '));
 * ```
 */
export function reliabilityChart(calibration: Calibration): string {
  const { levels, observedCoverage, groups } = calibration;
  const x = (share: number): string => (MARGIN.left + (SIZE - MARGIN.left - MARGIN.right) * share).toFixed(1);
  const y = (share: number): string =>
    (SIZE - MARGIN.bottom - (SIZE - MARGIN.top - MARGIN.bottom) * share).toFixed(1);
  const path = (observed: readonly number[]): string => {
    const points = levels.flatMap((level, index) => {
      const share = observed[index] ?? Number.NaN;
      return Number.isNaN(share) ? [] : [`${x(level)} ${y(share)}`];
    });
    return points.length === 0 ? '' : `M${points.join('L')}`;
  };
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const label = `${(100 * share).toFixed(0)} %`;
    return (
      `<line class="grid" x1="${x(0)}" x2="${x(1)}" y1="${y(share)}" y2="${y(share)}"/>` +
      `<text class="tick" x="${MARGIN.left - 6}" y="${(Number(y(share)) + 3.5).toFixed(1)}" text-anchor="end">${label}</text>` +
      `<text class="tick" x="${x(share)}" y="${SIZE - MARGIN.bottom + 14}" text-anchor="middle">${label}</text>`
    );
  });
  const dots = levels.map((level, index) => {
    const share = observedCoverage[index] ?? Number.NaN;
    return Number.isNaN(share) ? '' : `<circle class="dot" cx="${x(level)}" cy="${y(share)}" r="2.6"/>`;
  });
  const error = (100 * calibration.expectedCalibrationError).toFixed(1);
  return (
    `<svg viewBox="0 0 ${SIZE} ${SIZE}" role="img" aria-label="reliability, expected calibration error ${error} %">` +
    ticks.join('') +
    `<path class="ideal" d="M${x(0)} ${y(0)}L${x(1)} ${y(1)}"/>` +
    groups.map(({ observedCoverage: observed }) => `<path class="raw" d="${path(observed)}"/>`).join('') +
    `<path class="mean" d="${path(observedCoverage)}"/>` +
    dots.join('') +
    `<text class="tick" x="${x(0.5)}" y="${SIZE - 4}" text-anchor="middle">nominal coverage; observed upwards</text></svg>`
  );
}
