/** What a member of a {@link LinkedList} carries. It is in one list at a time. */
export interface Link<T> {
  previous: T | undefined;
  next: T | undefined;
}

/**
 * A doubly linked list through its members, so that adding, taking and removing from the middle cost the same however
 * long it is, and allocate nothing.
 */
export class LinkedList<T extends Link<T>> {
  #first: T | undefined;
  #last: T | undefined;
  #size = 0;

  get first(): T | undefined {
    return this.#first;
  }

  get last(): T | undefined {
    return this.#last;
  }

  get size(): number {
    return this.#size;
  }

  /** Adds at the end. */
  push(item: T): void {
    item.previous = this.#last;
    if (this.#last === undefined) this.#first = item;
    else this.#last.next = item;
    this.#last = item;
    this.#size += 1;
  }

  /** Adds at the beginning. */
  unshift(item: T): void {
    item.next = this.#first;
    if (this.#first === undefined) this.#last = item;
    else this.#first.previous = item;
    this.#first = item;
    this.#size += 1;
  }

  /** Takes a member out. Its links are cut, for a dead member that points to a living one keeps the collector busy. */
  remove(item: T): void {
    const { previous, next } = item;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    item.previous = undefined;
    item.next = undefined;
    this.#size -= 1;
  }

  /** Takes the first out. */
  shift(): T | undefined {
    const item = this.#first;
    if (item !== undefined) this.remove(item);
    return item;
  }

  /** From the first to the last. The member at hand may be removed on the way, others may not. */
  *[Symbol.iterator](): Generator<T> {
    for (let item = this.#first; item !== undefined; ) {
      const { next }: T = item;
      yield item;
      item = next;
    }
  }
}
