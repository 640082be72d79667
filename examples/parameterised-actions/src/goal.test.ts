import { createRandom } from '@pose-rft/random';
import { describe, expect, test } from 'vitest';
import { goal, goalAsPublished, type GoalState } from './goal.js';
import { goalDistance, keeperStart, KICKABLE_DISTANCE, PITCH } from './soccer.js';

const [KICK, SHOOT] = [0, 1];
const start = goal.reset(createRandom(1));
const middle: GoalState = {
  player: { x: 0, y: 0, velocityX: 0, velocityY: 0, orientationRadians: 0 },
  keeper: { x: 14.5, y: 0, velocityX: 0, velocityY: 0, orientationRadians: Math.PI },
  ball: { x: 1.59, y: 0, velocityX: 0, velocityY: 0 },
  decisions: 0,
};
const play = (state: GoalState, choice: number, parameters: readonly number[], seed = 1) =>
  goal.step(state, { choice, parameters }, createRandom(seed));

describe('Goal', () => {
  test('starts on the left edge, the ball in reach, the keeper between it and the goal', () => {
    const { player, ball, keeper } = start;
    expect(player.x).toBe(0);
    expect(Math.hypot(ball.x - player.x, ball.y - player.y)).toBeCloseTo(KICKABLE_DISTANCE, 10);
    expect(keeper.x).toBe(14.5);
    expect(keeper.y / ball.y).toBeCloseTo((20 - 14.5) / (20 - ball.x), 10);
    expect(goal.observe(start)).toHaveLength(goal.observationSize);
  });

  test('is a pure function of state, action and random numbers', () => {
    const frozen = structuredClone(start);
    expect(play(start, KICK, [8, 3])).toEqual(play(start, KICK, [8, 3]));
    expect(start).toEqual(frozen);
  });

  test('after a kick to a point the ball lies still there, at the feet of the player', () => {
    const { state, reward, done } = play(middle, KICK, [6, 0]);
    expect({ reward, done }).toEqual({ reward: 0, done: false });
    expect(Math.hypot(state.ball.velocityX, state.ball.velocityY)).toBeLessThanOrEqual(0.1);
    expect(Math.abs(state.ball.x - state.player.x)).toBeLessThanOrEqual(KICKABLE_DISTANCE);
    expect(Math.abs(state.ball.x - 6)).toBeLessThan(3);
  });

  test('a shot from afar is caught, and costs the distance from the goal', () => {
    const { reward, done, success, state } = play(middle, SHOOT, [0]);
    expect({ done, success }).toEqual({ done: true, success: false });
    expect(reward).toBe(-goalDistance(state.ball));
  });

  test('a kick out of the pitch ends the episode', () => {
    const { done, reward, state } = play(middle, KICK, [1, 15]);
    expect(done).toBe(true);
    expect(Math.abs(state.ball.y)).toBeGreaterThan(PITCH.halfWidth);
    expect(reward).toBeLessThan(-10);
  });

  test('the hard kick into a corner beats the keeper, but not as the published code plays it', () => {
    const corner = { choice: KICK, parameters: [40, 14] };
    expect(goal.step(middle, corner, createRandom(2))).toMatchObject({
      reward: 50,
      done: true,
      success: true,
    });
    expect(goalAsPublished.step(middle, corner, createRandom(2)).success).toBe(false);
    const diagonal = { choice: KICK, parameters: [5, -15] };
    expect(goalAsPublished.step(middle, diagonal, createRandom(2))).toEqual(play(middle, KICK, [5, 5], 2));
  });

  test('gives up at the hundredth decision', () => {
    expect(play({ ...middle, decisions: 99 }, KICK, [6, 0])).toMatchObject({ done: true, success: false });
  });
});

describe('the pitch', () => {
  test.each([
    [10, 0, 10],
    [20.5, 1, 0],
    [20, 9.01, 2],
    [17, -11.01, 5],
  ])('(%d, %d) is %d metres from the goal', (x, y, metres) => {
    expect(goalDistance({ x, y, velocityX: 0, velocityY: 0 })).toBeCloseTo(metres, 10);
  });

  test('a keeper starts inside the goal area', () => {
    expect(keeperStart({ x: 1, y: 0 })).toEqual({ x: 14.5, y: expect.closeTo(0, 10) as number });
    expect(Math.abs(keeperStart({ x: 19, y: 15 }).y)).toBeLessThanOrEqual(9.16);
  });
});
