import { env } from 'node:process';
import fc from 'fast-check';

// The tests of laws plant errors, and need all cases to find them.
const MOST_CASES = env.MUTATION_PART === 'laws' ? Infinity : 20;

// The same cases for every mutant: one that survives must not be killed by luck in the next run. A killed one needs no
// smallest counterexample.
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: 20_251_125, endOnFailure: true });

/** fast-check's own, with so few cases that thousands of mutants can be tried. */
const assert: typeof fc.assert = (property: unknown, parameters?: { readonly numRuns?: number }) =>
  Reflect.apply(fc.assert, undefined, [
    property,
    { ...parameters, numRuns: Math.min(parameters?.numRuns ?? 100, MOST_CASES) },
  ]);

export * from 'fast-check';
export { assert };
export default { ...fc, assert };
