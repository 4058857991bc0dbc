/** Whether sweeps are run whole (`npm run check:full`), and not a sample of them. */
export const FULL = Boolean(process.env["HYPERTROQ_FULL"]);

/** All of them when sweeps are run whole, else so many, evenly spread; which ones, moves on from day to day. */
export function sample<T>(all: readonly T[], count: number): readonly T[] {
  if (FULL || all.length <= count) return all;
  const offset = Math.floor(Date.now() / 86_400_000);
  return Array.from({ length: count }, (_, index) => {
    const [from, to] = [index, index + 1].map((edge) => Math.floor((edge * all.length) / count)) as [number, number];
    return all[from + (offset % (to - from))]!;
  });
}
