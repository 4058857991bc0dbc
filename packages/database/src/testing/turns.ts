import { DefinitionError } from "../errors.ts";
import type { Session } from "../session/session.ts";

/** An inner transaction, as far as the order goes in which they are sent. */
export interface Participant {
  /** The sessions in whose work it was begun, outermost first. */
  readonly path: readonly Session[];
  /** What it sent last, for those who wait for it in vain. */
  readonly lastText: string;
}

interface Waiter {
  readonly participant: Participant;
  go(): void;
  giveUp(reason: unknown): void;
}

/**
 * Who may send on the one connection of a test. Savepoints are a stack, so only the newest inner transaction may; one that
 * is begun inside its work goes on top of it, and everybody else waits, first come, first served.
 */
export class Turns {
  /** Milliseconds. */
  readonly #patience: number;
  readonly #stack: Participant[] = [];
  readonly #waiters = new Set<Waiter>();
  #isTaken = false;
  /** Whether the test has ended. */
  isOver = false;

  constructor(patience: number) {
    this.#patience = patience;
  }

  /** The newest that is open. */
  get top(): Participant | undefined {
    return this.#stack.at(-1);
  }

  /**
   * Runs `work` when it is the participant's turn, and nobody else's meanwhile.
   *
   * @throws {DefinitionError} when its turn does not come in time, or the test has ended. @throws the signal's reason.
   */
  async take<T>(participant: Participant, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.isOver) throw ended();
    if (this.#mayGo(participant)) this.#isTaken = true;
    else await this.#wait(participant, signal);
    try {
      return await work();
    } finally {
      this.#isTaken = false;
      this.#next();
    }
  }

  push(participant: Participant): void {
    this.#stack.push(participant);
  }

  /** Takes it away, and what is on top of it. */
  pop(participant: Participant): void {
    const place = this.#stack.indexOf(participant);
    if (place !== -1) this.#stack.length = place;
  }

  includes(participant: Participant): boolean {
    return this.#stack.includes(participant);
  }

  /** Nobody gets a turn any more. */
  end(): void {
    this.isOver = true;
    this.#stack.length = 0;
    for (const waiter of this.#waiters) waiter.giveUp(ended());
  }

  #mayGo(participant: Participant): boolean {
    if (this.#isTaken) return false;
    const { top } = this;
    if (top === undefined || top === participant) return true;
    const owner = top.path.at(-1);
    return owner !== undefined && participant.path.includes(owner) && !this.#stack.includes(participant);
  }

  #next(): void {
    for (const waiter of this.#waiters) {
      if (!this.#mayGo(waiter.participant)) continue;
      this.#isTaken = true;
      waiter.go();
      return;
    }
  }

  async #wait(participant: Participant, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter = {
        participant,
        go: () => {
          settle();
          resolve();
        },
        giveUp: (reason) => {
          settle();
          reject(reason);
        },
      };
      const abort = (): void => waiter.giveUp(signal!.reason);
      const timer = setTimeout(() => waiter.giveUp(waitedInVain(this.#patience, this.top)), this.#patience);
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiters.add(waiter);
    });
  }
}

function waitedInVain(patience: number, holder: Participant | undefined): DefinitionError {
  const last = holder === undefined ? "" : ` It last ran: ${holder.lastText}`;
  return new DefinitionError(
    `A session waited ${patience / 1000} s for another one of the same test, which has not ended. The sessions of a test ` +
      "that is rolled back share one connection: let one end before the next goes on, or give the test a database of its " +
      `own (cloneDatabase).${last}`,
  );
}

function ended(): DefinitionError {
  return new DefinitionError("The test that this session belongs to has been rolled back. Was an await forgotten?");
}
