import { describe, expect, it } from 'vitest';
import { createCostClock } from './cost-clock.js';

describe('createCostClock', () => {
  it('shares an iteration out, and leaves the warm-up iterations out of the mean', async () => {
    let time = 0;
    const spend = (seconds: number): string => {
      time += seconds;
      return `spent ${seconds}`;
    };
    const clock = createCostClock(() => time);
    const sample = clock.timed('sampling', async (seconds: number) => {
      await Promise.resolve();
      return spend(seconds);
    });
    const reward = clock.timed('rewards', spend);
    const reference = clock.timed('reference', spend);
    for (const factor of [100, 100, 100, 1, 3]) {
      clock.start();
      expect(await sample(5 * factor)).toBe(`spent ${5 * factor}`);
      expect(reward(3)).toBe('spent 3');
      reference(3);
      reference(4);
      spend(11);
      clock.end();
    }
    expect(clock.mean()).toEqual({ sampling: 10, rewards: 3, reference: 7, update: 11 });
  });

  it('counts what fails, and has nothing to tell of no iteration', async () => {
    let time = 0;
    const clock = createCostClock(() => time);
    expect(clock.mean().update).toBeNaN();
    clock.start();
    const failing = clock.timed('rewards', async () => {
      time += 2;
      return Promise.reject(new Error('no'));
    });
    await expect(failing()).rejects.toThrow('no');
    clock.end();
    expect(clock.mean()).toEqual({ sampling: 0, rewards: 2, reference: 0, update: 0 });
  });
});
