import { describe, expect, it } from 'vitest';
import { dotPlot } from './dot-plot.js';
import { paddedRange, roundTicks, tickText } from './plot-style.js';
import { seriesPlot } from './series-plot.js';

const circles = (svg: string): { x: number; y: number; fill: string }[] =>
  [...svg.matchAll(/<circle cx="([^"]+)" cy="([^"]+)" r="[^"]+" fill="([^"]+)"/g)].map(([, x, y, fill]) => ({
    x: Number(x),
    y: Number(y),
    fill: fill ?? '',
  }));

describe('axes', () => {
  it('have round ticks within their range', () => {
    expect(roundTicks(0, 10)).toEqual([0, 5, 10]);
    expect(roundTicks(61.3, 79.8)).toEqual([65, 70, 75]);
    expect(roundTicks(3, 3)).toEqual([3]);
    expect(roundTicks(-0.1, 0.1).map(tickText)).toEqual(['-0.1', '-0.05', '0', '0.05', '0.1']);
  });

  it('have room around one value, and a range for none', () => {
    expect(paddedRange([Number.NaN])).toEqual({ low: 0, high: 1 });
    const { low, high } = paddedRange([0]);
    expect(high).toBeGreaterThan(low);
  });
});

describe('seriesPlot', () => {
  it('draws values higher up that are higher, ordinal values equally far apart, and no gap', () => {
    const points = [2, 4, 32].map((x, index) => ({ x, value: index, deviation: Number.NaN }));
    const svg = seriesPlot([
      {
        title: 'one <b>',
        xLabel: 'G',
        xScale: 'ordinal',
        series: [{ label: 'a', points: [...points, { x: 64, value: Number.NaN, deviation: 0 }] }],
        marks: [{ label: 'start', value: 5 }],
      },
    ]);
    const drawn = circles(svg);
    expect(drawn).toHaveLength(3);
    expect((drawn[1]?.x ?? 0) - (drawn[0]?.x ?? 0)).toBeCloseTo((drawn[2]?.x ?? 0) - (drawn[1]?.x ?? 0), 0);
    expect(drawn[0]?.y).toBeGreaterThan(drawn[2]?.y ?? Number.POSITIVE_INFINITY);
    expect(svg).not.toMatch(/NaN|<b>/);
  });

  it('gives a series one colour in all panels, and a legend only to several', () => {
    const series = ['a', 'b'].map((label) => ({ label, points: [{ x: 0, value: 1, deviation: 0 }] }));
    const one = seriesPlot([{ title: 't', xLabel: 'x', series: series.slice(0, 1) }]);
    expect(one).not.toContain('height="4"');
    const two = seriesPlot([
      { title: 't', xLabel: 'x', series },
      { title: 'u', xLabel: 'x', series: series.slice(1) },
    ]);
    expect(two.match(/height="4"/g)).toHaveLength(2);
    const [first, second, third] = circles(two);
    expect(first?.fill).not.toBe(second?.fill);
    expect(third?.fill).toBe(second?.fill);
  });
});

describe('dotPlot', () => {
  it('tells better from worse by the direction that is wanted', () => {
    const dots = [1, 3].map((value) => ({ value, deviation: 0 }));
    const fills = (better: 'higher' | 'lower' | 'neither'): string[] =>
      circles(dotPlot(['low', 'high'], [{ title: 't', better, dots, reference: 2 }])).map(({ fill }) => fill);
    const [low, high] = fills('higher');
    expect(low).not.toBe(high);
    expect(fills('lower')).toEqual([high, low]);
    expect(new Set(fills('neither')).size).toBe(1);
  });

  it('leaves out what was not measured', () => {
    const dots = [Number.NaN, 1].map((value) => ({ value, deviation: Number.NaN }));
    const svg = dotPlot(['a', 'b'], [{ title: 't', better: 'higher', dots }]);
    expect(circles(svg)).toHaveLength(1);
    expect(svg).not.toContain('NaN');
  });
});
