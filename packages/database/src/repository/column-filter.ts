import { Multirange, Range } from "../connection/range.ts";
import { DefinitionError } from "../errors.ts";
import { type Condition, type Expression, Operation, Value } from "../query/expression.ts";
import { and, not } from "../query/logic.ts";
import type { ColumnRef } from "../query/source.ts";
import { isPlainObject, modelOf, shown, specOf } from "./model-of.ts";

/** How deep filters may be nested in each other; far more than anybody writes, and far less than fills a stack. */
const DEEPEST = 32;

/** @throws {DefinitionError} when a filter is nested deeper than filters may be. */
export function checkDepth(depth: number): void {
  if (depth > DEEPEST) throw new DefinitionError(`A filter is nested more than ${DEEPEST} deep.`);
}

/**
 * The condition of one column: a value, null for IS NULL, or comparisons.
 *
 * @throws {DefinitionError} when the column is hidden, a comparison does not exist, or a value is not one of the column's.
 */
export function columnCondition(column: ColumnRef<unknown>, wanted: unknown, depth: number): Condition {
  if (specOf(column.owner, column.definition).hidden) {
    throw new DefinitionError(`${nameOf(column)} is hidden, so no filter can ask for it. Write select(…).where(…).`);
  }
  if (wanted === null) return column.isNull();
  if (isSingle(wanted)) return column.eq(operand(column, wanted) as never);
  if (isPlainObject(wanted)) return comparisons(column, wanted, depth);
  throw new DefinitionError(`The filter of ${nameOf(column)} takes a value, null or comparisons, as in { eq: … }.`);
}

function comparisons(column: ColumnRef<unknown>, wanted: Readonly<Record<string, unknown>>, depth: number): Condition {
  checkDepth(depth);
  const conditions = Object.entries(wanted).map(([operator, value]) => {
    const compare = OPERATORS.get(operator);
    if (compare === undefined) throw noOperator(column, operator);
    if (value === undefined) {
      throw new DefinitionError(`${operator} of ${nameOf(column)} is undefined in a filter. Leave it out.`);
    }
    return compare(column, value, depth, operator);
  });
  if (conditions.length === 0) throw noOperator(column);
  return and(...conditions);
}

type Compare = (column: ColumnRef<unknown>, value: unknown, depth: number, operator: string) => Condition;

const compareBy =
  (method: "lt" | "lte" | "gt" | "gte"): Compare =>
  (column, value) =>
    column[method](operand(column, value) as never);

const matchBy =
  (method: "like" | "ilike"): Compare =>
  (column, pattern) => {
    if (typeof pattern !== "string") throw new DefinitionError(`${method} of ${nameOf(column)} takes text.`);
    if (!isText(column)) throw new DefinitionError(`${nameOf(column)} is no text, and ${method} is for text.`);
    return (column as Expression<unknown> as Expression<string>)[method](pattern);
  };

const compareWithAny =
  (before: string): Compare =>
  (column, values, _depth, operator) => {
    if (!Array.isArray(values)) throw new DefinitionError(`${operator} of ${nameOf(column)} takes a list of values.`);
    const list = values.map((value: unknown) => encoded(column, value));
    return new Operation<boolean>("operation", [column, before, new Value(list), ")"], true);
  };

const OPERATORS: ReadonlyMap<string, Compare> = new Map<string, Compare>([
  ["eq", (column, value) => (value === null ? column.isNull() : column.eq(operand(column, value) as never))],
  ["ne", (column, value) => (value === null ? column.isNotNull() : column.ne(operand(column, value) as never))],
  ["lt", compareBy("lt")],
  ["lte", compareBy("lte")],
  ["gt", compareBy("gt")],
  ["gte", compareBy("gte")],
  ["in", compareWithAny(" = any(")],
  ["notIn", compareWithAny(" <> all(")],
  [
    "between",
    (column, ends) => {
      if (Array.isArray(ends) && ends.length === 2) {
        return column.between(operand(column, ends[0]) as never, operand(column, ends[1]) as never);
      }
      throw new DefinitionError(`between of ${nameOf(column)} takes two values: [low, high].`);
    },
  ],
  ["like", matchBy("like")],
  ["ilike", matchBy("ilike")],
  [
    "isNull",
    (column, isNull) => {
      if (typeof isNull !== "boolean") throw new DefinitionError(`isNull of ${nameOf(column)} takes true or false.`);
      return isNull ? column.isNull() : column.isNotNull();
    },
  ],
  [
    "not",
    (column, wanted, depth) => {
      if (!isPlainObject(wanted)) throw new DefinitionError(`not of ${nameOf(column)} takes comparisons; or use ne.`);
      return not(comparisons(column, wanted, depth + 1));
    },
  ],
]);

function operand(column: ColumnRef<unknown>, value: unknown): Expression<unknown> {
  return new Value(encoded(column, value));
}

/** The value as the driver takes it. What the driver would make JSON or an array of is one only in such a column. */
function encoded(column: ColumnRef<unknown>, value: unknown): unknown {
  if (value === null || value === undefined) {
    throw new DefinitionError(
      `A comparison of ${nameOf(column)} has no value. NULL is asked for by { isNull: true }, or by null alone.`,
    );
  }
  const sent = column.encode(value);
  const { type } = column.definition;
  const isFit = Array.isArray(sent) ? type.endsWith("[]") : !isPlainObject(sent);
  if (isFit || /^jsonb?$/.test(type)) return sent;
  throw new DefinitionError(`A value of ${nameOf(column)} in a filter is an object, which no ${type} is.`);
}

function isSingle(value: unknown): boolean {
  if (typeof value === "object") {
    return [Date, Uint8Array, Range, Multirange].some((kind) => value instanceof kind);
  }
  return ["string", "number", "bigint", "boolean"].includes(typeof value);
}

/** Of types that are not built in the server knows. */
function isText({ owner, definition }: ColumnRef<unknown>): boolean {
  const { isBuiltIn, element, enum: enumeration } = specOf(owner, definition);
  if (!isBuiltIn) return element === undefined && enumeration === undefined;
  return /^(text|character( varying)?(\(\d+\))?)$/.test(definition.type);
}

function noOperator(column: ColumnRef<unknown>, operator?: string): DefinitionError {
  const given = operator === undefined ? "nothing" : shown(operator);
  return new DefinitionError(
    `The filter of ${nameOf(column)} takes ${[...OPERATORS.keys()].join(", ")}, not ${given}.`,
  );
}

function nameOf({ owner, definition }: ColumnRef<unknown>): string {
  return `${modelOf(owner).name}.${definition.property}`;
}
