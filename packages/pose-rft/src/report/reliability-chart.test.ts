import { describe, expect, it } from 'vitest';
import { calibrationOf } from '../evaluation/calibration.js';
import { reliabilityChart } from './reliability-chart.js';

describe('reliabilityChart', () => {
  it('draws the diagonal, the whole, and a line for each group', () => {
    const svg = reliabilityChart(
      calibrationOf({
        means: [0, 0, 0, 0],
        truths: [0.1, 3, -0.4, 1],
        logStandardDeviations: [0, 0, 0, 0],
        groupCount: 2,
      }),
    );
    expect(svg.match(/class="raw"/g)).toHaveLength(2);
    expect(svg.match(/class="ideal"/g)).toHaveLength(1);
    expect(svg.match(/class="dot"/g)).toHaveLength(19);
    expect(svg).not.toContain('NaN');
  });

  it('puts over-confidence below the diagonal', () => {
    const calibration = calibrationOf(
      { means: [0, 0], truths: [5, 5], logStandardDeviations: [0, 0] },
      [0.5],
    );
    const [, , y] = /class="dot" cx="([\d.]+)" cy="([\d.]+)"/.exec(reliabilityChart(calibration)) ?? [];
    expect(Number(y)).toBe(266); // the bottom of the plot
  });

  it('draws nothing of nothing', () => {
    const svg = reliabilityChart(calibrationOf({ means: [], truths: [], logStandardDeviations: [] }));
    expect(svg).not.toMatch(/class="dot"/);
    expect(svg.replace(/aria-label="[^"]*"/, '')).not.toContain('NaN');
  });
});
