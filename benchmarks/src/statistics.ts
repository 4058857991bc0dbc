/** The middle of a sample and how far it spreads. */
export interface Summary {
  readonly median: number;
  /** A quarter of the values is below it. */
  readonly lower: number;
  /** A quarter of the values is above it. */
  readonly upper: number;
}

/** Median and quartiles, interpolated between neighbours. @param values at least one. */
export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => {
    const place = (sorted.length - 1) * share;
    const low = sorted[Math.floor(place)]!;
    const high = sorted[Math.ceil(place)]!;
    return low + (high - low) * (place % 1);
  };
  return { median: at(0.5), lower: at(0.25), upper: at(0.75) };
}
