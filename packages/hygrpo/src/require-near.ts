/** @throws Error, with both numbers, unless they agree to 1e-4 of the larger of 1 and the expected one */
export function requireNear(name: string, found: number | undefined, expected: number | undefined): void {
  const wanted = expected ?? NaN;
  // Written so that a NaN fails.
  if (!(Math.abs((found ?? NaN) - wanted) <= 1e-4 * (1 + Math.abs(wanted))))
    throw new Error(`${name} is ${found}; expected ${expected}`);
}
