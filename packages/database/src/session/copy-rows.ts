import { CopyWriter } from "../connection/copy-writer.ts";
import { DefinitionError } from "../errors.ts";
import { quote } from "../identifier.ts";
import { assertWritable } from "../query/assignment.ts";
import type { Table, TableColumn } from "../query/table.ts";
import { isFragment } from "../query/writer.ts";

type Values = Readonly<Record<string, unknown>>;

const NOTHING = Buffer.alloc(0);
const ALL_OR_NONE = "A column whose default the database makes is given in all rows or in none.";

/** The columns of a COPY whose first row this is, completed with the defaults that the client makes. */
export function copiedColumns(table: Table, row: Values): readonly TableColumn[] {
  return table.columns.filter(
    ({ property, isNullByDefault, isGenerated }) => !isGenerated && (isNullByDefault || row[property] !== undefined),
  );
}

/**
 * Rows of a model on their way into a COPY FROM STDIN: taken from where they come from as they are sent, completed with the
 * defaults that the client makes, and encoded into the bytes that leave.
 *
 * COPY has one list of columns for all rows, and no DEFAULT. So the first row decides: listed are the columns that it has a
 * value for, and those of which no value means NULL anyway.
 */
export class CopyRows {
  readonly #table: Table;
  readonly #writer = new CopyWriter();
  #listed: readonly TableColumn[] = [];
  #omitted: readonly TableColumn[] = [];
  /** Rows that have been taken. */
  #count = 0;
  /** CopyData messages. The first is empty; it is there when the first row has been looked at. */
  readonly messages: AsyncGenerator<Buffer, void, undefined>;

  constructor(table: Table, rows: Iterable<Values> | AsyncIterable<Values>) {
    this.#table = table;
    this.messages = this.#encode(rows);
  }

  /** The statement, once there was a row. */
  get text(): string {
    return `copy ${this.#table.sql} (${this.#listed.map(({ name }) => quote(name)).join(", ")}) from stdin`;
  }

  async *#encode(rows: Iterable<Values> | AsyncIterable<Values>): AsyncGenerator<Buffer, void, undefined> {
    const writer = this.#writer;
    if (Symbol.asyncIterator in rows) {
      for await (const given of rows) {
        const row = this.#complete(given);
        if (this.#count === 1) yield NOTHING;
        this.#write(row);
        if (writer.isFull) yield writer.take();
      }
    } else {
      // Not by the loop above, which would take longer to wait for each row than to write it.
      for (const given of rows) {
        const row = this.#complete(given);
        if (this.#count === 1) yield NOTHING;
        this.#write(row);
        if (writer.isFull) yield writer.take();
      }
    }
    if (!writer.isEmpty) yield writer.take();
  }

  #complete(given: Values): Values {
    this.#count += 1;
    try {
      const row = this.#table.withDefaults(given);
      if (this.#count === 1) this.#choose(row);
      for (const column of this.#omitted) if (row[column.property] !== undefined) this.#refuse(column);
      return row;
    } catch (error) {
      throw this.#located(error);
    }
  }

  #choose(row: Values): void {
    this.#listed = copiedColumns(this.#table, row);
    this.#omitted = this.#table.columns.filter((column) => !this.#listed.includes(column));
    if (this.#listed.length === 0) throw new DefinitionError("it gives no column a value. Insert such rows.");
  }

  #refuse(column: TableColumn): never {
    assertWritable(this.#table, column);
    throw new DefinitionError(`it has a value for ${column.name}, and the first row has none. ${ALL_OR_NONE}`);
  }

  #write(row: Values): void {
    const writer = this.#writer;
    let column: TableColumn | undefined;
    try {
      for (column of this.#listed) {
        const value = row[column.property];
        if (value === undefined && !column.isNullByDefault) {
          throw new DefinitionError(`it has no value for ${column.name}, and the first row has one. ${ALL_OR_NONE}`);
        }
        if (isFragment(value)) throw new TypeError("it is an expression, and COPY takes values alone.");
        writer.value(column.encode(value));
      }
    } catch (error) {
      throw this.#located(error, column);
    }
    writer.endRow();
  }

  /** The error with the row's number. @param column whose value could not be written. */
  #located(error: unknown, column?: TableColumn): unknown {
    const { name } = this.#table;
    const row = `Row ${this.#count} cannot be copied into ${name}`;
    if (error instanceof DefinitionError) return new DefinitionError(`${row}: ${error.message}`);
    if (column === undefined) return error; // of a function that makes a default
    return new DefinitionError(`${row}: A value of ${name}.${column.name} cannot be sent: ${(error as Error).message}`);
  }
}
