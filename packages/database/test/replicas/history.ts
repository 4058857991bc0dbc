/** One thing that a client did, and what it was told. */
export type Entry =
  | {
      readonly kind: "write";
      readonly writer: number;
      /** Counts the writer's writes, from 1. */
      readonly n: number;
      /** `unknown`: it was told that it may have happened. */
      readonly outcome: "acknowledged" | "failed" | "unknown";
    }
  | {
      readonly kind: "read";
      readonly writer: number;
      /** The last write that was acknowledged before, and whose token was given. */
      readonly asked: number;
      /** What was read, in one session one after another. */
      readonly got: readonly number[];
    };

/** A row of the table that each write adds one to. */
export interface Row {
  readonly writer: number;
  readonly n: number;
}

/** What is wrong with a history, a sentence each, at most ten. */
export function violations(history: readonly Entry[], rows: readonly Row[]): readonly string[] {
  const found: string[] = [];
  const counts = new Map<string, number>();
  for (const { writer, n } of rows) counts.set(`${writer}/${n}`, (counts.get(`${writer}/${n}`) ?? 0) + 1);
  for (const entry of history) {
    if (entry.kind === "write") {
      const name = `${entry.writer}/${entry.n}`;
      const times = counts.get(name) ?? 0;
      counts.delete(name);
      const [least, most] = { acknowledged: [1, 1], failed: [0, 0], unknown: [0, 1] }[entry.outcome] as [
        number,
        number,
      ];
      if (times < least || times > most) found.push(`write ${name} was ${entry.outcome}, and is there ${times} times`);
    } else {
      const { writer, asked, got } = entry;
      const isStale = got.some((value, i) => value < (i === 0 ? asked : got[i - 1]!));
      if (isStale) found.push(`a read of ${writer} that asked for ${asked} got ${got.join(", ")}`);
    }
    if (found.length === 10) return found;
  }
  for (const name of counts.keys()) found.push(`write ${name} was never made, and is there`);
  return found.slice(0, 10);
}
