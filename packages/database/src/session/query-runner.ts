import type { Result } from "../connection/flight.ts";
import { MultipleRows, NotFound } from "../errors.ts";
import type { Executor, Query, Statement } from "../query/query.ts";
import type { Select } from "../query/select.ts";
import { type Sql, sql } from "../query/sql.ts";

/** The ways to run a query, for whatever can send a statement. */
export abstract class QueryRunner implements Executor {
  protected abstract run(statement: Statement<unknown>): Promise<Result>;

  async all<T>(query: Query<T>): Promise<T[]> {
    const statement = query.compile();
    const { rows, columns } = await this.run(statement);
    return rows.map((row) => statement.decode(row, columns));
  }

  async first<T>(query: Query<T>): Promise<T | undefined> {
    const statement = query.compile();
    const { rows, columns } = await this.run(statement);
    return rows[0] === undefined ? undefined : statement.decode(rows[0], columns);
  }

  async one<T>(query: Query<T>): Promise<T> {
    const statement = query.compile();
    const { rows, columns } = await this.run(statement);
    if (rows[0] === undefined) throw new NotFound("One row was expected and none came.");
    if (rows.length > 1) throw new MultipleRows();
    return statement.decode(rows[0], columns);
  }

  async execute(query: Query<unknown>): Promise<number> {
    return (await this.run(query.compile())).rowCount;
  }

  /** How many rows the query would return. */
  async count(query: Select<unknown>): Promise<number> {
    return await this.one(query.count());
  }

  /** Whether the query would return any row. */
  async exists(query: Select<unknown>): Promise<boolean> {
    return await this.one(query.exists());
  }

  /** Runs SQL by hand: values in the template become parameters. Rows are objects by column name. */
  async sql<T = unknown>(strings: TemplateStringsArray, ...parts: readonly unknown[]): Promise<T[]> {
    return await this.all<T>(sql(strings, ...parts) as Sql<T>);
  }
}
