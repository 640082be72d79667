import { createRandom } from '@pose-rft/random';
import { describe, expect, test } from 'vitest';
import { catchPoint } from './catch-point.js';
import { hardMove } from './hard-move.js';
import type { PointMass } from './point-mass.js';

const origin: PointMass = { x: 0, y: 0, velocityX: 0, velocityY: 0, targetX: 1, targetY: 0, steps: 0 };
const [MOVE, CATCH] = [0, 1];
const random = createRandom(1);

describe('Catch Point', () => {
  const from = { ...origin, failedCatches: 0 };

  test('a move pushes at full force in its direction, with damping', () => {
    const first = catchPoint.step(from, { choice: MOVE, parameters: [Math.PI / 2] }, random);
    expect(first.state).toMatchObject({ velocityX: expect.closeTo(0.2, 10) as number, steps: 1 });
    expect(first.state.x).toBeCloseTo(0.02, 10);
    expect(first.reward).toBeCloseTo(-(0.98 ** 2), 10);
    const second = catchPoint.step(first.state, { choice: MOVE, parameters: [Math.PI / 2] }, random);
    expect(second.state.velocityX).toBeCloseTo(0.75 * 0.2 + 0.2, 10);
  });

  test('a catch works within 0.2 of the target', () => {
    const near = { ...from, targetX: 0.15 };
    expect(catchPoint.step(near, { choice: CATCH, parameters: [] }, random)).toMatchObject({
      done: true,
      success: true,
      reward: 20 - 0.15 ** 2,
    });
    const far = catchPoint.step(from, { choice: CATCH, parameters: [] }, random);
    expect(far).toMatchObject({ done: false, success: false, state: { failedCatches: 1 } });
  });

  test('ten catches may fail; the next one, or the thirtieth step, ends it', () => {
    const failing = (failedCatches: number, steps: number) =>
      catchPoint.step({ ...from, failedCatches, steps }, { choice: CATCH, parameters: [] }, random).done;
    expect([failing(9, 9), failing(10, 10), failing(0, 28), failing(0, 29)]).toEqual([
      false,
      true,
      false,
      true,
    ]);
  });
});

describe('Hard Move', () => {
  const environment = hardMove(4);
  const push = (choice: number, strength: number) =>
    environment.step(origin, { choice, parameters: [strength] }, random).state;

  test('has a combination of actuators for each choice; opposite ones cancel', () => {
    expect(environment.choices).toHaveLength(16);
    expect(hardMove(10).choices).toHaveLength(1024);
    for (const choice of [0b0000, 0b0101, 0b1010, 0b1111]) {
      expect(push(choice, 1).velocityX).toBeCloseTo(0, 10);
      expect(push(choice, 1).velocityY).toBeCloseTo(0, 10);
    }
  });

  test('the strongest combination has the full force, a single actuator less; -1 turns it round', () => {
    const both = push(0b0011, 1);
    expect(Math.hypot(both.velocityX, both.velocityY)).toBeCloseTo(0.2, 10);
    expect(push(0b0001, 1).velocityX).toBeCloseTo(0.2 / Math.SQRT2, 10);
    expect(push(0b0001, -1).velocityX).toBeCloseTo(-0.2 / Math.SQRT2, 10);
    expect(push(0b0001, 7)).toEqual(push(0b0001, 1));
  });

  test('succeeds on arrival', () => {
    const near = { ...origin, targetX: 0.21 };
    const arrived = environment.step(near, { choice: 0b0001, parameters: [1] }, random);
    expect(arrived).toMatchObject({ done: true, success: true });
    expect(arrived.reward).toBeGreaterThan(19);
  });
});
