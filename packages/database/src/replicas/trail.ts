import type { Position } from "./position.ts";

interface Mark {
  readonly lsn: bigint;
  /** When the primary was last seen there, by `performance.now()`. */
  at: number;
}

/**
 * Where the primary was when. A replica lags by the age of the newest place of the primary's that it has reached: no clock
 * of another machine is part of that, and a primary that nobody writes to leaves nobody behind.
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
    const last = this.#marks.at(-1);
    if (last?.lsn === lsn) last.at = now;
    else this.#marks.push({ lsn, at: now });
    // The newest of those that are too old stays: it tells that who is there is too late.
    while (this.#marks.length > 1 && this.#marks[1]!.at < now - this.#window) this.#marks.shift();
  }

  /** Seconds; undefined while the primary has never been seen. */
  lagOf(lsn: bigint, now: number): number | undefined {
    const reached = this.#marks.findLastIndex((mark) => mark.lsn <= lsn);
    if (this.#marks.length === 0 || reached === this.#marks.length - 1) return this.#marks.length === 0 ? undefined : 0;
    return reached === -1 ? Number.POSITIVE_INFINITY : (now - this.#marks[reached]!.at) / 1000;
  }
}
