import type { Connection } from "../connection/connection.ts";
import type { Flown, Result, Step } from "../connection/flight.ts";
import { ConnectionLost, DatabaseError, TransactionEnded } from "../errors.ts";
import type { Borrowed } from "../session/autocommit.ts";
import type { Session } from "../session/session.ts";
import type { Participant, Turns } from "./turns.ts";

/** What the inner transactions of a test share. */
export interface Shared {
  readonly connection: Pick<Connection, "fly" | "isLost" | "isFailed">;
  readonly turns: Turns;
  /** What a commit does besides: checks deferred constraints. */
  readonly beforeCommit: readonly Step[];
  /** Called when one is rolled back, and another one with it that had written and committed inside of it. */
  onLostCommit(): void;
}

/** As `Transaction` writes it. */
const SETTING = /^select set_config\(('(?:[^']|'')+'), \$1, true\)$/;

const WRITES = ["INSERT", "UPDATE", "DELETE", "MERGE", "COPY"];

/**
 * A transaction inside the one of a test, which its session takes for a connection on loan: BEGIN becomes a savepoint,
 * COMMIT its release, ROLLBACK a rollback to it. Statements without a BEGIN, which commit by themselves, get a savepoint
 * around them.
 */
export class InnerTransaction implements Borrowed, Participant {
  readonly connection = this;
  readonly path: readonly Session[];
  readonly #shared: Shared;
  readonly #savepoint: string;
  #state: "new" | "open" | "ended" = "new";
  /** Settings that it changed, with what they were before. */
  readonly #settings: { readonly name: string; readonly value: unknown }[] = [];
  #lastText = "";
  /** Whether it has written, or one that committed inside of it. */
  #hasWritten = false;
  #holdsCommit = false;

  constructor(shared: Shared, path: readonly Session[], number: number) {
    this.#shared = shared;
    this.path = path;
    this.#savepoint = `hypertroq_test_${number}`;
  }

  get lastText(): string {
    return this.#lastText;
  }
  get isLost(): boolean {
    return this.#shared.connection.isLost;
  }
  get inTransaction(): boolean {
    return this.#state === "open";
  }
  get isFailed(): boolean {
    return this.#state === "open" && this.#shared.connection.isFailed;
  }

  /** Like `Connection.fly`, when it is its turn. */
  async fly(steps: readonly Step[], signal?: AbortSignal): Promise<Flown> {
    try {
      return await this.#shared.turns.take(this, () => this.#send(steps, signal), signal);
    } catch (error) {
      if (error instanceof DatabaseError) return { results: [], failure: error, answered: false };
      throw error;
    }
  }

  async renew(): Promise<never> {
    this.#state = "ended";
    throw new ConnectionLost("The connection of the test was lost, and with it the transaction that all is done in.");
  }

