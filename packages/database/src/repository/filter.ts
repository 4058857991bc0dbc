import { and, type Condition, type Expression } from "../query/expression.ts";
import type { ColumnName, Selected } from "../query/row-types.ts";
import { type Mapped, tableOf } from "../query/table.ts";

/** Comparisons of one column; several have to hold together. */
export interface Operators<V> {
  readonly eq?: V;
  readonly ne?: NonNullable<V>;
  readonly gt?: NonNullable<V>;
  readonly gte?: NonNullable<V>;
  readonly lt?: NonNullable<V>;
  readonly lte?: NonNullable<V>;
  readonly in?: readonly NonNullable<V>[];
  readonly notIn?: readonly NonNullable<V>[];
}

/** Conditions by column: a value (null is IS NULL), or comparisons. All of them have to hold. */
export type Filter<Row> = { readonly [K in ColumnName<Row>]?: Selected<Row>[K] | Operators<Selected<Row>[K]> };

const OPERATORS = ["eq", "ne", "gt", "gte", "lt", "lte", "in", "notIn"] as const;

/** The filter as a condition; properties that are undefined are left out. */
export function toCondition<Row>(model: Mapped<Row>, filter: Filter<Row>): Condition {
  const conditions: Condition[] = [];
  for (const { property, ref } of tableOf(model).columns) {
    const wanted = (filter as Readonly<Record<string, unknown>>)[property];
    if (wanted === undefined) continue;
    if (!isOperators(wanted)) {
      conditions.push(equals(ref, wanted));
      continue;
    }
    for (const operator of OPERATORS) {
      const value = wanted[operator];
      if (value === undefined) continue;
      if (operator === "eq") conditions.push(equals(ref, value));
      else conditions.push((ref[operator] as (value: unknown) => Condition).call(ref, value));
    }
  }
  return and(...conditions);
}

function equals(expression: Expression<unknown>, value: unknown): Condition {
  return value === null ? expression.isNull() : expression.eq(value as never);
}

function isOperators(value: unknown): value is Operators<unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
