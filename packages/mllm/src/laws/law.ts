import fc from 'fast-check';

/** A property that every correct implementation has, whatever its input. */
export interface Law {
  /** A sentence that says what holds. */
  readonly name: string;
  /**
   * Looks for a counterexample.
   *
   * @throws Error with the smallest counterexample found, and the seed that finds it again
   */
  check(parameters?: LawParameters): void;
}

/** How hard to look: by default 100 random inputs. */
export interface LawParameters {
  readonly numRuns?: number;
  readonly seed?: number;
  /** Stops at the first counterexample, without looking for a smaller one. */
  readonly endOnFailure?: boolean;
}

/** A law about inputs of one kind; `holds` returns false, or throws, for a counterexample. */
export function law<Input>(name: string, inputs: fc.Arbitrary<Input>, holds: (input: Input) => boolean): Law {
  return {
    name,
    check(parameters = {}) {
      fc.assert(
        fc.property(inputs, (input) => holds(input)),
        parameters,
      );
    },
  };
}
