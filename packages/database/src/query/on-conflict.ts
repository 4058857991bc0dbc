import { DefinitionError } from "../errors.ts";
import { checkName, quote } from "../identifier.ts";
import { assignmentsOf, writeAssignments } from "./assignment.ts";
import { seenRows, writeWhere } from "./clauses.ts";
import type { Condition, Expression } from "./expression.ts";
import { baseSource, ColumnRef } from "./source.ts";
import type { Table } from "./table.ts";
import { type Writer, writeList } from "./writer.ts";

/** What an INSERT conflicts with: columns of a unique index, with its condition when it is a partial one, or a constraint. */
export type ConflictTarget =
  | Expression<unknown>
  | readonly Expression<unknown>[]
  | { readonly columns: Expression<unknown> | readonly Expression<unknown>[]; readonly where?: Condition | undefined }
  | { readonly constraint: string };

/** What to do on a conflict. */
export interface OnConflict {
  readonly target: ConflictTarget | undefined;
  /** Undefined: nothing. */
  readonly set: Readonly<Record<string, unknown>> | undefined;
  readonly where: Condition | undefined;
}

/** @throws {DefinitionError} when the target has no columns. */
export function writeOnConflict(writer: Writer, table: Table, { target, set, where }: OnConflict): void {
  writer.text(" on conflict");
  if (target !== undefined) writeTarget(writer, target);
  if (set === undefined) {
    writer.text(" do nothing");
    return;
  }
  writer.text(" do update set ");
  writeAssignments(writer, assignmentsOf(table, set));
  const seen = seenRows(baseSource(table), "without"); // a deleted row is not brought back by the way
  writeWhere(
    writer,
    " where ",
    [seen, where].filter((condition) => condition !== undefined),
  );
}

function writeTarget(writer: Writer, target: ConflictTarget): void {
  if ("constraint" in target) {
    writer.text(" on constraint ");
    writer.text(quote(checkName(target.constraint)));
    return;
  }
  const { columns, where } = "columns" in target ? target : { columns: target, where: undefined };
  const listed = [columns].flat() as readonly (Expression<unknown> | undefined)[];
  if (listed.length === 0 || listed.includes(undefined)) {
    throw new DefinitionError(
      "A conflict's target has no columns. Name the columns of a unique index, or a constraint: { constraint }.",
    );
  }
  writer.text(" (");
  writeList(writer, listed as readonly Expression<unknown>[], ", ", (column) => writeColumn(writer, column));
  writer.text(")");
  if (where !== undefined) writeWhere(writer, " where ", [where]);
}

/** A conflict target names columns without their table; expressions stand in parentheses. */
function writeColumn(writer: Writer, column: Expression<unknown>): void {
  if (column instanceof ColumnRef) {
    writer.text(quote(column.column));
    return;
  }
  writer.text("(");
  column.write(writer);
  writer.text(")");
}
