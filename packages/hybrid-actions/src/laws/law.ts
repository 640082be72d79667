/** A property that must hold, checked on many random cases; framework-free, so any test runner can run it. */
export interface Law {
  readonly name: string;
  /** Throws, with a counter-example, if the law does not hold. */
  check(): void;
}
