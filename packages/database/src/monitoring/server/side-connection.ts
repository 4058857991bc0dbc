import { type ConnectOptions, connect } from "../../connection/connect.ts";
import type { Connection } from "../../connection/connection.ts";
import { encodeParameters } from "../../connection/parameters.ts";
import { PoolClosed } from "../../errors.ts";
import { readOnly } from "../../session/read-only.ts";

/** Seconds that connecting may take, and a question. */
const PATIENCE = 5;

/** Asks the server something; rows are objects by column. */
export type Ask = <Row extends object>(text: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

/**
 * A connection beside the pool, so that looking is possible when the pool is used up, and never keeps a caller waiting.
 * Reads only. Opened when it is first needed, and again after it was lost; one question after another.
 */
export class SideConnection {
  readonly #target: ConnectOptions;
  #connection: Connection | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(target: ConnectOptions, applicationName: string) {
    this.#target = { ...target, applicationName, connectTimeout: PATIENCE };
  }

  /** @throws what connecting and the server have against it, within some seconds. */
  readonly ask: Ask = async <Row extends object>(text: string, values: readonly unknown[] = []) => {
    const answer = this.#last.then(() => this.#ask<Row>(text, values));
    this.#last = answer.catch(() => {});
    return await answer;
  };

  /** Ends it, after what was asked. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#last;
    await this.#connection?.close();
    this.#connection = undefined;
  }

  async #ask<Row extends object>(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    if (this.#closed) throw new PoolClosed();
    if (this.#connection?.isLost) this.#connection = undefined;
    this.#connection ??= await connect(this.#target);
    // The server cancels what takes longer; the signal is for one that is gone without a word.
    const [result] = await readOnly(
      this.#connection,
      [{ text, values: encodeParameters(values) }],
      { statementTimeout: PATIENCE, lockTimeout: 1 },
      AbortSignal.timeout(PATIENCE * 2000),
    );
    const { columns, rows } = result!;
    return rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])) as Row);
  }
}
