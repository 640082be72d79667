/** The middle of some measurements, and how far they scatter. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly lowerQuartile: number;
  readonly upperQuartile: number;
}

/** Quantiles of measurements, by linear interpolation between neighbours. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const quantile = (share: number): number => {
    const place = share * (sorted.length - 1);
    const [low, high] = [sorted[Math.floor(place)] ?? NaN, sorted[Math.ceil(place)] ?? NaN];
    return low + (place - Math.floor(place)) * (high - low);
  };
  return {
    median: quantile(0.5),
    least: quantile(0),
    most: quantile(1),
    lowerQuartile: quantile(0.25),
    upperQuartile: quantile(0.75),
  };
}

/** How many times as fast we are as the peer: of the medians, and of opposite quartiles. */
export function ratioOf(
  peer: Spread,
  own: Spread,
): { readonly ratio: number; readonly low: number; readonly high: number } {
  return {
    ratio: peer.median / own.median,
    low: peer.lowerQuartile / own.upperQuartile,
    high: peer.upperQuartile / own.lowerQuartile,
  };
}
