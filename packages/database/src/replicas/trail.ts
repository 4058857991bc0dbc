import type { Position } from "./position.ts";

interface Mark {
  readonly lsn: bigint;
  /** When the primary was first seen there, by `performance.now()`. */
  readonly at: number;
}

/**
 * Where the primary was when. A replica lags by the age of the oldest place of the primary's that it has not reached: no
 * clock of another machine is part of that, and a primary that nobody writes to leaves nobody behind.
 */
export class Trail {
  /** Milliseconds that are of interest. */
  readonly #window: number;
  /** Oldest first. */
  #marks: Mark[] = [];
  #timeline = 0;

  /** @param window seconds; who is behind by more is behind by Infinity. */
  constructor(window: number) {
    this.#window = window * 1000;
  }

  note({ timeline, lsn }: Position, now: number): void {
    // What the old primary had written and the new one has not is of no more interest.
    if (timeline !== this.#timeline) this.#marks = [];
    this.#timeline = timeline;
    if (this.#marks.at(-1)?.lsn !== lsn) this.#marks.push({ lsn, at: now });
    // Who has not reached the second is too late, whether it has reached the first or not.
    while (this.#marks.length > 1 && this.#marks[1]!.at < now - this.#window) this.#marks.shift();
  }

  /** Seconds; undefined while the primary has never been seen; Infinity for who is behind all that is known. */
  lagOf(lsn: bigint, now: number): number | undefined {
    const [first] = this.#marks;
    if (first === undefined) return undefined;
    if (lsn < first.lsn) return Number.POSITIVE_INFINITY;
    const missed = this.#marks.find((mark) => mark.lsn > lsn);
    return missed === undefined ? 0 : (now - missed.at) / 1000;
  }
}
