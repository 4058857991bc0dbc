/** Milliseconds. */
const FIRST_PAUSE = 10;
const LONGEST_PAUSE = 1000;

/**
 * Pauses between failed attempts to connect: doubling from 10 ms to 1 s, each shortened by up to half at random, so that
 * the pools of many processes do not knock at a starting server in step.
 */
export class Backoff {
  readonly #onEnd: () => void;
  #pause = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Why the last attempt failed; undefined once one has succeeded. */
  failure: unknown;

  /** @param onEnd called when a pause is over. */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  get isPausing(): boolean {
    return this.#timer !== undefined;
  }

  /** An attempt failed. Those that were under way beside it do not lengthen the pause. */
  fail(failure: unknown): void {
    this.failure = failure;
    if (this.isPausing) return;
    this.#pause = this.#pause === 0 ? FIRST_PAUSE : Math.min(LONGEST_PAUSE, this.#pause * 2);
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#onEnd();
      },
      this.#pause * (1 - Math.random() / 2),
    );
    this.#timer.unref(); // whoever waits has a timer of its own
  }

  /** An attempt succeeded, or none will be made any more. */
  reset(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pause = 0;
    this.failure = undefined;
  }
}
