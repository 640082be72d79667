import { expect, test } from 'vitest';
import { ratioOf, spreadOf } from './bench-statistics.js';
import { formatBench, reachesTarget, type BenchLine } from './bench-table.js';

const line: BenchLine = {
  title: 'a step',
  backend: 'wasm',
  unit: 'ms',
  peer: spreadOf([100, 120, 110]),
  own: spreadOf([200, 220, 240]),
  floor: 55,
  target: 0.8,
  profile: [
    { kernel: '_FusedMatMul', share: 0.7 },
    { kernel: 'outside kernels', share: 0.3 },
  ],
};

test('quantiles lie between neighbours', () => {
  expect(spreadOf([4, 1, 3, 2])).toEqual({
    median: 2.5,
    least: 1,
    most: 4,
    lowerQuartile: 1.75,
    upperQuartile: 3.25,
  });
});

test('a ratio is of medians, its range of opposite quartiles', () => {
  expect(ratioOf(spreadOf([100, 120, 110]), spreadOf([200, 220, 240]))).toEqual({
    ratio: 0.5,
    low: 105 / 230,
    high: 115 / 210,
  });
});

test('a missed target is called missed, with what its time goes into', () => {
  const text = formatBench([line]);
  expect(text).toContain('| 0.50x (0.46-0.55) | 0.8x   | missed | 55    | 4.0x       |');
  expect(text).toContain('- a step, wasm: _FusedMatMul 70 %, outside kernels 30 %');
});

test('memory reaches its target from below; without a peer nothing is reached or missed', () => {
  const memory: BenchLine = { ...line, unit: 'MB', target: 2 };
  expect([1, 2, 3].map((target) => reachesTarget({ ...memory, target }))).toEqual([false, true, true]);
  const alone: BenchLine = { ...line, peer: undefined };
  expect(reachesTarget(alone)).toBeUndefined();
  expect(formatBench([alone])).toContain('not here');
});
