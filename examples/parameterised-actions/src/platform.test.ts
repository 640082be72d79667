import { createRandom } from '@pose-rft/random';
import { describe, expect, test } from 'vitest';
import { platform, type PlatformState } from './platform.js';

const random = () => createRandom(3);
const start = platform.reset(random());
const [RUN, HOP, LEAP] = [0, 1, 2];
const still = { velocityX: 0, velocityY: 0, decisions: 0, y: 40 };
const play = (state: PlatformState, choice: number, parameter: number) =>
  platform.step(state, { choice, parameters: [parameter] }, random());

describe('Platform', () => {
  test('is a pure function of state, action and random numbers', () => {
    const frozen = structuredClone(start);
    expect(play(start, RUN, 10)).toEqual(play(start, RUN, 10));
    expect(start).toEqual(frozen);
  });

  test('a run at full power covers a second at 70 units a second, less the noise', () => {
    const { state, reward, done } = play(start, RUN, 30);
    expect(state.x).toBeGreaterThan(60);
    expect(state.x).toBeLessThan(70);
    expect(reward).toBeCloseTo(state.x / 1035, 10);
    expect(done).toBe(false);
  });

  test('parameters beyond the box count as its end', () => {
    expect(play(start, RUN, 1e6)).toEqual(play(start, RUN, 30));
    expect(play(start, LEAP, -5)).toEqual(play(start, LEAP, 0));
  });

  test('running off the edge is a fall: over, without success', () => {
    const { done, success, state } = play({ ...start, ...still, x: 245, enemyX: [10, 700] }, RUN, 30);
    expect({ done, success }).toEqual({ done: true, success: false });
    expect(state.y).toBeLessThan(40);
  });

  test('a fast hop from the edge crosses the first gap; a slow one does not', () => {
    const edge = { ...start, ...still, x: 245, enemyX: [10, 700] as const };
    const fast = play({ ...edge, velocityX: 70 }, HOP, 720);
    expect(fast.state.x).toBeGreaterThan(455);
    expect({ done: fast.done, y: fast.state.y, velocityX: fast.state.velocityX }).toEqual({
      done: false,
      y: 40,
      velocityX: 0,
    });
    expect(play(edge, HOP, 100).done).toBe(true);
  });

  test('an enemy ends the episode; a hop clears it', () => {
    const met = { ...start, ...still, x: 100, velocityX: 60, enemyX: [125, 700] as const };
    expect(play(met, RUN, 30)).toMatchObject({ done: true, success: false });
    // Coming at 30 units a second, it must be far enough away for the hop to have risen above it.
    expect(play({ ...met, enemyX: [220, 700] }, HOP, 720).state.x).toBeGreaterThan(240);
  });

  test('the far end is success, and rewards add up to 1', () => {
    const last = play({ ...start, ...still, x: 1000, velocityX: 70 }, RUN, 30);
    expect(last).toMatchObject({ done: true, success: true });
    expect(last.reward).toBeCloseTo(35 / 1035, 10);
  });

  test('gives up after 200 decisions', () => {
    expect(play({ ...start, decisions: 199 }, RUN, 0)).toMatchObject({ done: true, success: false });
  });

  test('shows as many numbers as it says, all of the order of 1', () => {
    for (const state of [start, { ...start, x: 500 }, { ...start, x: 1034 }]) {
      expect(platform.observe(state)).toHaveLength(platform.observationSize);
      expect(Math.max(...platform.observe(state).map(Math.abs))).toBeLessThan(4);
    }
  });
});
