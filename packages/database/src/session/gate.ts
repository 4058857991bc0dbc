/** Lets in so many at once, the others in the order in which they came. */
export class Gate {
  #places: number;
  readonly #waiting: (() => void)[] = [];

  constructor(places: number) {
    this.#places = places;
  }

  /** Resolves when there is a place; undefined when there is one already. */
  enter(): Promise<void> | undefined {
    if (this.#places > 0) {
      this.#places -= 1;
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#places += 1;
    else next();
  }
}
