import { cpuSeconds } from '../recipes/cpu-clock.js';

/** CPU seconds of one iteration, by what they went into. */
export interface IterationCost {
  readonly sampling: number;
  readonly rewards: number;
  /** Scoring with the reference model, for the KL. */
  readonly reference: number;
  /** Everything else: scoring with gradients, and the optimiser's step. */
  readonly update: number;
}

export type CostPhase = keyof IterationCost;

export const COST_PHASES: readonly CostPhase[] = ['sampling', 'rewards', 'reference', 'update'];

/** Measures what iterations cost, in CPU time: unlike wall time, other work on the machine does not distort it. */
export interface CostClock {
  /** The function, with its time counted as the phase's: until its promise settles, if it gives one. */
  timed<Arguments extends readonly unknown[], Result>(
    phase: Exclude<CostPhase, 'update'>,
    call: (...given: Arguments) => Result,
  ): (...given: Arguments) => Result;
  /** Starts an iteration. */
  start(): void;
  /** Ends the iteration that was started last. */
  end(): void;
  /** The mean over the iterations that were measured, the first few left out; NaN if there are none. */
  mean(): IterationCost;
}

/** The first iterations compile code and kernels. */
const WARM_UP_ITERATIONS = 3;

export function createCostClock(now: () => number = cpuSeconds): CostClock {
  const measured: IterationCost[] = [];
  let current = { sampling: 0, rewards: 0, reference: 0 };
  let started = Number.NaN;
  return {
    timed:
      (phase, call) =>
      (...given) => {
        const before = now();
        const stop = (): void => {
          current[phase] += now() - before;
        };
        const result = call(...given);
        if (result instanceof Promise) void result.then(stop, stop);
        else stop();
        return result;
      },
    start() {
      current = { sampling: 0, rewards: 0, reference: 0 };
      started = now();
    },
    end() {
      const { sampling, rewards, reference } = current;
      measured.push({ ...current, update: now() - started - sampling - rewards - reference });
    },
    mean() {
      const counted = measured.length > WARM_UP_ITERATIONS ? measured.slice(WARM_UP_ITERATIONS) : measured;
      const of = (phase: CostPhase): number =>
        counted.reduce((sum, cost) => sum + cost[phase], 0) / counted.length;
      return {
        sampling: of('sampling'),
        rewards: of('rewards'),
        reference: of('reference'),
        update: of('update'),
      };
    },
  };
}
