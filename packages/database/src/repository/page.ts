import { DefinitionError, InvalidCursor, StatementFailed } from "../errors.ts";
import type { Executor } from "../query/query.ts";
import type { Includes } from "../query/relation.ts";
import { type Select, selectFrom } from "../query/select.ts";
import { baseSource } from "../query/source.ts";
import type { Table } from "../query/table.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { filterConditions } from "./filter.ts";
import type { Filter } from "./filter-types.ts";
import { rangesBeyond, UnionOfRows } from "./keyset.ts";
import { checkOptions } from "./options.ts";
import { type RowWithTexts, withTexts } from "./row-texts.ts";
import { type OrderBy, orderings, reversed, type SortKey, sortKeys, totalOrder } from "./sort.ts";

/** The most rows that a page has. Whoever wants all of them streams a query. */
const MOST_ROWS = 10_000;

const OPTIONS = ["where", "orderBy", "limit", "after", "before", "include", "withDeleted"];

/** Which page is asked for. */
export interface PageRequest<Row, M = unknown, I extends Includes = Includes> {
  /** Default: all rows. */
  readonly where?: Filter<Row, M>;
  /** The primary key is added to it, in the last one's direction, so that the order is total. Default: it alone, ascending. */
  readonly orderBy?: OrderBy<Row> | undefined;
  /** The most rows that the page has: 1 to 10,000. */
  readonly limit: number;
  /** A page's `nextCursor`: the rows that follow that page; null is the first page. */
  readonly after?: string | null | undefined;
  /** A page's `previousCursor`: the rows that come before that page. */
  readonly before?: string | null | undefined;
  /** Relations to load, by the names that they get: one statement more for each. */
  readonly include?: I | undefined;
  /** Soft-deleted rows too. Default: false. */
  readonly withDeleted?: boolean | undefined;
}

/** A page of rows, and the cursors to those before and after it. */
export interface Page<Row> {
  /** In the order that was asked for, whichever the direction of paging. */
  readonly items: readonly Row[];
  /** Leads to the rows that follow; null where there are none. */
  readonly nextCursor: string | null;
  /** Leads to the rows before; null on the first page. On a page whose rows are gone by now, to the end of the list. */
  readonly previousCursor: string | null;
}

/** See `Repository.page`. */
export async function loadPage<Row>(table: Table, request: PageRequest<Row>, db: Executor): Promise<Page<Row>> {
  checkOptions("page", request, OPTIONS);
  const { orderBy = [], limit, include } = request;
  const [after, before] = [request.after ?? undefined, request.before ?? undefined];
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MOST_ROWS) {
    throw new DefinitionError(`A page's limit is a whole number from 1 to ${MOST_ROWS}.`);
  }
  if (after !== undefined && before !== undefined) {
    throw new DefinitionError("A page is after a cursor or before one, not both.");
  }
  const keys = totalOrder(table, sortKeys(table, orderBy));
  const list = nameOf(table, keys);
  const cursor = after === undefined ? before : after;
  const place = cursor === undefined ? undefined : decodeCursor(list, keys.length, cursor);
  if (place?.some((key, i) => key === null && !keys[i]!.isNullable)) throw new InvalidCursor();
  const isBackward = before !== undefined;

  const ordered = isBackward ? reversed(keys) : keys;
  // One row more than wanted tells whether there are others.
  const inOrder = (query: Select<Row>, c = baseSource(table).c): Select<Row> =>
    query.orderBy(...orderings(ordered, { c })).limit(limit + 1);
  const matching = matchingRows<Row>(table, request);
  const ranges = place === undefined || place.length === 0 ? [[]] : rangesBeyond(table, ordered, place);
  const parts = ranges.map((range) => inOrder(matching.where(...range)));
  const query = parts.length === 1 ? parts[0]! : unionOf(table, parts, inOrder);
  const positions = keys.map(({ column }) => table.columns.indexOf(column));
  const rows = await db
    .all(withTexts(include === undefined ? query : (query.include(include) as Select<Row>), positions, limit))
    .catch((error: unknown) => {
      throw place === undefined ? error : invalidCursor(error);
    });
  return pageOf(list, rows, limit, isBackward, place !== undefined && place.length > 0);
}

function matchingRows<Row>(table: Table, request: PageRequest<Row>): Select<Row> {
  const { withDeleted = false } = request;
  // Not `where = {}`: a `where` that is undefined was to be a filter.
  const where = "where" in request ? request.where : {};
  const query = selectFrom<Row>(table as Table<Row>).where(...filterConditions(table, where, withDeleted));
  return withDeleted ? query.withDeleted() : query;
}

function unionOf<Row>(
  table: Table,
  parts: readonly Select<Row>[],
  inOrder: (query: Select<Row>, c: UnionOfRows["c"]) => Select<Row>,
): Select<Row> {
  const union = new UnionOfRows(table, parts);
  return inOrder(union.select<Row>(), union.c);
}

/** @param hasBehind whether there were rows on the side that it was come from. */
function pageOf<Row>(
  list: string,
  rows: readonly RowWithTexts<Row>[],
  limit: number,
  isBackward: boolean,
  hasBehind: boolean,
): Page<Row> {
  const page = rows.slice(0, limit);
  const hasMore = rows.length > limit;
  if (isBackward) page.reverse();
  // Of a page whose rows are gone by now the way back is from an end of the list.
  const cursorOf = (row: RowWithTexts<Row> | undefined): string => encodeCursor(list, row?.texts ?? []);
  const [hasPrevious, hasNext] = isBackward ? [hasMore, hasBehind] : [hasBehind, hasMore];
  return {
    items: page.map(({ row }) => row),
    nextCursor: hasNext ? cursorOf(page.at(-1)) : null,
    previousCursor: hasPrevious ? cursorOf(page[0]) : null,
  };
}

/** What a cursor must have been made for: the table and the order. */
function nameOf(table: Table, keys: readonly SortKey[]): string {
  return JSON.stringify([table.sql, ...keys.map(({ column, direction }) => [column.name, direction])]);
}

/** A cursor made by hand, right checksum and all, gets as far as the server, which refuses its keys (class 22). */
function invalidCursor(error: unknown): unknown {
  return error instanceof StatementFailed && error.sqlState.startsWith("22") ? new InvalidCursor() : error;
}
