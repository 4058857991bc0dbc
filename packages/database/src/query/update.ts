import { assignmentsOf, writeAssignments } from "./assignment.ts";
import { Change } from "./change.ts";
import { assertConditions, type Deleted, seenRows, writeWhere } from "./clauses.ts";
import type { Condition } from "./expression.ts";
import type { Updated } from "./row-types.ts";
import type { SelectedOf, Selection } from "./selection.ts";
import { baseSource, type From, type Joinable, sourceOf } from "./source.ts";
import { type Assignable, type Table, tableOf, type Writable } from "./table.ts";
import { type Writer, writeList } from "./writer.ts";

interface UpdateParts {
  readonly values: Readonly<Record<string, unknown>>;
  readonly from: readonly From<unknown, unknown>[];
  readonly where: readonly Condition[];
  readonly deleted: Deleted;
  readonly returning: Selection | undefined;
}

/**
 * UPDATE; returns the changed rows, as instances unless `returning` says otherwise. Immutable: every method returns a new
 * query. Columns with `onUpdate` (`updated_at`) are written too, unless they are set, and the version is counted up.
 * Soft-deleted rows are left alone unless asked for.
 */
export class Update<Row> extends Change<Row> {
  readonly #parts: UpdateParts;

  constructor(table: Table, parts: Partial<UpdateParts> = {}) {
    super(table, parts.returning);
    const { values = {}, from = [], where = [], deleted = "without", returning } = parts;
    this.#parts = { values, from, where, deleted, returning };
  }

  /** What to write, values or expressions; a property that is `undefined` is left as it is. */
  set(values: Assignable<Updated<Row>>): Update<Row> {
    return this.#with({ values: { ...this.#parts.values, ...values } });
  }
  /** UPDATE … FROM: what values and conditions may name besides the table. */
  from(...sources: readonly Joinable[]): Update<Row> {
    return this.#with({ from: [...this.#parts.from, ...sources.map(sourceOf)] });
  }
  /** Adds conditions; all of them have to hold. Without any, every row is updated. */
  where(...conditions: readonly Condition[]): Update<Row> {
    assertConditions(conditions);
    return this.#with({ where: [...this.#parts.where, ...conditions] });
  }
  /** Soft-deleted rows too. */
  withDeleted(): Update<Row> {
    return this.#with({ deleted: "with" });
  }
  /** Soft-deleted rows only. */
  onlyDeleted(): Update<Row> {
    return this.#with({ deleted: "only" });
  }
  /** What to return of each changed row, instead of the row. */
  returning<S extends Selection>(selection: S): Update<{ [K in keyof S]: SelectedOf<S[K]> }> {
    return new Update(this.table, this.#changed({ returning: selection }));
  }

  /** @throws {DefinitionError} when nothing is set, or something that is no column or never written. */
  protected override writeChange(writer: Writer): void {
    const { values, from, where, deleted } = this.#parts;
    writer.text("update ");
    writer.text(this.table.sql);
    writer.text(" set ");
    writeAssignments(writer, assignmentsOf(this.table, values));
    writeSources(writer, " from ", from);
    writeWhere(writer, " where ", seenOf(this.table, from, deleted, where));
  }

  #with(change: Partial<UpdateParts>): Update<Row> {
    return new Update(this.table, this.#changed(change));
  }

  /** Property by property, as in a select. */
  #changed(change: Partial<UpdateParts>): UpdateParts {
    const parts = this.#parts;
    return {
      values: change.values ?? parts.values,
      from: change.from ?? parts.from,
      where: change.where ?? parts.where,
      deleted: change.deleted ?? parts.deleted,
      returning: change.returning ?? parts.returning,
    };
  }
}

/** FROM of an UPDATE, USING of a DELETE; nothing when there is none. */
export function writeSources(
  writer: Writer,
  word: " from " | " using ",
  sources: readonly From<unknown, unknown>[],
): void {
  if (sources.length === 0) return;
  writer.text(word);
  writeList(writer, sources, ", ", (source) => source.write(writer));
}

/** The conditions, and those that leave out what is soft deleted, here and in the tables that are read beside it. */
export function seenOf(
  table: Table,
  others: readonly From<unknown, unknown>[],
  deleted: Deleted,
  where: readonly Condition[],
): readonly Condition[] {
  if (others.length === 0 && table.isDeleted === undefined) return where;
  const seen = [
    seenRows(baseSource(table), deleted),
    ...others.map((source) => (deleted === "without" ? seenRows(source, "without") : undefined)),
  ];
  return [...seen.filter((condition) => condition !== undefined), ...where];
}

/** Updates rows of a model: `update(User).set({ isActive: false }).where(User.c.id.eq(id))`. */
export function update<Row>(model: Writable<Row>): Update<Row> {
  return new Update(tableOf(model));
}
