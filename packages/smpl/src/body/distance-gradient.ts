import type { DistanceFunction } from './distance-field.js';

const STEP_METRES = 5e-4;

/** Writes the gradient of a distance field at a point, by central differences. */
export function distanceGradient(
  distance: DistanceFunction,
  x: number,
  y: number,
  z: number,
  gradient: Float64Array,
): void {
  gradient[0] = (distance(x + STEP_METRES, y, z) - distance(x - STEP_METRES, y, z)) / (2 * STEP_METRES);
  gradient[1] = (distance(x, y + STEP_METRES, z) - distance(x, y - STEP_METRES, z)) / (2 * STEP_METRES);
  gradient[2] = (distance(x, y, z + STEP_METRES) - distance(x, y, z - STEP_METRES)) / (2 * STEP_METRES);
}
