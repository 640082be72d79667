import type { Vector3 } from '../vector3.js';
import { linearFromSrgb, type Colour } from './colour.js';

/** How a picture is lit: a key light, a fill light from the other side, and light from everywhere. */
export interface Lighting {
  /**
   * Towards the key light, in the camera's axes: x to the right, y up, z to the camera; any length but 0. From the upper
   * left by default, so that the picture is lit well from every side.
   */
  readonly keyDirection?: Vector3;
  /** 0.82 by default. */
  readonly keyStrength?: number;
  /** 0.22 by default. */
  readonly fillStrength?: number;
  /** Times the light from everywhere, 1 by default. */
  readonly ambientStrength?: number;
  /** The colour of all light, white by default. */
  readonly tint?: Colour;
}

/** Thrown for lights without direction, or of a strength that is none. */
export class LightingError extends Error {
  override readonly name = 'LightingError';
}

const KEY_DIRECTION: Vector3 = [-0.48, 0.62, 0.62];
const FILL_DIRECTION: Vector3 = [0.78, 0.1, 0.62];
/** Light from everywhere, stronger from above. */
const SKY = 0.26;
const FLOOR = 0.13;

/** All of a lighting, checked; `tint` in linear light. */
export interface ResolvedLighting {
  readonly keyDirection: Vector3;
  readonly fillDirection: Vector3;
  readonly key: number;
  readonly fill: number;
  readonly sky: number;
  readonly floor: number;
  readonly tint: Vector3;
}

/** @throws LightingError */
export function resolveLighting(lighting: Lighting = {}): ResolvedLighting {
  const {
    keyDirection = KEY_DIRECTION,
    keyStrength = 0.82,
    fillStrength = 0.22,
    ambientStrength = 1,
    tint = [1, 1, 1],
  } = lighting;
  if (!(Math.hypot(...keyDirection) > 1e-9))
    throw new LightingError(`keyDirection must have a length, found [${keyDirection.join(', ')}]`);
  for (const [name, value] of Object.entries({ keyStrength, fillStrength, ambientStrength }))
    if (!(value >= 0 && value < Infinity))
      throw new LightingError(`${name} must be a finite number >= 0, found ${value}`);
  if (!tint.every((value) => value >= 0 && value <= 1))
    throw new LightingError(`tint must be a colour in [0, 1], found [${tint.join(', ')}]`);
  return {
    keyDirection,
    fillDirection: FILL_DIRECTION,
    key: keyStrength,
    fill: fillStrength,
    sky: ambientStrength * SKY,
    floor: ambientStrength * FLOOR,
    tint: tint.map(linearFromSrgb) as [number, number, number],
  };
}
