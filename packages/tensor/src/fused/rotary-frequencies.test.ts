import { describe, expect, it } from 'vitest';
import { FusedOperandError } from './operand.js';
import { rotaryFrequencies, type RotaryScaling } from './rotary-frequencies.js';

const shape = { headSize: 16, theta: 10_000 };
const plain = rotaryFrequencies(shape).radiansPerPosition;
const scaled = (scaling: RotaryScaling): Float64Array =>
  rotaryFrequencies({ ...shape, scaling }).radiansPerPosition;

describe('rotaryFrequencies', () => {
  it('is a geometric series without scaling', () => {
    expect(plain).toHaveLength(8);
    plain.forEach((radians, pair) => expect(radians).toBeCloseTo(10 ** (-pair / 2), 12));
  });

  it('divides every frequency when linear', () => {
    expect(scaled({ kind: 'linear', factor: 4 })).toEqual(plain.map((radians) => radians / 4));
  });

  it.each<RotaryScaling>([
    {
      kind: 'llama3',
      factor: 8,
      lowFrequencyFactor: 1,
      highFrequencyFactor: 4,
      originalMaxPositions: 64,
    },
    { kind: 'yarn', factor: 8, betaFast: 8, betaSlow: 1, attentionFactor: 1.2, originalMaxPositions: 64 },
  ])('keeps fast pairs, divides slow ones and blends between: $kind', (scaling) => {
    const ratios = scaled(scaling).map((radians, pair) => (plain[pair] as number) / radians);
    expect(ratios[0]).toBe(1);
    expect(ratios[7]).toBeCloseTo(8, 10);
    expect(ratios.some((ratio) => ratio > 1.01 && ratio < 7.9)).toBe(true);
    for (let pair = 1; pair < 8; pair++)
      expect(ratios[pair]).toBeGreaterThanOrEqual(ratios[pair - 1] as number);
  });

  it('scales amplitudes for YaRN only', () => {
    expect(rotaryFrequencies(shape).amplitude).toBe(1);
    const scaling = {
      kind: 'yarn',
      factor: 8,
      betaFast: 32,
      betaSlow: 1,
      attentionFactor: 1.2,
      originalMaxPositions: 64,
    } as const;
    expect(rotaryFrequencies({ ...shape, scaling }).amplitude).toBe(1.2);
  });

  it.each<[Parameters<typeof rotaryFrequencies>[0], string]>([
    [{ headSize: 5, theta: 10 }, 'headSize must be a positive even integer, found 5'],
    [{ headSize: 4, theta: 0 }, 'theta must be a positive number, found 0'],
    [{ ...shape, scaling: { kind: 'linear', factor: -2 } }, 'factor must be a positive number, found -2'],
  ])('refuses %j', (bad, message) => {
    expect(() => rotaryFrequencies(bad)).toThrow(FusedOperandError);
    expect(() => rotaryFrequencies(bad)).toThrow(message);
  });
});
