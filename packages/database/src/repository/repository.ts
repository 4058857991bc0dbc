import { DefinitionError, InvalidCursor, NotFound, StatementFailed } from "../errors.ts";
import type { Condition, Expression } from "../query/expression.ts";
import { type Insert, insert } from "../query/insert.ts";
import type { Executor } from "../query/query.ts";
import type { ColumnName, Dict, Inserted, Selected } from "../query/row-types.ts";
import { type Select, select } from "../query/select.ts";
import { baseSource, type ColumnRef } from "../query/source.ts";
import { sql } from "../query/sql.ts";
import { type Assignable, type Mapped, tableOf } from "../query/table.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { type Filter, toCondition } from "./filter.ts";

export type Direction = "asc" | "desc";

/** Columns a page can be sorted by: a nullable one gives no total order, and a hidden one would show in the cursor. */
export type SortKey<Row> = {
  [K in ColumnName<Row> & keyof Dict<Row>]: null extends Selected<Row>[K] ? never : K;
}[ColumnName<Row> & keyof Dict<Row>];

export interface PageRequest<Row> {
  readonly where?: Filter<Row> | undefined;
  /** The primary key is added to it, so that the order is total. Default: the primary key alone, ascending. */
  readonly orderBy?: readonly [SortKey<Row>, Direction] | undefined;
  readonly limit: number;
  /** The `nextCursor` of the page before. */
  readonly after?: string | undefined;
}

export interface Page<Row> {
  readonly items: readonly Row[];
  /** Leads to the next page; null on the last one. */
  readonly nextCursor: string | null;
}

/** The usual ways to read and write one model. */
export class Repository<Row extends object> {
  readonly #model: Mapped<Row>;

  constructor(model: Mapped<Row>) {
    this.#model = model;
  }

  /** All rows that match, in no particular order. */
  async find(db: Executor, where: Filter<Row> = {}): Promise<Row[]> {
    return await db.all(this.#select(where));
  }

  /** The row with this primary key, if there is one. */
  async findById(db: Executor, id: unknown): Promise<Row | undefined> {
    return await db.first(select(this.#model).where(this.#key().eq(id as never)));
  }

  /** The row with this primary key. @throws {NotFound} */
  async getById(db: Executor, id: unknown): Promise<Row> {
    const row = await this.findById(db, id);
    if (row === undefined) throw new NotFound(`There is no such ${this.#model.name}.`);
    return row;
  }

  /** Inserts one row. */
  async create(db: Executor, values: Assignable<Inserted<Row>>): Promise<Row> {
    const query: Insert<Row> = insert(this.#model, values);
    return await db.one(query);
  }

  /** How many rows match. */
  async count(db: Executor, where: Filter<Row> = {}): Promise<number> {
    return await db.one(this.#select(where).count());
  }

  /**
   * One page of a list by keyset: rows after the last one seen, by the values of its sort keys, so that rows inserted
   * meanwhile neither shift nor repeat any, and page 1,000 costs what page 1 costs.
   *
   * @throws {InvalidCursor} when `after` was not handed out for this model and order.
   * @throws {DefinitionError} when `limit` is no whole number above 0.
   */
  async page(db: Executor, request: PageRequest<Row>): Promise<Page<Row>> {
    if (!Number.isSafeInteger(request.limit) || request.limit < 1) {
      throw new DefinitionError(`A page's limit is a whole number above 0, not ${request.limit}.`);
    }
    const key = this.#key();
    const [property, direction] = request.orderBy ?? [key.definition.property, "asc"];
    const sort = this.#column(property);
    const keys = sort === key ? [key] : [sort, key];
    const list = [tableOf(this.#model).name, direction, ...keys.map(({ column }) => column)].join(" ");

    let after: Condition | undefined;
    if (request.after !== undefined) {
      const values = decodeCursor(list, request.after);
      if (values.length !== keys.length) throw new InvalidCursor();
      after = beyond(keys, direction, values);
    }
    const rows = await db
      .all(
        select({ row: this.#model, keys: sql<string[]>`array[${sql.join(keys.map((key) => sql`${key}::text`))}]` })
          .from(this.#model)
          .where(toCondition(this.#model, request.where ?? {}), ...(after === undefined ? [] : [after]))
          .orderBy(...keys.map((key) => key[direction]()))
          .limit(request.limit + 1),
      )
      .catch(refuseKeys);
    const page = rows.slice(0, request.limit);
    const last = page.at(-1);
    return {
      items: page.map(({ row }) => row as Row),
      nextCursor: rows.length > page.length && last !== undefined ? encodeCursor(list, last.keys) : null,
    };
  }

  #select(where: Filter<Row>): Select<Row> {
    return select(this.#model).where(toCondition(this.#model, where));
  }

  #column(property: string): ColumnRef<unknown> {
    const column = baseSource(tableOf(this.#model)).c[property];
    if (column === undefined) throw new DefinitionError(`${this.#model.name} has no column ${property}.`);
    return column;
  }

  #key(): ColumnRef<unknown> {
    const [key, ...more] = tableOf(this.#model).primaryKey;
    if (key === undefined || more.length > 0) {
      throw new DefinitionError(`A repository needs a primary key of one column; ${this.#model.name} has not.`);
    }
    return this.#column(key.property);
  }
}

/** A cursor made by hand, right checksum and all, gets as far as the server, which refuses its keys (class 22). */
function refuseKeys(error: unknown): never {
  if (error instanceof StatementFailed && error.sqlState.startsWith("22")) throw new InvalidCursor();
  throw error;
}

/** `(a, b) > ($1, $2)`: one comparison of rows, which an index on (a, b) answers. */
function beyond(keys: readonly Expression<unknown>[], direction: Direction, values: readonly string[]): Condition {
  const [left, right] = [sql.join(keys), sql.join(values)];
  return direction === "asc" ? sql<boolean>`(${left}) > (${right})` : sql<boolean>`(${left}) < (${right})`;
}

/** `const users = repository(User)`. */
export function repository<Row extends object>(model: Mapped<Row>): Repository<Row> {
  return new Repository(model);
}
