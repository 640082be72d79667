import { describe, expect, it } from 'vitest';
import type { HandPoseSpace } from './body-model.js';
import { HandPoseError, handPoseFromCoefficients } from './hand-pose.js';

const hand: HandPoseSpace = {
  meanAxisAngles: Float64Array.from({ length: 45 }, (_, i) => i / 100),
  components: Float64Array.from({ length: 90 }, (_, i) => (i < 45 ? 1 : 2)),
  componentCount: 2,
};

describe('handPoseFromCoefficients', () => {
  it('adds components to the relaxed or the flat hand', () => {
    expect(handPoseFromCoefficients(hand, [])).toEqual(hand.meanAxisAngles);
    expect(handPoseFromCoefficients(hand, [0.5, 1])[3]).toBeCloseTo(0.03 + 2.5, 12);
    expect(handPoseFromCoefficients(hand, Float32Array.of(0.5), { mean: 'flat' })).toEqual(
      new Float64Array(45).fill(0.5),
    );
    expect(hand.meanAxisAngles[3]).toBe(0.03);
  });

  it('refuses too many coefficients, and those that are not finite', () => {
    expect(() => handPoseFromCoefficients(hand, [1, 2, 3])).toThrow(HandPoseError);
    expect(() => handPoseFromCoefficients(hand, [1, 2, 3])).toThrow(/has 2 components, but 3/);
    expect(() => handPoseFromCoefficients(hand, [1, Infinity])).toThrow(/coefficient 1 is Infinity/);
  });
});
