import { describe, expect, it } from 'vitest';
import { sparseSkinningWeights, strongestInfluences } from './sparse-skinning-weights.js';

describe('sparseSkinningWeights', () => {
  it('sorts the weights, and has room for the vertex with most', () => {
    const sparse = sparseSkinningWeights([0.25, 0, 0.75, 0, 1, 0, 0.2, 0.5, 0.3], 3, 3);
    expect(sparse.influenceCount).toBe(3);
    expect(Array.from(sparse.joints)).toEqual([2, 0, 0, 1, 0, 0, 1, 2, 0]);
    expect(sparse.weights).toEqual(Float32Array.of(0.75, 0.25, 0, 1, 0, 0, 0.5, 0.3, 0.2));
  });
});

describe('strongestInfluences', () => {
  const sparse = sparseSkinningWeights([0.2, 0.5, 0.3, 0, 1, 0], 2, 3);

  it('keeps the strongest, which then sum to one', () => {
    const two = strongestInfluences(sparse, 2);
    expect(Array.from(two.joints)).toEqual([1, 2, 1, 0]);
    expect(two.weights).toEqual(Float32Array.of(0.625, 0.375, 1, 0));
  });

  it('pads, and leaves alone what fits', () => {
    expect(strongestInfluences(sparse, 4).weights).toEqual(Float32Array.of(0.5, 0.3, 0.2, 0, 1, 0, 0, 0));
    expect(strongestInfluences(sparse, 3)).toBe(sparse);
  });
});
