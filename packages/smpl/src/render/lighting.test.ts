import { describe, expect, test } from 'vitest';
import { syntheticBody } from '../body/synthetic-body.js';
import { FRONT_VIEW } from './camera.js';
import { LightingError } from './lighting.js';
import { renderBody } from './render-body.js';
import { RenderOptionsError } from './render-mesh.js';

const tPose = Float32Array.from({ length: 144 }, (_, i) => (i % 6 === 0 || i % 6 === 4 ? 1 : 0));
const size = { width: 48, height: 48, view: FRONT_VIEW, ground: 'none' } as const;

/** Mean of a channel over the body's pixels in the left or right half. */
function brightness(options: Parameters<typeof renderBody>[2], half: 'left' | 'right', channel = 1): number {
  const { rgb, silhouette } = renderBody(syntheticBody(), tPose, { ...size, ...options });
  let sum = 0;
  let count = 0;
  silhouette.forEach((covered, pixel) => {
    const isLeft = pixel % size.width < size.width / 2;
    if (covered < 255 || isLeft !== (half === 'left')) return;
    sum += rgb[3 * pixel + channel] as number;
    count++;
  });
  return sum / count;
}

describe('lighting', () => {
  test('comes from where it is told to', () => {
    const fromLeft = { keyDirection: [-1, 0, 0.1], fillStrength: 0 } as const;
    const fromRight = { keyDirection: [1, 0, 0.1], fillStrength: 0 } as const;
    const right = brightness({ lighting: fromRight }, 'right');
    expect(right).toBeGreaterThan(brightness({ lighting: fromLeft }, 'right') + 3);
  });

  test('is as strong and of the colour that it is told', () => {
    const dark = { keyStrength: 0, fillStrength: 0, ambientStrength: 0.5 };
    expect(brightness({ lighting: dark }, 'left')).toBeLessThan(0.7 * brightness({}, 'left'));
    const red = { tint: [1, 0.2, 0.2] } as const;
    expect(brightness({ lighting: red }, 'left', 0)).toBeCloseTo(brightness({}, 'left', 0), 0);
    expect(brightness({ lighting: red }, 'left', 2)).toBeLessThan(0.4 * brightness({}, 'left', 2));
  });

  test.each([
    [{ keyDirection: [0, 0, 0] }, /keyDirection must have a length/],
    [{ keyStrength: -1 }, /keyStrength must be a finite number/],
    [{ ambientStrength: NaN }, /ambientStrength/],
    [{ tint: [1, 1, 2] }, /tint must be a colour/],
  ] as const)('%j is refused', (lighting, message) => {
    expect(() => renderBody(syntheticBody(), tPose, { ...size, lighting })).toThrow(LightingError);
    expect(() => renderBody(syntheticBody(), tPose, { ...size, lighting })).toThrow(message);
  });
});

describe('a picture behind the body', () => {
  test('shows where the body is not, as it is', () => {
    const backgroundPicture = Uint8Array.from({ length: 3 * 48 * 48 }, (_, i) => (7 * i) % 256);
    const { rgb, silhouette } = renderBody(syntheticBody(), tPose, { ...size, backgroundPicture });
    const plain = renderBody(syntheticBody(), tPose, size);
    silhouette.forEach((covered, pixel) => {
      const seen = rgb.subarray(3 * pixel, 3 * pixel + 3);
      if (covered === 0)
        seen.forEach((value, channel) => {
          expect(Math.abs(value - (backgroundPicture[3 * pixel + channel] as number))).toBeLessThanOrEqual(1);
        });
      if (covered === 255) expect(seen).toEqual(plain.rgb.subarray(3 * pixel, 3 * pixel + 3));
    });
  });

  test('takes the shade of the ground', () => {
    const backgroundPicture = new Uint8Array(3 * 48 * 48).fill(200);
    const { rgb } = renderBody(syntheticBody(), tPose, { width: 48, height: 48, backgroundPicture });
    expect(Math.min(...rgb.subarray(3 * 46 * 48, 3 * 47 * 48))).toBeLessThan(190);
  });

  test('must be as large as the picture', () => {
    const backgroundPicture = new Uint8Array(3 * 47 * 48);
    expect(() => renderBody(syntheticBody(), tPose, { ...size, backgroundPicture })).toThrow(
      RenderOptionsError,
    );
  });
});
