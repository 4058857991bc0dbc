import { encodeParameters } from "../connection/parameters.ts";
import { DefinitionError } from "../errors.ts";
import { quote } from "../identifier.ts";
import { assertWritable, encoded, writeAssigned } from "./assignment.ts";
import type { DerivedQuery } from "./source.ts";
import { columnOf, type Table, type TableColumn } from "./table.ts";
import { isFragment, type Writer, writeList } from "./writer.ts";

type Values = Readonly<Record<string, unknown>>;

/** How many parameters a statement has at the most (PostgreSQL, "Message Formats": the count is a 16-bit number). */
const MOST_PARAMETERS = 65_535;

/** Where the rows of an INSERT come from: what follows the table's name. */
export interface InsertedRows {
  /** Whether statements of the same shape may follow. */
  readonly isKept: boolean;
  write(writer: Writer): void;
  /** In parts, when one statement cannot have as many parameters. */
  split(): readonly InsertedRows[] | undefined;
}

/**
 * @param rows made by `withDefaults`, which has looked at their names.
 * @throws {DefinitionError} when one gives a column that is never written.
 */
export function rowsOf(table: Table, rows: readonly Values[]): InsertedRows {
  const columns = usedColumns(table, rows);
  return (rows.length > 1 ? arraysOf(columns, rows) : undefined) ?? valuesOf(table, columns, rows);
}

/** Rows that need not be alike. */
function valuesOf(table: Table, columns: readonly TableColumn[], rows: readonly Values[]): InsertedRows {
  if (table.columns.length === 0) throw new DefinitionError(`The model of ${table.name} has no columns.`);
  // Where all is default, DEFAULT still has to stand somewhere.
  const listed = columns.length > 0 ? columns : table.columns.slice(0, 1);
  const items = (row: Values): unknown[] =>
    listed.map((column) => {
      const value = row[column.property];
      return value === undefined ? undefined : encoded(column, value);
    });
  return new ValueRows(listed, rows.map(items));
}

/** The columns that any row gives, in the table's order. */
function usedColumns(table: Table, rows: readonly Values[]): readonly TableColumn[] {
  const used = table.columns.filter(({ property }) => rows.some((row) => row[property] !== undefined));
  for (const column of used) assertWritable(table, column);
  return used;
}

/** One array per column, if every row has a value for each: `insert into t (a, b) select * from unnest($1, $2)`. */
function arraysOf(columns: readonly TableColumn[], rows: readonly Values[]): InsertedRows | undefined {
  if (columns.length === 0) return undefined;
  const arrays: unknown[][] = [];
  for (const column of columns) {
    const { property, isNullByDefault } = column;
    const items = new Array<unknown>(rows.length);
    for (let i = 0; i < rows.length; i++) {
      const value = rows[i]![property];
      if (value === undefined ? !isNullByDefault : isFragment(value)) return undefined;
      const item = column.encode(value);
      // An array within an array would be another dimension of it.
      items[i] = column.isSentAsText && item !== null ? encodeParameters([item])[0] : item;
    }
    arrays.push(items);
  }
  return new ArrayRows(columns, arrays);
}

class ArrayRows implements InsertedRows {
  readonly #columns: readonly TableColumn[];
  readonly #arrays: readonly unknown[][];
  readonly isKept = true;

  constructor(columns: readonly TableColumn[], arrays: readonly unknown[][]) {
    this.#columns = columns;
    this.#arrays = arrays;
  }

  split(): undefined {
    return undefined;
  }

  write(writer: Writer): void {
    writeColumnNames(writer, this.#columns);
    writer.text("select ");
    writeList(writer, this.#columns, ", ", (column) => {
      writer.text(`rows.${quote(column.name)}`);
      if (column.isSentAsText) writer.text(`::${withoutLength(column.type)}`);
    });
    writer.text(" from unnest(");
    for (let i = 0; i < this.#columns.length; i++) {
      if (i > 0) writer.text(", ");
      writer.value(this.#arrays[i]);
      writer.text(`::${elementType(this.#columns[i]!)}[]`);
    }
    writer.text(") as rows (");
    writeList(writer, this.#columns, ", ", (column) => writer.text(quote(column.name)));
    writer.text(")");
  }
}

class ValueRows implements InsertedRows {
  readonly #columns: readonly TableColumn[];
  /** Encoded; undefined is DEFAULT. */
  readonly #rows: readonly (readonly unknown[])[];

  constructor(columns: readonly TableColumn[], rows: readonly (readonly unknown[])[]) {
    this.#columns = columns;
    this.#rows = rows;
  }

  /** A list of rows is another shape for each length. */
  get isKept(): boolean {
    return this.#rows.length === 1;
  }

  split(): readonly InsertedRows[] | undefined {
    if (this.#rows.length * this.#columns.length <= MOST_PARAMETERS) return undefined;
    const size = Math.floor(MOST_PARAMETERS / this.#columns.length);
    const parts: InsertedRows[] = [];
    for (let at = 0; at < this.#rows.length; at += size) {
      parts.push(new ValueRows(this.#columns, this.#rows.slice(at, at + size)));
    }
    return parts;
  }

  write(writer: Writer): void {
    writeColumnNames(writer, this.#columns);
    writer.text("values ");
    writeList(writer, this.#rows, ", ", (row) => {
      writer.text("(");
      writeList(writer, row, ", ", (value) => {
        if (value === undefined) writer.text("default");
        else writeAssigned(writer, value);
      });
      writer.text(")");
    });
  }
}

/** INSERT … SELECT. */
export class QueryRows implements InsertedRows {
  readonly #columns: readonly TableColumn[];
  readonly #query: DerivedQuery;
  readonly isKept = true;

  /** @throws {DefinitionError} when a name in the query's selection is no column, or never written. */
  constructor(table: Table, query: DerivedQuery) {
    this.#columns = Object.keys(query.refs("")).map((property) => columnOf(table, property));
    for (const column of this.#columns) assertWritable(table, column);
    this.#query = query;
  }

  split(): undefined {
    return undefined;
  }

  write(writer: Writer): void {
    writeColumnNames(writer, this.#columns);
    this.#query.write(writer);
  }
}

function writeColumnNames(writer: Writer, columns: readonly TableColumn[]): void {
  writer.text(" (");
  writeList(writer, columns, ", ", (column) => writer.text(quote(column.name)));
  writer.text(") ");
}

/**
 * The type that an element of the parameter has. Without length or precision, because a cast cuts off what an assignment
 * would refuse (PostgreSQL, "Value Storage"). Arrays come as their text, which is cast in the select list.
 */
function elementType({ type, isSentAsText }: TableColumn): string {
  return isSentAsText ? "text" : withoutLength(type);
}

/** `character` and `bit` alone have the length 1. */
function withoutLength(type: string): string {
  if (type.startsWith('"')) return type;
  return type
    .replace(/\([^)]*\)/, "")
    .replace(/^char(acter)?(?! varying)\b/, "bpchar")
    .replace(/^bit(?! varying)/, "bit varying");
}
