import { DefinitionError } from "../errors.ts";
import { quote } from "../identifier.ts";
import type { Condition } from "./expression.ts";
import type { Query, Statement } from "./query.ts";
import type { Updated } from "./row-types.ts";
import { Writer } from "./sql.ts";
import { type Assignable, columnList, type Mapped, type Table, tableOf, writeValue, writeWhere } from "./table.ts";

/**
 * UPDATE; returns the changed rows. Immutable: every method returns a new query. Columns with `onUpdate`
 * (`updated_at`) are written too, unless they are set.
 */
export class Update<Row> implements Query<Row> {
  readonly #table: Table<Row>;
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #where: readonly Condition[];

  constructor(table: Table<Row>, values: Readonly<Record<string, unknown>> = {}, where: readonly Condition[] = []) {
    this.#table = table;
    this.#values = values;
    this.#where = where;
  }

  /** What to write; a property that is `undefined` is left as it is. */
  set(values: Assignable<Updated<Row>>): Update<Row> {
    return new Update(this.#table, { ...this.#values, ...values }, this.#where);
  }
  /** Adds conditions; all of them have to hold. Without any, every row is updated. */
  where(...conditions: readonly Condition[]): Update<Row> {
    return new Update(this.#table, this.#values, [...this.#where, ...conditions]);
  }

  /** @throws {DefinitionError} when nothing is set. */
  compile(): Statement<Row> {
    const writer = new Writer();
    if (Object.values(this.#values).every((value) => value === undefined)) {
      throw new DefinitionError(`update of ${this.#table.name} sets nothing. Call set({ … }) with at least one value.`);
    }
    const assignments = this.#table.columns.flatMap((column) => {
      const value = this.#values[column.property];
      const written = value === undefined ? column.onUpdate : value;
      return written === undefined ? [] : [`${quote(column.ref.column)} = ${writeValue(column, written, writer)}`];
    });
    return {
      text: `update ${quote(this.#table.name)} set ${assignments.join(", ")}${writeWhere(this.#where, writer)} returning ${columnList(this.#table)}`,
      values: writer.values,
      decode: (row) => this.#table.hydrate(row),
    };
  }
}

/** Updates rows of a model: `update(User).set({ isActive: false }).where(User.c.id.eq(id))`. */
export function update<Row>(model: Mapped<Row>): Update<Row> {
  return new Update(tableOf(model));
}
