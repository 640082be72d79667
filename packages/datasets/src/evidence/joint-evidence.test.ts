import { fc, test } from '@fast-check/vitest';
import { createRandom } from '@pose-rft/random';
import { PARENTS, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
import { describe, expect } from 'vitest';
import { EVIDENCE_FEATURES, EVIDENCE_TOKENS, jointEvidence, JointEvidenceError } from './joint-evidence.js';

const positions = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 72, maxLength: 72 });

describe('jointEvidence', () => {
  test.prop([positions])('without noise is the documented layout, and nothing else', (numbers) => {
    const joints = Float64Array.from(numbers);
    const evidence = jointEvidence(joints, createRandom(1), 0);
    const expected = new Float32Array(EVIDENCE_TOKENS * EVIDENCE_FEATURES);
    for (let joint = 0; joint < 24; joint++) {
      const parent = Math.max(0, PARENTS[joint] as number);
      const [x, y] = [joints[3 * joint] as number, joints[3 * joint + 1] as number];
      const [px, py] = [joints[3 * parent] as number, joints[3 * parent + 1] as number];
      expected.set(
        [1, 2 * x, 2 * y, 6 * (x - px), 6 * (y - py)],
        EVIDENCE_FEATURES * Math.floor(joint / 2) + 5 * joint,
      );
    }
    // By ===, for which 0 and -0 are one number.
    expect(evidence.findIndex((value, index) => value !== expected[index])).toBe(-1);
  });

  test.prop([positions, fc.integer({ min: 0, max: 71 })])('does not see depth', (numbers, index) => {
    const joints = Float64Array.from(numbers);
    const moved = joints.slice();
    moved[index] = (moved[index] as number) + 0.5;
    const isDepth = index % 3 === 2;
    const same = jointEvidence(joints, createRandom(2)).every(
      (value, at) => value === jointEvidence(moved, createRandom(2))[at],
    );
    expect(same).toBe(isDepth);
  });

  test('has noise of the given size', () => {
    const joints = SYNTHETIC_SKELETON.restJointsMetres;
    const clean = jointEvidence(joints, createRandom(0), 0);
    const errors = Array.from({ length: 200 }, (_, seed) =>
      jointEvidence(joints, createRandom(seed), 0.02),
    ).flatMap((noisy) =>
      Array.from({ length: 24 }, (_, joint) => 128 * Math.floor(joint / 2) + 5 * joint + 1).map(
        (at) => ((noisy[at] as number) - (clean[at] as number)) / 2,
      ),
    );
    const deviation = Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length);
    expect(deviation).toBeGreaterThan(0.019);
    expect(deviation).toBeLessThan(0.021);
  });

  test('refuses what is not 24 finite positions', () => {
    const joints = new Float32Array(72);
    joints[5] = NaN;
    expect(() => jointEvidence(joints, createRandom(0))).toThrow(JointEvidenceError);
    expect(() => jointEvidence(joints, createRandom(0))).toThrow(/joints\[5\] is NaN/);
    expect(() => jointEvidence(new Float32Array(66), createRandom(0))).toThrow(/72 numbers.*got 66/);
    expect(() => jointEvidence(new Float32Array(72), createRandom(0), -1)).toThrow(JointEvidenceError);
  });
});
