import type { Logger } from "../logger.ts";

type Work = () => void | Promise<void>;

/** How much was noted at a moment, to go back to. */
export interface Mark {
  readonly undo: number;
  readonly commit: number;
  readonly rollback: number;
}

/**
 * What is to be done once a session has ended, or a savepoint in it: what statements did to instances is undone, and what the
 * application has given is run. A failure in that is logged, because there is nobody to tell.
 */
export class Aftermath {
  readonly #logger: Logger;
  /** What to do, newest first, when the transaction rolls back. */
  readonly #undo: (() => void)[] = [];
  readonly #afterCommit: Work[] = [];
  readonly #afterRollback: Work[] = [];

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Has something that outlives the transaction taken back when that is rolled back. */
  onRollback(undo: () => void): void {
    this.#undo.push(undo);
  }

  /** To be run after the commit. */
  afterCommit(work: Work): void {
    this.#afterCommit.push(work);
  }

  /** To be run after a rollback. */
  afterRollback(work: Work): void {
    this.#afterRollback.push(work);
  }

  /** Where a savepoint begins. */
  mark(): Mark {
    return { undo: this.#undo.length, commit: this.#afterCommit.length, rollback: this.#afterRollback.length };
  }

  /** All of it is committed. */
  async committed(): Promise<void> {
    await this.#run(this.#afterCommit, "afterCommit");
  }

  /** What was done since a mark is rolled back, and what was given since then belongs to it. Default: all of it. */
  async rolledBack({ undo, commit, rollback }: Mark = BEGINNING): Promise<void> {
    this.takeBack(undo);
    this.#afterCommit.length = commit;
    await this.#run(this.#afterRollback.splice(rollback), "afterRollback");
  }

  /** Undoes, newest first, what statements did to instances since the list had this length. Nothing else is run. */
  takeBack(length = 0): void {
    for (const undo of this.#undo.splice(length).reverse()) undo();
  }

  async #run(works: readonly Work[], name: string): Promise<void> {
    for (const work of works) {
      try {
        await work();
      } catch (error) {
        this.#logger.error({ err: error }, `a function given to ${name} failed`);
      }
    }
  }
}

const BEGINNING: Mark = { undo: 0, commit: 0, rollback: 0 };
