import { describe, expect, it } from 'vitest';
import { lineChart, runningMean } from './line-chart.js';

describe('runningMean', () => {
  it('averages the last values and passes over gaps', () => {
    expect(runningMean([Number.NaN, 2, Number.NaN, 4, 9], 2)).toEqual([Number.NaN, 2, 2, 3, 6.5]);
  });
});

describe('lineChart', () => {
  it('breaks the line where nothing was measured', () => {
    const svg = lineChart({ label: 'reward', unit: '', values: [0, 1, Number.NaN, 1, 0], wanted: 'higher' });
    const raw = /class="raw" d="([^"]*)"/.exec(svg)?.[1] ?? '';
    expect(raw.match(/M/g)).toHaveLength(2);
    expect(svg).not.toContain('NaN');
  });

  it('draws flat, empty and single-valued curves without dividing by zero', () => {
    for (const values of [[3, 3, 3], [], [7], [Number.NaN]]) {
      const svg = lineChart({ label: 'flat', unit: '', values, wanted: 'none' });
      expect(svg).not.toMatch(/NaN|Infinity/);
    }
  });

  it('cannot be broken out of by a label', () => {
    expect(lineChart({ label: '"><script>', unit: '', values: [1], wanted: 'none' })).not.toContain(
      '<script>',
    );
  });
});
