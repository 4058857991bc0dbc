import { type Condition, type Expression, Operation, Value } from "../query/expression.ts";
import { Select } from "../query/select.ts";
import { Instances } from "../query/selection.ts";
import { baseSource, type ColumnRef, TableSource } from "../query/source.ts";
import type { Table } from "../query/table.ts";
import { type Writer, writeList } from "../query/writer.ts";
import type { CursorKeys } from "./cursor.ts";
import type { SortKey } from "./sort.ts";

/**
 * The rows that come after a place in a total order, as ranges that have no row in common, nearest first. Each is what an
 * index in this order answers without reading a row too many: equal in some leading keys, and beyond in those that follow,
 * as far as these have one direction and no NULL: `a = $1 and (b, c) < ($2, $3)`. One such range where all keys are alike.
 * (As one condition with OR between, the index would read all rows that are equal in the first key.)
 *
 * NULL counts as greater than every value (PostgreSQL, "Sorting Rows"): a range of greater ones has the NULLs beside it,
 * which no comparison yields.
 *
 * @param place the keys of the row there, as the database's text, which the server compares as it sorts: by collation,
 *   with all digits.
 */
export function rangesBeyond(
  table: Table,
  keys: readonly SortKey[],
  place: CursorKeys,
): readonly (readonly Condition[])[] {
  const { c } = baseSource(table);
  const columns = keys.map(({ column }) => c[column.property]!);
  const ranges: (readonly Condition[])[] = [];
  let equal: readonly Condition[] = [];
  for (let from = 0; from < keys.length; ) {
    const [column, value, { direction, isNullable }] = [columns[from]!, place[from], keys[from]!];
    if (value === null) {
      if (direction === "desc") ranges.unshift([...equal, column.isNotNull()]);
      equal = [...equal, column.isNull()];
      from += 1;
      continue;
    }
    let to = from + 1;
    while (to < keys.length && isAlike(keys[to]!, direction)) to += 1;
    const [run, values] = [columns.slice(from, to), place.slice(from, to).map((text) => new Value(text))];
    if (direction === "asc" && isNullable) ranges.unshift([...equal, column.isNull()]);
    ranges.unshift([...equal, compare(run, direction === "asc" ? ">" : "<", values)]);
    equal = [...equal, ...run.map((key, i) => key.eq(values[i] as never))];
    from = to;
  }
  return ranges;
}

function isAlike(key: SortKey, direction: SortKey["direction"]): boolean {
  return key.direction === direction && !key.isNullable;
}

/** `a > $1`, or `(a, b) > ($1, $2)`: which comes first in a dictionary (PostgreSQL, "Row Constructor Comparison"). */
function compare(
  left: readonly ColumnRef<unknown>[],
  operator: string,
  right: readonly Expression<unknown>[],
): Condition {
  if (left.length === 1) return new Operation<boolean>("operation", [left[0]!, ` ${operator} `, right[0]!], true);
  const list = (parts: readonly Expression<unknown>[]): (string | Expression<unknown>)[] =>
    parts.flatMap((part, i) => (i === 0 ? [part] : [", ", part]));
  return new Operation<boolean>("operation", ["(", ...list(left), `) ${operator} (`, ...list(right), ")"], true);
}

/** Whole rows of a table that several queries yield, one after another. */
export class UnionOfRows extends TableSource<unknown, Readonly<Record<string, ColumnRef<unknown>>>> {
  readonly #queries: readonly Select<unknown>[];

  constructor(table: Table, queries: readonly Select<unknown>[]) {
    super(table, "page");
    this.#queries = queries;
  }

  override write(writer: Writer): void {
    writer.text("(");
    writeList(writer, this.#queries, " union all ", (query) => query.write(writer));
    writer.text(") as ");
    writer.text(this.name);
  }

  /** All of them as instances. */
  select<Row>(): Select<Row> {
    return new Select<Row>({ output: new Instances(this), from: this, deleted: "with" }); // the queries left out what is deleted
  }
}
