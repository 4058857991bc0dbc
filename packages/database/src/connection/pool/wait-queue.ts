import { type Link, LinkedList } from "./linked-list.ts";

/** Somebody who waits for a `V`. Settled once, by whoever takes it out of its queue. */
export class Waiter<V> implements Link<Waiter<V>> {
  previous: Waiter<V> | undefined = undefined;
  next: Waiter<V> | undefined = undefined;
  /** Since when, by `performance.now()`. */
  readonly since = performance.now();
  /** How many connects of the pool had failed before. */
  readonly failuresBefore: number;
  /** The stack of the checkout, when leak detection is on. */
  readonly site: string | undefined;
  readonly #queue: WaitQueue<V>;
  readonly #signal: AbortSignal | undefined;
  readonly #resolve: (value: V) => void;
  readonly #reject: (reason: unknown) => void;

  constructor(queue: WaitQueue<V>, { resolve, reject, signal, failuresBefore, site }: WaiterFacts<V>) {
    this.#queue = queue;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#signal = signal;
    this.failuresBefore = failuresBefore;
    this.site = site;
    signal?.addEventListener("abort", this, { once: true });
  }

  resolve(value: V): void {
    this.#signal?.removeEventListener("abort", this);
    this.#resolve(value);
  }

  reject(reason: unknown): void {
    this.#signal?.removeEventListener("abort", this);
    this.#reject(reason);
  }

  /** The signal was aborted; an object that listens spares a function for each waiter. */
  handleEvent(): void {
    this.#queue.abort(this, this.#signal?.reason);
  }
}

export interface WaiterFacts<V> {
  readonly resolve: (value: V) => void;
  readonly reject: (reason: unknown) => void;
  readonly signal?: AbortSignal | undefined;
  readonly failuresBefore: number;
  readonly site?: string | undefined;
}

/** First come, first served. */
export class WaitQueue<V> extends LinkedList<Waiter<V>> {
  readonly #onAbort: () => void;

  /** @param onAbort called after somebody has given up their place. */
  constructor(onAbort: () => void) {
    super();
    this.#onAbort = onAbort;
  }

  join(facts: WaiterFacts<V>): Waiter<V> {
    const waiter = new Waiter(this, facts);
    this.push(waiter);
    return waiter;
  }

  abort(waiter: Waiter<V>, reason: unknown): void {
    this.remove(waiter);
    waiter.reject(reason);
    this.#onAbort();
  }

  rejectAll(error: () => Error): void {
    for (let waiter = this.shift(); waiter !== undefined; waiter = this.shift()) waiter.reject(error());
  }
}
