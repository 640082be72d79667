import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import golden from '../__golden__/half-precision.golden.json' with { type: 'json' };
import {
  bfloat16BitsToFloat32,
  float16BitsToFloat32,
  float32ToBfloat16Bits,
  float32ToFloat16Bits,
} from './half-precision.js';

const everyPattern = Array.from({ length: 65536 }, (_, bits) => bits);
const isFinitePattern = (value: number): boolean => Number.isFinite(value);

const formats = [
  { name: 'float16', encode: float32ToFloat16Bits, decode: float16BitsToFloat32, golden: golden.float16 },
  { name: 'bfloat16', encode: float32ToBfloat16Bits, decode: bfloat16BitsToFloat32, golden: golden.bfloat16 },
];

describe.each(formats)('$name', ({ encode, decode, golden: expectedBits }) => {
  test('every bit pattern that is no NaN survives a round trip through float32', () => {
    const changed = everyPattern.filter(
      (bits) => !Number.isNaN(decode(bits)) && encode(decode(bits)) !== bits,
    );
    expect(changed).toEqual([]);
  });

  test('every NaN stays one', () => {
    const lost = everyPattern.filter(
      (bits) => Number.isNaN(decode(bits)) && !Number.isNaN(decode(encode(NaN) | (bits & 0x8000))),
    );
    expect(lost).toEqual([]);
    expect(decode(encode(NaN))).toBeNaN();
  });

  test('rounds as torch does', () => {
    const bits = Uint32Array.from(golden.float32);
    const values = new Float32Array(bits.buffer);
    expect(Array.from(values, encode)).toEqual(expectedBits);
  });

  // Positive patterns ascend with their values, so neighbours are neighbouring patterns.
  test.prop([fc.float({ noNaN: true, noDefaultInfinity: true })])(
    'rounds to a nearest value, and a tie to the even pattern',
    (value) => {
      const bits = encode(value);
      const rounded = decode(bits);
      if (!isFinitePattern(rounded)) return;
      const distance = Math.abs(rounded - value);
      for (const neighbour of [bits - 1, bits + 1]) {
        const other = decode(neighbour & 0xffff);
        if (!isFinitePattern(other) || Math.sign(other) !== Math.sign(rounded)) continue;
        const otherDistance = Math.abs(other - value);
        expect(otherDistance).toBeGreaterThanOrEqual(distance);
        if (otherDistance === distance) expect(bits & 1).toBe(0);
      }
    },
  );

  test.prop([fc.float({ noNaN: true }), fc.float({ noNaN: true })])('keeps the order of values', (a, b) => {
    const [low, high] = a <= b ? [a, b] : [b, a];
    expect(decode(encode(low))).toBeLessThanOrEqual(decode(encode(high)));
  });

  test.prop([fc.float({ noNaN: true })])('is odd', (value) => {
    expect(encode(-value)).toBe(encode(value) ^ 0x8000);
  });
});
