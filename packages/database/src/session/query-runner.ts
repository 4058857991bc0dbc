import type { Result } from "../connection/flight.ts";
import { MultipleRows, NotFound } from "../errors.ts";
import type { Executor, Query, Statement, Want } from "../query/query.ts";
import { type Sql, sql } from "../query/sql.ts";

/** A select, whatever it selects. */
export interface Countable {
  count(): Query<number>;
  exists(): Query<boolean>;
}

/** The ways to run a query, for whatever can send a statement. */
export abstract class QueryRunner implements Executor {
  protected abstract run<T>(statement: Statement<T>): Promise<Result<T>>;

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

  async #finish<T>(statement: Statement<T>, row: T): Promise<T> {
    const received = statement.receive === undefined ? row : statement.receive(row);
    if (statement.follow !== undefined) await statement.follow([received], this);
    return received;
  }
}
