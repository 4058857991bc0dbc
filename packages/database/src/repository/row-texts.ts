import { int32 } from "../connection/message-splitter.ts";
import type { RowShape } from "../connection/row-reader.ts";
import { readText } from "../connection/types.ts";
import type { Query, Statement } from "../query/query.ts";
import type { CursorKeys } from "./cursor.ts";

/** A row, and the server's own text of some of its columns. */
export interface RowWithTexts<Row> {
  readonly row: Row;
  readonly texts: CursorKeys;
}

/**
 * A query whose rows come with the server's text of the columns at these positions, which holds what values of JavaScript
 * lose: a Date has no microseconds. It is there anyway, in the bytes of the row.
 *
 * @param limit of how many rows relations are loaded.
 */
export function withTexts<Row>(
  query: Query<Row>,
  positions: readonly number[],
  limit: number,
): Query<RowWithTexts<Row>> {
  return {
    compile: () => {
      const { text, values, shape, reads, follow } = query.compile();
      const statement: Statement<RowWithTexts<Row>> = { text, values, reads, shape: shapeWithTexts(shape!, positions) };
      if (follow === undefined) return statement;
      return {
        ...statement,
        follow: (rows, db) =>
          follow(
            rows.slice(0, limit).map(({ row }) => row),
            db,
          ),
      };
    },
  };
}

const shapes = new WeakMap<RowShape<never>, Map<string, RowShape<never>>>();

/** One shape for all queries with these columns, because a connection keeps a statement's reader by its shape. */
function shapeWithTexts<Row>(shape: RowShape<Row>, positions: readonly number[]): RowShape<RowWithTexts<Row>> {
  let byPositions = shapes.get(shape as RowShape<never>);
  if (byPositions === undefined) {
    byPositions = new Map();
    shapes.set(shape as RowShape<never>, byPositions);
  }
  const name = positions.join();
  let found = byPositions.get(name) as RowShape<RowWithTexts<Row>> | undefined;
  if (found === undefined) {
    found = makeShape(shape, positions);
    byPositions.set(name, found as RowShape<never>);
  }
  return found;
}

function makeShape<Row>(shape: RowShape<Row>, positions: readonly number[]): RowShape<RowWithTexts<Row>> {
  /** For each column up to the last one that is wanted: which of the texts it is, or -1. */
  const slots = Array.from({ length: Math.max(...positions) + 1 }, (_, i) => positions.indexOf(i));
  const readTexts = (bytes: Buffer, start: number): CursorKeys => {
    const texts: (string | null)[] = positions.map(() => null);
    let at = start + 2;
    for (const slot of slots) {
      const length = int32(bytes, at);
      at += 4;
      if (length === -1) continue;
      if (slot !== -1) texts[slot] = readText(bytes, at, at + length);
      at += length;
    }
    return texts;
  };
  return {
    reader: (fields) => {
      const read = shape.reader(fields);
      return (bytes, at) => ({ row: read(bytes, at), texts: readTexts(bytes, at) });
    },
  };
}
