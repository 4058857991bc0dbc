/** What was found out at the last look. */
export interface Read<T> {
  /** Undefined before the first look is over, and while looking fails. */
  readonly value: T | undefined;
  readonly failed: boolean;
}

/** Something that takes a while to find out: looked at when it is wanted, by all who want it together, and not too often. */
export class Reading<T> {
  readonly #maxAge: number;
  readonly #look: () => Promise<T>;
  #last: Read<T> = { value: undefined, failed: false };
  #at = Number.NEGATIVE_INFINITY;
  #underWay: Promise<void> | undefined;

  /** @param maxAge seconds for which it counts as new. */
  constructor(maxAge: number, look: () => Promise<T>) {
    this.#maxAge = maxAge;
    this.#look = look;
  }

  /** What is known now; looks anew, for the next one who asks, when that is old. */
  now(): Read<T> {
    void this.refresh();
    return this.#last;
  }

  /** Waits until what is known is new. Never rejects. */
  async refresh(): Promise<void> {
    if (performance.now() - this.#at < this.#maxAge * 1000) return;
    this.#underWay ??= this.#look()
      .then(
        (value) => {
          this.#last = { value, failed: false };
        },
        () => {
          this.#last = { value: undefined, failed: true };
        },
      )
      .finally(() => {
        this.#at = performance.now();
        this.#underWay = undefined;
      });
    await this.#underWay;
  }
}
