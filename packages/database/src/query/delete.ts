import { Change } from "./change.ts";
import { assertConditions, type Deleted, writeWhere } from "./clauses.ts";
import type { Condition } from "./expression.ts";
import type { SelectedOf, Selection } from "./selection.ts";
import { type From, type Joinable, sourceOf } from "./source.ts";
import { type Table, tableOf, type Writable } from "./table.ts";
import { seenOf, writeSources } from "./update.ts";
import type { Writer } from "./writer.ts";

interface DeleteParts {
  readonly using: readonly From<unknown, unknown>[];
  readonly where: readonly Condition[];
  readonly deleted: Deleted;
  readonly returning: Selection | undefined;
}

/**
 * DELETE, for good; returns the deleted rows, as instances unless `returning` says otherwise. Immutable. A soft delete is a
 * method of its model. Rows that are soft deleted are left alone unless asked for.
 */
export class Delete<Row> extends Change<Row> {
  readonly #parts: DeleteParts;

  constructor(table: Table, parts: Partial<DeleteParts> = {}) {
    super(table, parts.returning);
    this.#parts = { using: [], where: [], deleted: "without", returning: undefined, ...parts };
  }

  /** DELETE … USING: what conditions may name besides the table. */
  using(...sources: readonly Joinable[]): Delete<Row> {
    return this.#with({ using: [...this.#parts.using, ...sources.map(sourceOf)] });
  }
  /** Adds conditions; all of them have to hold. Without any, every row is deleted. */
  where(...conditions: readonly Condition[]): Delete<Row> {
    assertConditions(conditions);
    return this.#with({ where: [...this.#parts.where, ...conditions] });
  }
  /** Soft-deleted rows too. */
  withDeleted(): Delete<Row> {
    return this.#with({ deleted: "with" });
  }
  /** Soft-deleted rows only. */
  onlyDeleted(): Delete<Row> {
    return this.#with({ deleted: "only" });
  }
  /** What to return of each deleted row, instead of the row. */
  returning<S extends Selection>(selection: S): Delete<{ [K in keyof S]: SelectedOf<S[K]> }> {
    return new Delete(this.table, { ...this.#parts, returning: selection });
  }

  protected override writeChange(writer: Writer): void {
    const { using, where, deleted } = this.#parts;
    writer.text("delete from ");
    writer.text(this.table.sql);
    writeSources(writer, " using ", using);
    writeWhere(writer, " where ", seenOf(this.table, using, deleted, where));
  }

  #with(change: Partial<DeleteParts>): Delete<Row> {
    return new Delete(this.table, { ...this.#parts, ...change });
  }
}

/** Deletes rows of a model: `del(User).where(User.c.id.eq(id))`. (`delete` is a reserved word.) */
export function del<Row>(model: Writable<Row>): Delete<Row> {
  return new Delete(tableOf(model));
}
