import type { SlowQuery } from "../session/slow-queries.ts";

/** What is known of the slow runs of one statement from one place. */
export interface SlowQuerySummary {
  readonly text: string;
  /** The application's frames that waited for it, innermost first. */
  readonly stack: readonly string[];
  /** Slow runs, those that were not told one by one included. */
  readonly count: number;
  /** Milliseconds. */
  readonly longest: number;
  /** Of the last one told. */
  readonly milliseconds: number;
  readonly rows: number;
  readonly last: Date;
  readonly plan: string | undefined;
}

/** Kept at most; when there are more, the one not seen for longest goes. */
const MOST = 200;

/** The slow statements of a process since it began. */
export class SlowList {
  readonly #known = new Map<string, SlowQuerySummary>();

  add({ text, stack, milliseconds, rows, at, untold, plan }: SlowQuery): void {
    const key = `${stack[0]} ${text}`;
    const before = this.#known.get(key);
    this.#known.delete(key);
    this.#known.set(key, {
      text,
      stack,
      count: (before?.count ?? 0) + 1 + untold,
      longest: Math.max(before?.longest ?? 0, milliseconds),
      milliseconds,
      rows,
      last: at,
      plan: plan ?? before?.plan,
    });
    if (this.#known.size > MOST) this.#known.delete(this.#known.keys().next().value!);
  }

  /** Those that took longest first. */
  list(): readonly SlowQuerySummary[] {
    return [...this.#known.values()].sort((a, b) => b.longest - a.longest);
  }
}
