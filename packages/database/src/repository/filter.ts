import { DefinitionError } from "../errors.ts";
import type { Condition, Expression } from "../query/expression.ts";
import { and } from "../query/logic.ts";
import type { ColumnName, Selected } from "../query/row-types.ts";
import { baseSource } from "../query/source.ts";
import { type Mapped, tableOf } from "../query/table.ts";

/** Comparisons of one column; several have to hold together. */
export interface Operators<V> {
  readonly eq?: V | undefined;
  readonly ne?: NonNullable<V> | undefined;
  readonly gt?: NonNullable<V> | undefined;
  readonly gte?: NonNullable<V> | undefined;
  readonly lt?: NonNullable<V> | undefined;
  readonly lte?: NonNullable<V> | undefined;
  readonly in?: readonly NonNullable<V>[] | undefined;
  readonly notIn?: readonly NonNullable<V>[] | undefined;
}

/** Conditions by column: a value (null is IS NULL), or comparisons. All of them have to hold. */
export type Filter<Row> = {
  readonly [K in ColumnName<Row>]?: Selected<Row>[K] | Operators<Selected<Row>[K]> | undefined;
};

const OPERATORS = ["eq", "ne", "gt", "gte", "lt", "lte", "in", "notIn"] as const;

/**
 * The filter as a condition; properties that are undefined are left out.
 *
 * @throws {DefinitionError} on a property that is no column and on comparisons that do not exist: a filter that comes
 *   from outside must not match everything by accident. A JSON object is compared with `{ eq: … }`.
 */
export function toCondition<Row>(model: Mapped<Row>, filter: Filter<Row>): Condition {
  const conditions: Condition[] = [];
  const { columns } = tableOf(model);
  const { c } = baseSource(tableOf(model));
  for (const property of Object.keys(filter)) {
    if (!columns.some((column) => column.property === property)) {
      throw new DefinitionError(`${model.name} has no column ${property} to filter by.`);
    }
  }
  for (const { property } of columns) {
    const ref = c[property]!;
    const wanted = (filter as Readonly<Record<string, unknown>>)[property];
    if (wanted === undefined) continue;
    if (!isOperators(wanted)) {
      conditions.push(equals(ref, wanted));
      continue;
    }
    const unknown = Object.keys(wanted).filter((name) => !(OPERATORS as readonly string[]).includes(name));
    if (unknown.length > 0 || Object.keys(wanted).length === 0) {
      throw new DefinitionError(
        `The filter of ${model.name}.${property} takes ${OPERATORS.join(", ")}, not ${unknown.join(", ") || "nothing"}.`,
      );
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
