import { DefinitionError } from "../errors.ts";
import { quote } from "../identifier.ts";
import type { Query, Statement } from "./query.ts";
import type { Inserted } from "./row-types.ts";
import { Writer } from "./sql.ts";
import { type Assignable, columnList, type Mapped, type Table, tableOf, writeValue } from "./table.ts";

/** INSERT of one or more rows; returns them as the database stored them. */
export class Insert<Row> implements Query<Row> {
  readonly #table: Table<Row>;
  readonly #rows: readonly Readonly<Record<string, unknown>>[];

  /** @throws {DefinitionError} when there is no row, or the model has no column. */
  constructor(table: Table<Row>, rows: readonly Readonly<Record<string, unknown>>[]) {
    if (rows.length === 0) throw new DefinitionError("insert needs at least one row.");
    if (table.columns.length === 0) throw new DefinitionError(`The model of ${table.name} has no columns.`);
    this.#table = table;
    this.#rows = rows;
  }

  compile(): Statement<Row> {
    const writer = new Writer();
    const used = this.#table.columns.filter(({ property }) => this.#rows.some((row) => row[property] !== undefined));
    // Where all is default, DEFAULT still has to stand somewhere.
    const listed = used.length > 0 ? used : this.#table.columns.slice(0, 1);
    const into = `insert into ${quote(this.#table.name)}`;
    const lists = this.#rows.map((row) => {
      const values = listed.map((column) => {
        const value = row[column.property];
        return value === undefined ? "default" : writeValue(column, value, writer);
      });
      return `(${values.join(", ")})`;
    });
    const source = `(${listed.map(({ ref }) => quote(ref.column)).join(", ")}) values ${lists.join(", ")}`;
    return {
      text: `${into} ${source} returning ${columnList(this.#table)}`,
      values: writer.values,
      decode: (row) => this.#table.hydrate(row),
    };
  }
}

/** Inserts rows of a model: `insert(User, { email, hashedPassword })`, or an array of such objects. */
export function insert<Row>(
  model: Mapped<Row>,
  rows: Assignable<Inserted<Row>> | readonly Assignable<Inserted<Row>>[],
): Insert<Row> {
  const table = tableOf(model);
  const list = (Array.isArray(rows) ? rows : [rows]) as readonly Readonly<Record<string, unknown>>[];
  return new Insert(
    table,
    list.map((row) => table.withDefaults(row)),
  );
}
