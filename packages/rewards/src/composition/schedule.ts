import { match } from 'ts-pattern';

/** A number that changes over a run's steps; plain data, so that a configuration can hold it. */
export type Schedule =
  | { readonly kind: 'constant'; readonly value: number }
  /** From the first value at step 0 to the last at `steps`, and on with the last. */
  | { readonly kind: 'linear' | 'cosine'; readonly from: number; readonly to: number; readonly steps: number }
  /** The value of the last entry whose step is reached; entries ascend, and the first has step 0. */
  | { readonly kind: 'stages'; readonly stages: readonly (readonly [fromStep: number, value: number])[] };

/** Thrown when a schedule, or a step, makes no sense. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';
}

/**
 * The value of a schedule at a step.
 *
 * @param step - a number >= 0
 * @throws ScheduleError if the step is negative, a number is not finite, or the stages do not ascend from step 0
 * @example
 * ```ts
 * import { scheduledValue } from '@pose-rft/rewards';
 *
 * const warmUp = { kind: 'linear', from: 0, to: 1, steps: 100 } as const;
 * console.assert([0, 50, 200].map((step) => scheduledValue(warmUp, step)).join() === '0,0.5,1');
 * ```
 */
export function scheduledValue(schedule: Schedule, step: number): number {
  if (!(step >= 0)) throw new ScheduleError(`a step must be a number >= 0, got ${step}`);
  const value = match(schedule)
    .with({ kind: 'constant' }, (constant) => constant.value)
    .with({ kind: 'linear' }, { kind: 'cosine' }, ({ kind, from, to, steps }) => {
      if (!(steps > 0)) throw new ScheduleError(`a ${kind} schedule needs steps > 0, got ${steps}`);
      const progress = Math.min(1, step / steps);
      if (progress === 1) return to;
      return from + (to - from) * (kind === 'linear' ? progress : (1 - Math.cos(Math.PI * progress)) / 2);
    })
    .with({ kind: 'stages' }, ({ stages }) => stageAt(stages, step))
    .exhaustive();
  if (!Number.isFinite(value))
    throw new ScheduleError(`the schedule gives ${value} at step ${step}; expected a finite number`);
  return value;
}

function stageAt(stages: readonly (readonly [number, number])[], step: number): number {
  let value = Number.NaN;
  let previous = -1;
  for (const [fromStep, each] of stages) {
    if (!(fromStep > previous) || (previous < 0 && fromStep !== 0))
      throw new ScheduleError(
        `stages must ascend from step 0; found step ${fromStep} ${previous < 0 ? 'first' : `after ${previous}`}`,
      );
    previous = fromStep;
    if (step >= fromStep) value = each;
  }
  if (previous < 0) throw new ScheduleError('stages need at least one entry, [0, value]');
  return value;
}
