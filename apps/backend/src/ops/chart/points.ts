import type { Sample } from "@hypertroq/database/monitoring";

/** Seconds that a chart may reach back: the least that all there is fits into. */
const SPANS = [60, 120, 300, 900] as const;
/** Points across a chart at most: what is nearer to each other than that is one. */
const MOST_POINTS = 300;

/** A stretch of time, and what it was like: undefined where nothing was measured. */
export interface Stretch {
  /** Seconds from the beginning of the chart to the end of the stretch. */
  readonly x: number;
  readonly samples: readonly Sample[];
}

/** The time that a chart shows. */
export interface Span {
  readonly seconds: number;
  /** Oldest first. */
  readonly stretches: readonly Stretch[];
}

/** Sorts samples into stretches of time that begin at the same moments whenever one looks, so that lines do not tremble. */
export function spanOf(samples: readonly Sample[]): Span {
  const last = samples.at(-1);
  const first = samples[0];
  if (last === undefined || first === undefined) return { seconds: SPANS[0], stretches: [] };
  const age = (last.at - first.at) / 1000;
  const seconds = SPANS.find((span) => age <= span) ?? SPANS[3];
  const step = Math.max(1, Math.ceil((seconds * 1000) / MOST_POINTS));
  const begin = last.at - seconds * 1000;
  const groups = new Map<number, Sample[]>();
  for (const sample of samples) {
    if (sample.at < begin) continue;
    const group = Math.floor(sample.at / step);
    const others = groups.get(group);
    if (others === undefined) groups.set(group, [sample]);
    else others.push(sample);
  }
  const stretches = [...groups.values()].map((group) => ({
    x: (group.at(-1)!.at - begin) / 1000,
    samples: group,
  }));
  return { seconds, stretches };
}
