import { quote } from "../identifier.ts";
import type { Condition } from "./expression.ts";
import type { Query, Statement } from "./query.ts";
import { Writer } from "./sql.ts";
import { columnList, type Mapped, type Table, tableOf, writeWhere } from "./table.ts";

/** DELETE, for good; returns the deleted rows. Immutable. A soft delete is a method of its model. */
export class Delete<Row> implements Query<Row> {
  readonly #table: Table<Row>;
  readonly #where: readonly Condition[];

  constructor(table: Table<Row>, where: readonly Condition[] = []) {
    this.#table = table;
    this.#where = where;
  }

  /** Adds conditions; all of them have to hold. Without any, every row is deleted. */
  where(...conditions: readonly Condition[]): Delete<Row> {
    return new Delete(this.#table, [...this.#where, ...conditions]);
  }

  compile(): Statement<Row> {
    const writer = new Writer();
    return {
      text: `delete from ${quote(this.#table.name)}${writeWhere(this.#where, writer)} returning ${columnList(this.#table)}`,
      values: writer.values,
      decode: (row) => this.#table.hydrate(row),
    };
  }
}

/** Deletes rows of a model: `del(User).where(User.c.id.eq(id))`. (`delete` is a reserved word.) */
export function del<Row>(model: Mapped<Row>): Delete<Row> {
  return new Delete(tableOf(model));
}
