import { createRandom } from '@pose-rft/random';
import { describe, expect, it } from 'vitest';
import { bootstrapMean } from './bootstrap.js';
import { bootstrapClusteredMean } from './clustered-bootstrap.js';

const random = createRandom(3);
const ROWS = 400;
/** Twenty sequences of twenty frames: a sequence's frames share most of their value. */
const clusters = Array.from({ length: ROWS }, (_, row) => `sequence ${Math.floor(row / 20)}`);
const shared = Array.from({ length: 20 }, () => random.normal());
const values = clusters.map((_, row) => (shared[Math.floor(row / 20)] as number) + 0.1 * random.normal());

describe('bootstrapClusteredMean', () => {
  it('is the plain bootstrap where each value stands alone', () => {
    const alone = values.map((_, row) => String(row));
    const { clusterCount, ...estimate } = bootstrapClusteredMean(values, alone);
    expect(clusterCount).toBe(ROWS);
    const plain = bootstrapMean(values);
    expect(estimate.count).toBe(plain.count);
    for (const field of ['mean', 'low', 'high'] as const)
      expect(estimate[field]).toBeCloseTo(plain[field], 12);
  });

  it('is wider where values hang together, as theory has it', () => {
    const plain = bootstrapMean(values);
    const clustered = bootstrapClusteredMean(values, clusters);
    expect(clustered.mean).toBeCloseTo(plain.mean, 12);
    // With nearly equal values within clusters of 20: sqrt(20) = 4.5 times.
    const ratio = (clustered.high - clustered.low) / (plain.high - plain.low);
    expect(ratio).toBeGreaterThan(3.5);
    expect(ratio).toBeLessThan(5.5);
  });

  it('weighs values, not clusters, and leaves NaN out', () => {
    const { mean, count, clusterCount } = bootstrapClusteredMean(
      [1, 1, 1, 5, Number.NaN, Number.NaN],
      ['a', 'a', 'a', 'b', 'b', 'c'],
    );
    expect(mean).toBe(2);
    expect(count).toBe(4);
    expect(clusterCount).toBe(2);
  });

  it('has NaN for nothing, and refuses lengths that differ', () => {
    expect(bootstrapClusteredMean([Number.NaN], ['a']).low).toBeNaN();
    expect(bootstrapClusteredMean([], []).mean).toBeNaN();
    expect(() => bootstrapClusteredMean([1, 2], ['a'])).toThrow(/2 values, 1 names/);
  });
});
