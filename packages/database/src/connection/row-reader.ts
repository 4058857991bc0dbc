import { int32 } from "./message-splitter.ts";
import { type ValueReader, valueReaderOf } from "./types.ts";

/** A column of a result, as the server describes it. */
export interface Field {
  readonly name: string;
  readonly dataTypeID: number;
}

/** Makes a row of the bytes of a DataRow, which begin with the number of its columns. */
export type RowReader<Row = unknown> = (bytes: Buffer, at: number) => Row;

/** What a statement's rows are to become. */
export interface RowShape<Row = unknown> {
  /** A reader for columns like these; asked once for each statement that a connection prepares. */
  reader(fields: readonly Field[]): RowReader<Row>;
}

/** Rows as arrays of values in the order of the columns. */
export const ARRAYS: RowShape<unknown[]> = {
  reader: (fields) => {
    const readers = fields.map(({ dataTypeID }) => valueReaderOf(dataTypeID));
    return (bytes, start) => {
      const row = new Array<unknown>(readers.length);
      let at = start + 2;
      for (let i = 0; i < readers.length; i++) {
        const length = int32(bytes, at);
        at += 4;
        if (length === -1) {
          row[i] = null;
        } else {
          row[i] = readers[i]!(bytes, at, at + length);
          at += length;
        }
      }
      return row;
    };
  },
};

/** The name of the first column of the row whose value cannot be read, for an error's message. */
export function unreadableColumn(fields: readonly Field[], bytes: Buffer, start: number): string {
  let at = start + 2;
  for (const { name, dataTypeID } of fields) {
    const length = int32(bytes, at);
    at += 4;
    try {
      if (length !== -1) (valueReaderOf(dataTypeID) as ValueReader)(bytes, at, at + length);
    } catch {
      return name;
    }
    at += Math.max(0, length);
  }
  return "";
}
