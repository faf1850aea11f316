export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle] ?? Number.NaN;
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** How many times as fast as `raw`: of each round, as a busy machine disturbs the runs of a round alike. */
export function medianRatio(raw: readonly number[], own: readonly number[]): number {
  return median(own.map((time, round) => (raw[round] ?? Number.NaN) / time));
}
