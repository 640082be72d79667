/**
 * CPU seconds that this process has used so far, all threads together. Methods are compared at equal CPU time, which
 * other work on the machine does not distort as it does wall time.
 */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** How far a piece of work has come, from 0 to 1, by steps or by CPU time. */
export interface Budget {
  readonly fraction: (step: number) => number;
}

/** A budget of a fixed number of steps: reproducible on any machine. */
export function stepBudget(steps: number): Budget {
  return { fraction: (step) => Math.min(1, step / steps) };
}

/** A budget of CPU seconds, counted from the call. */
export function cpuBudget(seconds: number): Budget {
  const start = cpuSeconds();
  return { fraction: () => Math.min(1, (cpuSeconds() - start) / seconds) };
}
