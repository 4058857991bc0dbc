import { DefinitionError } from "../errors.ts";
import { quote } from "../identifier.ts";
import { Operation } from "./expression.ts";
import { baseSource } from "./source.ts";
import { columnOf, type Table, type TableColumn } from "./table.ts";
import { type Fragment, isFragment, type Writer, writeList } from "./writer.ts";

/** A column and what is written into it: an expression, or a value encoded already. */
export interface Assignment {
  readonly column: TableColumn;
  readonly value: unknown;
}

/**
 * The assignments of an UPDATE in the order of the table's columns: what is given, `onUpdate` of columns that are not, and
 * the next version.
 *
 * @throws {DefinitionError} when nothing is set, or something that is no column of the table or never written.
 */
export function assignmentsOf(table: Table, values: Readonly<Record<string, unknown>>): readonly Assignment[] {
  const assignments: Assignment[] = [];
  let isEmpty = true;
  for (const [property, value] of Object.entries(values)) {
    if (value === undefined) continue;
    isEmpty = false;
    const column = columnOf(table, property);
    assertWritable(table, column);
    if (column === table.version) {
      throw new DefinitionError(
        `${table.name}.${column.name} counts the changes of a row and is never set. Leave it out.`,
      );
    }
  }
  if (isEmpty) {
    throw new DefinitionError(`update of ${table.name} sets nothing. Call set({ … }) with at least one value.`);
  }
  for (const column of table.columns) {
    const value = values[column.property];
    if (value !== undefined) assignments.push({ column, value: encoded(column, value) });
    else if (column.onUpdate !== undefined) assignments.push({ column, value: column.onUpdate });
    else if (column === table.version) assignments.push({ column, value: nextVersion(table, column) });
  }
  return assignments;
}

/** @throws {DefinitionError} when the database makes the column's values. */
export function assertWritable(table: Table, column: TableColumn): void {
  if (!column.isGenerated) return;
  throw new DefinitionError(`${table.name}.${column.name} is made by the database and never written. Leave it out.`);
}

/** The value as the driver takes it, or the expression that stands in its place. */
export function encoded(column: TableColumn, value: unknown): unknown {
  return isFragment(value) ? value : column.encode(value);
}

export function writeAssignments(writer: Writer, assignments: readonly Assignment[]): void {
  writeList(writer, assignments, ", ", ({ column, value }) => {
    writer.text(quote(column.name));
    writer.text(" = ");
    writeAssigned(writer, value);
  });
}

/** Writes the right side of an assignment. */
export function writeAssigned(writer: Writer, value: unknown): void {
  if (isFragment(value)) value.write(writer);
  else writer.value(value);
}

/** What a version becomes when its row is changed. */
function nextVersion(table: Table, column: TableColumn): Fragment {
  return new Operation("operation", [baseSource(table).c[column.property]!, " + 1"]);
}