  /** Rolls back what was not committed. */
  async release(): Promise<void> {
    const { turns } = this.#shared;
    if (this.#state !== "open") return;
    try {
      await turns.take(this, () => this.#rollback());
    } catch {
      if (!turns.isOver) await this.#rollback(); // sessions inside of it have not ended in time: they go with it
    }
  }

  async #send(steps: readonly Step[], signal: AbortSignal | undefined): Promise<Flown> {
    this.#lastText = steps.at(-1)?.text ?? "";
    if (this.#state === "open" && !this.#shared.turns.includes(this)) this.#state = "ended";
    if (this.#state === "ended") return { results: [], failure: new TransactionEnded(), answered: false };
    if (this.#state === "new" && !steps[0]!.text.startsWith("begin")) return await this.#alone(steps, signal);
    if (steps.at(-1)!.text !== "commit") return await this.#within(steps, signal);
    return await (this.isFailed ? this.#refuseCommit(steps) : this.#commit(steps));
  }

  /** Statements that commit by themselves. */
  async #alone(steps: readonly Step[], signal: AbortSignal | undefined): Promise<Flown> {
    const { connection, turns, beforeCommit } = this.#shared;
    const groups = [[this.#plain("savepoint")], ...steps.map((step) => [step])];
    const { flown, answers } = await this.#fly(
      [...groups, [...beforeCommit, this.#plain("release savepoint")]],
      signal,
    );
    if (flown.failure === undefined) {
      if (this.#hasWritten && turns.top instanceof InnerTransaction) turns.top.#holdsCommit = true;
    } else if (!connection.isLost) {
      await connection.fly(this.#undo());
    }
    return { ...flown, results: answers.slice(1, steps.length + 1).map((group) => group.at(-1)!) };
  }

  async #within(steps: readonly Step[], signal: AbortSignal | undefined): Promise<Flown> {
    const { flown, answers } = await this.#fly(
      steps.map((step) => this.#translate(step)),
      signal,
    );
    for (const [i, { text }] of steps.slice(0, answers.length).entries()) {
      if (i === 0 && text.startsWith("begin")) this.#opened();
      const [, name] = SETTING.exec(text) ?? [];
      if (name !== undefined) this.#settings.push({ name, value: answers[i]![0]!.rows[0]![0] });
    }
    return { ...flown, results: answers.map((group) => group.at(-1)!) };
  }

  async #commit(steps: readonly Step[]): Promise<Flown> {
    // A setting lasts until the end of the transaction, and a savepoint's release is none.
    const restored = this.#settings.map(
      ({ name, value }): Step => ({ text: `select set_config(${name}, $1, true)`, values: [(value ?? "") as string] }),
    );
    const last = [...this.#shared.beforeCommit, ...restored.reverse(), this.#plain("release savepoint")];
    const { flown, answers } = await this.#fly([...steps.slice(0, -1).map((step) => [step]), last]);
    if (flown.failure === undefined) {
      this.#ended();
      const { top } = this.#shared.turns;
      if ((this.#hasWritten || this.#holdsCommit) && top instanceof InnerTransaction) top.#holdsCommit = true;
    }
    return { ...flown, results: answers.map((group) => group.at(-1)!) };
  }

  /** PostgreSQL answers the COMMIT of a failed transaction with ROLLBACK, and no error. */
  async #refuseCommit(steps: readonly Step[]): Promise<Flown> {
    const flown = await this.#rollback();
    const result: Result = { columns: [], rows: [], rowCount: 0, command: "ROLLBACK" };
    return flown.failure === undefined ? { ...flown, results: steps.map(() => result) } : flown;
  }

  async #rollback(): Promise<Flown> {
    const { connection, onLostCommit } = this.#shared;
    this.#ended();
    if (this.#holdsCommit) onLostCommit();
    return await connection.fly(this.#undo());
  }

  /** What is sent instead of a step; its answer is the last one's. */
  #translate(step: Step): readonly Step[] {
    if (step.text.startsWith("begin")) {
      const isReadOnly = step.text.includes("read only");
      return [this.#plain("savepoint"), ...(isReadOnly ? [{ text: "set transaction read only", values: [] }] : [])];
    }
    const [, name] = SETTING.exec(step.text) ?? [];
    return name === undefined ? [step] : [{ text: `select current_setting(${name}, true)`, values: [] }, step];
  }

  /** Sends the groups in one flight. Only of those that were answered as a whole there are answers. */
  async #fly(
    groups: readonly (readonly Step[])[],
    signal?: AbortSignal,
  ): Promise<{ readonly flown: Flown; readonly answers: readonly (readonly Result[])[] }> {
    const flown = await this.#shared.connection.fly(groups.flat(), signal);
    const answers: (readonly Result[])[] = [];
    let from = 0;
    for (const { length } of groups) {
      if (flown.results.length < from + length) break;
      answers.push(flown.results.slice(from, from + length));
      from += length;
    }
    this.#hasWritten ||= flown.results.some(({ command }) => WRITES.includes(command));
    return { flown, answers };
  }

  #opened(): void {
    this.#state = "open";
    this.#shared.turns.push(this);
  }

  #ended(): void {
    this.#state = "ended";
    this.#shared.turns.pop(this);
  }

  #undo(): readonly Step[] {
    return [this.#plain("rollback to savepoint"), this.#plain("release savepoint")];
  }

  #plain(words: string): Step {
    return { text: `${words} ${this.#savepoint}`, values: [] };
  }
}
