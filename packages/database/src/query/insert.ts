import { DefinitionError } from "../errors.ts";
import { Change } from "./change.ts";
import type { Condition } from "./expression.ts";
import { type InsertedRows, QueryRows, rowsOf } from "./inserted-rows.ts";
import { type ConflictTarget, type OnConflict, writeOnConflict } from "./on-conflict.ts";
import type { Query } from "./query.ts";
import type { ColumnsOf, Inserted, Refs, Updated } from "./row-types.ts";
import type { SelectedOf, Selection } from "./selection.ts";
import { type DerivedQuery, refsOf } from "./source.ts";
import { type Assignable, type Table, tableOf, type Writable } from "./table.ts";
import type { Writer } from "./writer.ts";

type Values = Readonly<Record<string, unknown>>;

interface InsertParts {
  readonly onConflict: OnConflict | undefined;
  readonly returning: Selection | undefined;
}

const NO_PARTS: InsertParts = { onConflict: undefined, returning: undefined };

/**
 * INSERT; returns the rows as the database stored them, as instances unless `returning` says otherwise. Immutable.
 *
 * A list of rows is sent as one array per column, so that a statement is the same however many rows it inserts. Where that
 * cannot be, because a row has an expression in it, or leaves a column to the database's default that another one gives, it
 * is a VALUES list, in several statements of one transaction when it needs more than 65,535 parameters.
 */
export class Insert<Row> extends Change<Row> {
  readonly #rows: InsertedRows;
  readonly #parts: InsertParts;

  constructor(table: Table, rows: InsertedRows, parts: InsertParts = NO_PARTS) {
    super(table, parts.returning);
    this.#rows = rows;
    this.#parts = parts;
  }

  /** ON CONFLICT … DO NOTHING; without a target, whatever the conflict. Rows that conflict are not returned. */
  onConflictDoNothing(target?: ConflictTarget): Insert<Row> {
    return this.#with({ onConflict: { target, set: undefined, where: undefined } });
  }
  /**
   * ON CONFLICT … DO UPDATE: an upsert.
   *
   * ```ts
   * insert(User, row).onConflictDoUpdate(User.c.email, (excluded) => ({ fullName: excluded.fullName }));
   * ```
   *
   * @param set what to write into the row that is there; `excluded` is the row that was to be inserted.
   * @param where update only if it holds; a row that is left as it is, is not returned.
   */
  onConflictDoUpdate(
    target: ConflictTarget,
    set: Assignable<Updated<Row>> | ((excluded: Refs<ColumnsOf<Row>>) => Assignable<Updated<Row>>),
    where?: Condition,
  ): Insert<Row> {
    const values = typeof set === "function" ? set(refsOf(this.table, "excluded") as Refs<ColumnsOf<Row>>) : set;
    return this.#with({ onConflict: { target, set: values as Values, where } });
  }
  /** What to return of each row, instead of the row. */
  returning<S extends Selection>(selection: S): Insert<{ [K in keyof S]: SelectedOf<S[K]> }> {
    return new Insert(this.table, this.#rows, { ...this.#parts, returning: selection });
  }

  protected override get isKept(): boolean {
    return this.#rows.isKept;
  }

  /** As several statements, where its parameters are too many for one. For the layer's own use. */
  split(): readonly Query<Row>[] | undefined {
    return this.#rows.split()?.map((rows) => new Insert<Row>(this.table, rows, this.#parts));
  }

  protected override writeChange(writer: Writer): void {
    writer.text("insert into ");
    writer.text(this.table.sql);
    this.#rows.write(writer);
    if (this.#parts.onConflict !== undefined) writeOnConflict(writer, this.table, this.#parts.onConflict);
  }

  #with(change: Partial<InsertParts>): Insert<Row> {
    return new Insert(this.table, this.#rows, { ...this.#parts, ...change });
  }
}

/**
 * Inserts rows of a model: `insert(User, { email, hashedPassword })`, or an array of such objects. Columns that are left out
 * get their default.
 *
 * @throws {DefinitionError} when there is no row, or one has something that is no column, or is never written.
 */
export function insert<Row>(
  model: Writable<Row>,
  rows: Assignable<Inserted<Row>> | readonly Assignable<Inserted<Row>>[],
): Insert<Row> {
  const list = (Array.isArray(rows) ? rows : [rows]) as readonly Values[];
  return insertInto<Row>(tableOf(model), list);
}

/** The same by table. */
export function insertInto<Row>(table: Table, rows: readonly Values[]): Insert<Row> {
  if (rows.length === 0) throw new DefinitionError("insert needs at least one row.");
  return new Insert(
    table,
    rowsOf(
      table,
      rows.map((row) => table.withDefaults(row)),
    ),
  );
}

/**
 * INSERT … SELECT: the names in the selection are the columns that are written.
 *
 * ```ts
 * insertFrom(Archive, select({ id: Order.c.id, total: Order.c.total }).from(Order));
 * ```
 */
export function insertFrom<Row>(model: Writable<Row>, query: Query<Inserted<Row>> & DerivedQuery): Insert<Row> {
  const table = tableOf(model);
  return new Insert(table, new QueryRows(table, query));
}
