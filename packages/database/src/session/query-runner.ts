import type { CopyBytes } from "../connection/copy-bytes.ts";
import type { Result } from "../connection/flight.ts";
import { MultipleRows, NotFound } from "../errors.ts";
import { checkName } from "../identifier.ts";
import { checkPayload } from "../listening/channel.ts";
import type { Executor, Query, Statement, Want } from "../query/query.ts";
import type { Inserted } from "../query/row-types.ts";
import { type Sql, sql } from "../query/sql.ts";
import type { Mapped, Writable } from "../query/table.ts";
import type { CopyOutOptions } from "./copy-statement.ts";
import type { StreamOptions } from "./stream.ts";

/** A select, whatever it selects. */
export interface Countable {
  count(): Query<number>;
  exists(): Query<boolean>;
}

/** The ways to run a query, for whatever can send a statement. */
export abstract class QueryRunner implements Executor {
  protected abstract run<T>(statement: Statement<T>): Promise<Result<T>>;

  /** See `copyIn`. */
  protected abstract copyInto(
    target: Mapped<unknown> | Sql,
    data: Iterable<unknown> | AsyncIterable<unknown>,
  ): Promise<number>;

  /** Runs several queries as one unit. */
  protected abstract together<T>(queries: readonly Query<T>[], want: Want): Promise<readonly Result<T>[]>;

  async all<T>(query: Query<T>): Promise<T[]> {
    const parts = query.split?.();
    if (parts !== undefined) return (await this.together(parts, "all")).flatMap(({ rows }) => rows);
    const statement = query.compile();
    const rows = (await this.run(statement)).rows as T[];
    if (statement.receive !== undefined) for (let i = 0; i < rows.length; i++) rows[i] = statement.receive(rows[i]!);
    if (statement.follow !== undefined) await statement.follow(rows, this);
    return rows;
  }

  async first<T>(query: Query<T>): Promise<T | undefined> {
    const statement = query.compile("first");
    const [row] = (await this.run(statement)).rows;
    return row === undefined ? undefined : await this.#finish(statement, row);
  }

  async one<T>(query: Query<T>): Promise<T> {
    const statement = query.compile("one");
    const { rows } = await this.run(statement);
    const [row] = rows;
    if (row === undefined) throw statement.whenNone?.() ?? new NotFound("One row was expected and none came.");
    if (rows.length > 1) throw new MultipleRows();
    return await this.#finish(statement, row);
  }

  async execute(query: Query<unknown>): Promise<number> {
    const parts = query.split?.();
    if (parts === undefined) return (await this.run(query.compile("count"))).rowCount;
    return (await this.together(parts, "count")).reduce((sum, { rowCount }) => sum + rowCount, 0);
  }

  /** How many rows the query would return. */
  async count(query: Countable): Promise<number> {
    return await this.one(query.count());
  }

  /** Whether the query would return any row. */
  async exists(query: Countable): Promise<boolean> {
    return await this.one(query.exists());
  }

  /** Runs SQL by hand: values in the template become parameters. Rows are objects by column name. */
  async sql<T = unknown>(strings: TemplateStringsArray, ...parts: readonly unknown[]): Promise<T[]> {
    return await this.all<T>(sql(strings, ...parts) as Sql<T>);
  }

  /**
   * Tells those who listen on a channel (PostgreSQL, NOTIFY), in a session once that has committed, and not at all when it
   * rolls back. Of several alike in one transaction they hear one.
   *
   * @param payload less than 8000 bytes; default empty.
   * @throws {DefinitionError} when the channel's name or the payload is longer than PostgreSQL takes.
   */
  async notify(channel: string, payload = ""): Promise<void> {
    checkName(channel);
    checkPayload(payload);
    await this.sql`select pg_notify(${channel}, ${payload})`;
  }

  /**
   * The results one after another, by a cursor on the server: `for await (const user of db.stream(select(User)))`. Two
   * batches at most are in memory, the one that is used and the one after it. Relations that are included are loaded for
   * each batch. Sends nothing before the first result is asked for; leaving the loop closes the cursor.
   *
   * @throws like `all`; what is no SELECT is refused by the server.
   */
  abstract stream<T>(query: Query<T>, options?: StreamOptions): AsyncGenerator<T, void, undefined>;

  /**
   * COPY FROM STDIN of data that are in a format of COPY's already, in pieces that may be cut anywhere:
   * ``db.copyIn(sql`copy users (id, email) from stdin (format csv)`, createReadStream("users.csv"))``.
   *
   * @throws {DefinitionError} when the statement is none, or has parameters, which COPY does not take.
   */
  copyIn(statement: Sql, data: CopyBytes): Promise<number>;
  /**
   * Stores new rows of a model by COPY FROM STDIN, by far the fastest way for many of them:
   * `await db.copyIn(User, rows)`. Rows are asked for as they are sent, and no more than 64 KB of them are in memory. They
   * are what `insert` takes, without expressions; the client's defaults are made. A column whose default the database
   * makes, `createdAt` for one, is given in all rows or in none. Hooks are not run, and nothing comes back. Meanwhile the
   * session takes no other statement, also from the rows' source, once that has given the first row.
   *
   * @returns how many rows the server has stored.
   * @throws what the rows' source throws. @throws {DefinitionError} when a value cannot be sent, or a row gives other columns
   *   than the first. @throws {StatementFailed} when the server refuses one; `line` says which, counted from 1. Once rows were
   *   sent, all of these are failures of a statement: none of the rows is stored, and the transaction has failed.
   */
  copyIn<Row>(model: Writable<Row>, rows: Iterable<Inserted<Row>> | AsyncIterable<Inserted<Row>>): Promise<number>;
  async copyIn(target: Mapped<unknown> | Sql, data: Iterable<unknown> | AsyncIterable<unknown>): Promise<number> {
    return await this.copyInto(target, data);
  }

  /**
   * A query's results in a format of COPY's, in pieces of some 64 KB that hold whole rows:
   * `for await (const bytes of db.copyOut(select({ id: User.c.id }).from(User), { format: "csv" }))`. Also a COPY … TO STDOUT
   * written by hand. While a piece is used the server waits. Leaving the loop ends the statement, and takes back what it did.
   *
   * A query's values become literals, which the server makes of them, because COPY takes no parameters.
   *
   * @throws like `all`, also after pieces were given. @throws {DefinitionError} when an option, or such a query, cannot be used.
   */
  abstract copyOut(query: Query<unknown>, options?: CopyOutOptions): AsyncGenerator<Buffer, void, undefined>;

  async #finish<T>(statement: Statement<T>, row: T): Promise<T> {
    const received = statement.receive === undefined ? row : statement.receive(row);
    if (statement.follow !== undefined) await statement.follow([received], this);
    return received;
  }
}
