import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";

/** An empty database of its own for one test file or one test, on the server that the run shares. */
export interface TestDatabase extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  /** Runs SQL (several statements if need be) in a session outside the layer under test, which nothing before has touched. */
  query<Row extends object = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** Leaves nobody of `query` connected, for who needs a database that nobody uses. */
  disconnect(): Promise<void>;
  drop(): Promise<void>;
}

/** Whoever makes and drops databases: one for all files of a worker. */
let administrator: Sessions | undefined;

/** @param original a database to copy, to which nobody else is connected; default an empty one. */
export async function createTestDatabase(original?: TestDatabase): Promise<TestDatabase> {
  const server = new URL(inject("serverUrl"));
  administrator ??= new Sessions(server.href);
  const name = `test_${randomBytes(6).toString("hex")}`;
  const url = new URL(server);
  url.pathname = `/${name}`;
  await original?.disconnect();
  // Files are copied: the server is nobody else's, and by its log the same takes four times as long.
  const template = original?.name ?? "template0";
  await administrator.query(`create database ${name} template ${template} strategy file_copy`);
  const sessions = new Sessions(url.href);
  const drop = async (): Promise<void> => {
    await sessions.end();
    await administrator!.query(`drop database if exists ${name} with (force)`);
  };
  return {
    name,
    url: url.href,
    query: (sql, values) => sessions.query(sql, values),
    disconnect: () => sessions.end(),
    drop,
    [Symbol.asyncDispose]: drop,
  };
}

/**
 * Sessions that look new. A connection costs a server thirty times what a statement does, so one is kept and made as new after
 * each use; who comes while it is busy gets one for once.
 */
class Sessions {
  readonly #url: string;
  #kept: pg.Client | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  async query<Row extends object>(sql: string, values?: unknown[]): Promise<Row[]> {
    const kept = this.#kept;
    this.#kept = undefined;
    const client = kept ?? (await this.#connect());
    let rows: Row[];
    try {
      ({ rows } = await client.query<Row>(sql, values));
    } catch (error) {
      await client.end();
      if (kept && isGone(error)) return await this.query(sql, values);
      throw error;
    }
    await this.#renew(client);
    return rows;
  }

  async end(): Promise<void> {
    await this.#kept?.end();
    this.#kept = undefined;
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.#url });
    // A test may kill the server or this very backend.
    client.on("error", () => {
      if (this.#kept === client) this.#kept = undefined;
    });
    await client.connect();
    return client;
  }

  async #renew(client: pg.Client): Promise<void> {
    try {
      // What it did shows in the statistics at once, as that of a session that ends.
      await client.query("select pg_stat_force_next_flush()");
      await client.query("discard all"); // refused within a transaction, which its end rolls back
      if (this.#kept) await client.end();
      else this.#kept = client;
    } catch {
      await client.end();
    }
  }
}

/** Ended while nobody used it: by an administrator, or with its server. */
function isGone(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === undefined || code === "57P01" || code === "ECONNRESET" || code === "EPIPE";
}
