/** How two vectors relate. */
export interface Relation {
  /** In [-1, 1]; NaN where it is undefined. */
  readonly value: number;
  /** The entries that both have. */
  readonly shared: number;
}

/** A spread below this share of the size is rounding: the values count as constant. */
const ROUNDING = 1e-7;

/** Pearson's correlation over the entries where neither is NaN; undefined for fewer than two, or a constant. */
export function correlation(first: Float32Array, second: Float32Array): Relation {
  let shared = 0;
  let meanFirst = 0;
  let meanSecond = 0;
  for (let index = 0; index < first.length; index++) {
    const x = first[index] as number;
    const y = second[index] as number;
    if (Number.isNaN(x) || Number.isNaN(y)) continue;
    shared++;
    meanFirst += x;
    meanSecond += y;
  }
  meanFirst /= shared;
  meanSecond /= shared;
  let product = 0;
  let squaresFirst = 0;
  let squaresSecond = 0;
  for (let index = 0; index < first.length; index++) {
    const x = (first[index] as number) - meanFirst;
    const y = (second[index] as number) - meanSecond;
    if (Number.isNaN(x) || Number.isNaN(y)) continue;
    product += x * y;
    squaresFirst += x * x;
    squaresSecond += y * y;
  }
  const isConstant = (squares: number, mean: number): boolean =>
    Math.sqrt(squares / shared) <= ROUNDING * Math.abs(mean);
  if (shared < 2 || isConstant(squaresFirst, meanFirst) || isConstant(squaresSecond, meanSecond))
    return { value: Number.NaN, shared };
  return { value: bounded(product / Math.sqrt(squaresFirst * squaresSecond)), shared };
}

/** The cosine of two gradients; undefined where one is zero, or holds NaN. */
export function cosine(first: Float32Array | Float64Array, second: Float32Array | Float64Array): Relation {
  let product = 0;
  let squaresFirst = 0;
  let squaresSecond = 0;
  for (let index = 0; index < first.length; index++) {
    const x = first[index] as number;
    const y = second[index] as number;
    product += x * y;
    squaresFirst += x * x;
    squaresSecond += y * y;
  }
  return {
    value: bounded(product / (Math.sqrt(squaresFirst) * Math.sqrt(squaresSecond))),
    shared: first.length,
  };
}

function bounded(value: number): number {
  return Math.min(1, Math.max(-1, value));
}
