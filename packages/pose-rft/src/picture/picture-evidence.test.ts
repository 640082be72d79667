import { describe, expect, it } from 'vitest';
import { pictureEvidence, pictureSlots, sensesOfSlots } from './picture-evidence.js';
import { PICTURE_SENSES } from './picture-senses.js';

const FEATURES = Float32Array.from({ length: 26 * 100 }, (_, index) => index + 1);
const KEYPOINTS = Array.from({ length: 17 }, (_, index) => ({ x: 64 + index, y: 64 - index, score: 0.5 }));

describe('pictureEvidence', () => {
  it('has a shape of its own for each of the senses', () => {
    for (const senses of PICTURE_SENSES) {
      const slots = pictureSlots(senses);
      expect(sensesOfSlots(slots)).toBe(senses);
      const evidence = pictureEvidence(senses, { features: FEATURES, keypoints: KEYPOINTS });
      expect(evidence.length).toBe(slots.count * slots.size);
    }
    expect(sensesOfSlots({ count: 12, size: 128 })).toBeUndefined();
  });

  it('keeps every number of the encoder, and loses none', () => {
    const evidence = pictureEvidence('encoder', { features: FEATURES });
    const kept = new Set(evidence);
    // The summary has no places: the last four numbers of its two vectors are the encoder's filling.
    const isFilling = (index: number): boolean => index >= 24 * 100 && index % 100 >= 96;
    FEATURES.forEach((value, index) => {
      if (!isFilling(index)) expect(kept.has(value)).toBe(true);
    });
  });

  it('gives every place columns that nothing else uses', () => {
    const { count, size } = pictureSlots('both');
    const moved = KEYPOINTS.map((keypoint, index) => (index === 6 ? { ...keypoint, x: 3 } : keypoint));
    const one = pictureEvidence('both', { features: FEATURES, keypoints: KEYPOINTS });
    const other = pictureEvidence('both', { features: FEATURES, keypoints: moved });
    const changed = Array.from(one.keys()).filter((index) => one[index] !== other[index]);
    expect(changed).toHaveLength(1);
    const column = (changed[0] ?? 0) % size;
    const users = Array.from({ length: count }, (_, row) => one[row * size + column]).filter(
      (value) => value !== 0,
    );
    expect(users).toHaveLength(1);
    expect(other[changed[0] ?? 0]).toBeCloseTo(2 * ((2 * 3) / 128 - 1), 5);
  });

  it('does without no sense that it needs', () => {
    expect(() => pictureEvidence('both', { features: FEATURES })).toThrow('no keypoints');
    expect(() => pictureEvidence('encoder', { keypoints: KEYPOINTS })).toThrow('the encoder says nothing');
  });
});
