/** A number that depends on the optimiser step, counted from 0. */
export type Schedule = (step: number) => number;

/** Thrown when a schedule cannot be built from the given numbers. */
export class InvalidScheduleError extends Error {
  override readonly name = 'InvalidScheduleError';
}

/** Options that every schedule takes. */
export interface WarmUpOptions {
  /** Steps of linear warm-up: step s < warmUpSteps uses (s + 1) / warmUpSteps of the peak (default 0: none). */
  readonly warmUpSteps?: number;
}

/** A decay from `peak`, reached after the warm-up, to `end` at step `steps`, where it stays. */
export interface DecayOptions extends WarmUpOptions {
  readonly peak: number;
  /** The value from step `steps` on (default 0). */
  readonly end?: number;
  /** The number of steps of the whole run, warm-up included. */
  readonly steps: number;
}

/**
 * The same value at every step, after an optional linear warm-up.
 * @throws InvalidScheduleError for a value that is not finite
 * @example
 * ```ts
 * import { constantSchedule } from '@pose-rft/tensor';
 *
 * const schedule = constantSchedule(1e-3, { warmUpSteps: 4 });
 * console.assert(schedule(0) === 2.5e-4 && schedule(100) === 1e-3);
 * ```
 */
export function constantSchedule(value: number, options: WarmUpOptions = {}): Schedule {
  const warmUpSteps = checkedWarmUp(options.warmUpSteps);
  const peak = checkedNumber('value', value);
  return (step) => peak * warmUpFactor(step, warmUpSteps);
}

/**
 * Linear decay from `peak` to `end`.
 * @throws InvalidScheduleError unless 0 <= warmUpSteps < steps and all numbers are finite
 * @example
 * ```ts
 * import { linearSchedule } from '@pose-rft/tensor';
 *
 * const schedule = linearSchedule({ peak: 1, steps: 10 });
 * console.assert(schedule(0) === 1 && schedule(5) === 0.5 && schedule(10) === 0);
 * ```
 */
export function linearSchedule(options: DecayOptions): Schedule {
  return decaySchedule(options, (progress) => 1 - progress);
}

/**
 * Half a cosine from `peak` to `end` (Loshchilov and Hutter, SGDR, eq. 5, without restarts).
 * @throws InvalidScheduleError unless 0 <= warmUpSteps < steps and all numbers are finite
 * @example
 * ```ts
 * import { cosineSchedule } from '@pose-rft/tensor';
 *
 * const schedule = cosineSchedule({ peak: 1, end: 0.1, steps: 100, warmUpSteps: 10 });
 * console.assert(schedule(9) === 1 && Math.abs(schedule(55) - 0.55) < 1e-12 && schedule(100) === 0.1);
 * ```
 */
export function cosineSchedule(options: DecayOptions): Schedule {
  return decaySchedule(options, (progress) => 0.5 * (1 + Math.cos(Math.PI * progress)));
}

function decaySchedule(options: DecayOptions, remaining: (progress: number) => number): Schedule {
  const peak = checkedNumber('peak', options.peak);
  const end = checkedNumber('end', options.end ?? 0);
  const warmUpSteps = checkedWarmUp(options.warmUpSteps);
  const { steps } = options;
  if (!Number.isInteger(steps) || steps <= warmUpSteps)
    throw new InvalidScheduleError(
      `schedule: steps must be an integer greater than warmUpSteps (${warmUpSteps}), got ${steps}`,
    );
  return (step) => {
    if (step < warmUpSteps) return peak * warmUpFactor(step, warmUpSteps);
    if (step >= steps) return end;
    return end + (peak - end) * remaining((step - warmUpSteps) / (steps - warmUpSteps));
  };
}

function warmUpFactor(step: number, warmUpSteps: number): number {
  return step < warmUpSteps ? (step + 1) / warmUpSteps : 1;
}

function checkedNumber(field: string, value: number): number {
  if (!Number.isFinite(value))
    throw new InvalidScheduleError(`schedule: ${field} must be finite, got ${value}`);
  return value;
}

function checkedWarmUp(warmUpSteps = 0): number {
  if (!Number.isInteger(warmUpSteps) || warmUpSteps < 0)
    throw new InvalidScheduleError(`schedule: warmUpSteps must be an integer >= 0, got ${warmUpSteps}`);
  return warmUpSteps;
}
