import type { Random } from '@pose-rft/random';

/**
 * A point that is pushed about in the plane and must come to a target, both at first anywhere in [-1, 1] x [-1, 1]: what
 * Catch Point and Hard Move share (the dynamics of OpenAI's multi-agent particle world).
 */
export interface PointMass {
  readonly x: number;
  readonly y: number;
  readonly velocityX: number;
  readonly velocityY: number;
  readonly targetX: number;
  readonly targetY: number;
  readonly steps: number;
}

/** Episodes of both problems end after so many steps. */
export const MAX_STEPS = 30;
/** Anyone this near has reached the target. */
export const TARGET_RADIUS = 0.2;
/** On reaching the target. */
export const SUCCESS_REWARD = 20;
const TIME_STEP = 0.1;
const DAMPING = 0.25;
const FORCE = 2;

export function randomPointMass(random: Random): PointMass {
  const anywhere = (): number => 2 * random.uniform() - 1;
  return {
    x: anywhere(),
    y: anywhere(),
    velocityX: 0,
    velocityY: 0,
    targetX: anywhere(),
    targetY: anywhere(),
    steps: 0,
  };
}

/** @param pushX, pushY - of length 1 for the full force */
export function pushed(point: PointMass, pushX: number, pushY: number): PointMass {
  const velocityX = point.velocityX * (1 - DAMPING) + FORCE * pushX * TIME_STEP;
  const velocityY = point.velocityY * (1 - DAMPING) + FORCE * pushY * TIME_STEP;
  return {
    ...point,
    x: point.x + velocityX * TIME_STEP,
    y: point.y + velocityY * TIME_STEP,
    velocityX,
    velocityY,
    steps: point.steps + 1,
  };
}

export function squaredDistance({ x, y, targetX, targetY }: PointMass): number {
  return (x - targetX) ** 2 + (y - targetY) ** 2;
}

export function atTarget(point: PointMass): boolean {
  return squaredDistance(point) <= TARGET_RADIUS ** 2;
}

/** Velocity, and the target as seen from the point. */
export function observePointMass(point: PointMass): readonly number[] {
  return [point.velocityX, point.velocityY, point.targetX - point.x, point.targetY - point.y];
}
