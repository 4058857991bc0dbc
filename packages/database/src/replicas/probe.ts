import { type ConnectOptions, connect } from "../connection/connect.ts";
import type { Connection } from "../connection/connection.ts";
import { within } from "../connection/pool/poolable.ts";
import { SerializationFailure } from "../errors.ts";

/** Seconds that a host has to answer in before it counts as gone. */
export const PATIENCE = 2;

/** How often a question is asked. */
const ATTEMPTS = 5;

/** Asks one host again and again, on a connection of its own, so that it can ask when the pool is used up. */
export class Probe {
  readonly #target: ConnectOptions;
  readonly #abort = new AbortController();
  #connection: Connection | undefined;

  constructor(target: ConnectOptions) {
    this.#target = { ...target, connectTimeout: Math.min(PATIENCE, target.connectTimeout) };
  }

  /** Whether the host that answered last is still at the other end. A server that stops says so at once. */
  get isConnected(): boolean {
    return this.#connection !== undefined && !this.#connection.isLost;
  }

  /** The first row of the answer. @throws what `connect` and `Connection.query` throw, in {@link PATIENCE} seconds. */
  async ask(text: string, attempt = 1): Promise<readonly unknown[]> {
    if (!this.isConnected) this.#connection = await connect(this.#target, this.#abort.signal);
    const connection = this.#connection!;
    try {
      const { rows } = await within(PATIENCE, connection, connection.query(text));
      return rows[0] ?? [];
    } catch (error) {
      // What a replica replays may be in the way of any question, for as long as a moment.
      if (error instanceof SerializationFailure && attempt < ATTEMPTS) return await this.ask(text, attempt + 1);
      await this.#hangUp();
      throw error;
    }
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.#abort.abort();
    await this.#hangUp();
  }

  async #hangUp(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.close();
  }
}
