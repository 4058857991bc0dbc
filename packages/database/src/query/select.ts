import { quote } from "../identifier.ts";
import type { Condition, Ordering } from "./expression.ts";
import type { Query, Source, Statement } from "./query.ts";
import { type Fragment, Writer } from "./sql.ts";
import { columnList, type Mapped, type Table, tableOf, writeWhere } from "./table.ts";

interface SelectParts {
  readonly where: readonly Condition[];
  readonly orderBy: readonly Ordering[];
  readonly limit: number | undefined;
  readonly offset: number | undefined;
  readonly deleted: "without" | "with" | "only";
}

/**
 * SELECT of whole rows as instances of a model. Immutable: every method returns a new query.
 * Rows that are soft deleted are left out unless asked for.
 */
export class Select<Row> implements Query<Row> {
  readonly #table: Table<Row>;
  readonly #parts: SelectParts;

  constructor(
    table: Table<Row>,
    parts: SelectParts = { where: [], orderBy: [], limit: undefined, offset: undefined, deleted: "without" },
  ) {
    this.#table = table;
    this.#parts = parts;
  }

  /** Adds conditions; all of them have to hold. */
  where(...conditions: readonly Condition[]): Select<Row> {
    return this.#with({ where: [...this.#parts.where, ...conditions] });
  }
  /** Adds sort keys after those already there. */
  orderBy(...orderings: readonly Ordering[]): Select<Row> {
    return this.#with({ orderBy: [...this.#parts.orderBy, ...orderings] });
  }
  limit(count: number): Select<Row> {
    return this.#with({ limit: count });
  }
  offset(count: number): Select<Row> {
    return this.#with({ offset: count });
  }
  /** Soft-deleted rows too. */
  withDeleted(): Select<Row> {
    return this.#with({ deleted: "with" });
  }
  /** Soft-deleted rows only. */
  onlyDeleted(): Select<Row> {
    return this.#with({ deleted: "only" });
  }

  compile(): Statement<Row> {
    const writer = new Writer();
    const text = `select ${columnList(this.#table)}${this.#body(writer)}`;
    return { text, values: writer.values, decode: (row) => this.#table.hydrate(row), reads: this.#reads(writer) };
  }

  /** The same rows, each with the database's text of some columns, which keeps what JavaScript's types would round. */
  withText(columns: readonly Fragment[]): Query<readonly [Row, readonly string[]]> {
    return {
      compile: () => {
        const writer = new Writer();
        const extra = columns.map((column) => `, ${column.write(writer)}::text`).join("");
        const width = this.#table.columns.length;
        const text = `select ${columnList(this.#table)}${extra}${this.#body(writer)}`;
        return {
          text,
          values: writer.values,
          reads: this.#reads(writer),
          decode: (row) => [this.#table.hydrate(row.slice(0, width)), row.slice(width) as string[]],
        };
      },
    };
  }

  /** The same rows, counted. */
  count(): Query<number> {
    return this.#scalar((body) => `select count(*) from (select 1${body}) as rows`, Number);
  }

  /** Whether there is any such row. */
  exists(): Query<boolean> {
    return this.#scalar((body) => `select exists (select 1${body})`, Boolean);
  }

  #with(change: Partial<SelectParts>): Select<Row> {
    return new Select(this.#table, { ...this.#parts, ...change });
  }

  #body(writer: Writer): string {
    const { orderBy, limit, offset } = this.#parts;
    let text = ` from ${quote(this.#table.name)}${writeWhere(this.#conditions(), writer)}`;
    if (orderBy.length > 0) text += ` order by ${orderBy.map((ordering) => ordering.write(writer)).join(", ")}`;
    if (limit !== undefined) text += ` limit ${writer.bind(limit)}`;
    if (offset !== undefined) text += ` offset ${writer.bind(offset)}`;
    return text;
  }

  #reads(writer: Writer): readonly Source[] | undefined {
    return writer.isPure ? this.#table.sources : undefined;
  }

  #conditions(): readonly Condition[] {
    const { where, deleted } = this.#parts;
    const { isDeleted } = this.#table;
    return isDeleted === undefined || deleted === "with" ? where : [isDeleted.eq(deleted === "only"), ...where];
  }

  #scalar<T>(wrap: (body: string) => string, read: (value: unknown) => T): Query<T> {
    return {
      compile: () => {
        const writer = new Writer();
        const text = wrap(this.#body(writer));
        return { text, values: writer.values, decode: (row) => read(row[0]), reads: this.#reads(writer) };
      },
    };
  }
}

/** Selects rows of a model: `select(User).where(User.c.email.eq(email))`. */
export function select<Row>(model: Mapped<Row>): Select<Row> {
  return new Select(tableOf(model));
}
