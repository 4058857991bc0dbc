/** How many sessions have begun and not ended, so that closing can wait for those too that hold no connection now. */
export class ActiveSessions {
  #count = 0;
  readonly #waiting = new Set<() => void>();

  begin(): void {
    this.#count += 1;
  }

  end(): void {
    this.#count -= 1;
    if (this.#count === 0) for (const resolve of this.#waiting) resolve();
  }

  /** Resolves when there is none, or after so many milliseconds; undefined when there is none now. */
  ended(milliseconds: number): Promise<void> | undefined {
    if (this.#count === 0) return undefined;
    return new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.#waiting.add(done);
    });
  }
}
