/*
 * What a filter, an order and a page mean, computed over plain objects: three-valued logic for NULL, NULL as the greatest
 * value of an order, soft-deleted rows out of sight of relations.
 */

/** True, false, or unknown. */
type Truth = boolean | null;
type Value = string | number | Date | boolean | null;
export type Row = Readonly<Record<string, Value>>;
type Filter = Readonly<Record<string, unknown>>;

/** Where a relation leads: rows of another table, and which of them belong to a row. */
export interface OracleRelation {
  readonly table: string;
  readonly isMany: boolean;
  related(row: Row, rows: readonly Row[]): readonly Row[];
}

export interface OracleTable {
  readonly rows: readonly Row[];
  readonly relations: Readonly<Record<string, OracleRelation>>;
}

export type Oracle = Readonly<Record<string, OracleTable>>;

const and = (truths: readonly Truth[]): Truth => (truths.includes(false) ? false : truths.includes(null) ? null : true);
const or = (truths: readonly Truth[]): Truth => (truths.includes(true) ? true : truths.includes(null) ? null : false);
const not = (truth: Truth): Truth => (truth === null ? null : !truth);

const living = (row: Row): boolean => row["isDeleted"] !== true;

/** Whether the filter holds for the row. */
export function holds(oracle: Oracle, table: string, row: Row, filter: Filter): Truth {
  const { relations } = oracle[table]!;
  return and(
    Object.entries(filter).map(([name, wanted]): Truth => {
      const parts = (): Truth[] => (wanted as Filter[]).map((part) => holds(oracle, table, row, part));
      if (name === "and") return and(parts());
      if (name === "or") return or(parts());
      if (name === "not") return not(holds(oracle, table, row, wanted as Filter));
      const relation = relations[name];
      if (relation !== undefined) return relates(oracle, relation, row, wanted as Filter | null);
      return compares(row[name]!, wanted);
    }),
  );
}

function relates(oracle: Oracle, relation: OracleRelation, row: Row, wanted: Filter | null): Truth {
  const related = relation.related(row, oracle[relation.table]!.rows.filter(living));
  const matches = (filter: Filter): Row[] =>
    related.filter((other) => holds(oracle, relation.table, other, filter) === true);
  if (!relation.isMany) return wanted === null ? related.length === 0 : matches(wanted).length > 0;
  return Object.entries(wanted!).every(([quantifier, filter]) => {
    const count = matches(filter as Filter).length;
    return quantifier === "some" ? count > 0 : quantifier === "none" ? count === 0 : count === related.length;
  });
}

function compares(value: Value, wanted: unknown): Truth {
  if (wanted === null) return value === null;
  if (typeof wanted !== "object" || wanted instanceof Date) return equals(value, wanted as Value);
  return and(Object.entries(wanted).map(([operator, operand]) => compare(value, operator, operand)));
}

function compare(value: Value, operator: string, operand: unknown): Truth {
  const sign = (other: unknown): number | null => (value === null ? null : order(value, other as Value));
  const test = (given: number | null, is: (sign: number) => boolean): Truth => (given === null ? null : is(given));
  switch (operator) {
    case "eq":
      return operand === null ? value === null : equals(value, operand as Value);
    case "ne":
      return operand === null ? value !== null : not(equals(value, operand as Value));
    case "lt":
      return test(sign(operand), (it) => it < 0);
    case "lte":
      return test(sign(operand), (it) => it <= 0);
    case "gt":
      return test(sign(operand), (it) => it > 0);
    case "gte":
      return test(sign(operand), (it) => it >= 0);
    case "in":
      return or((operand as Value[]).map((item) => equals(value, item)));
    case "notIn":
      return and((operand as Value[]).map((item) => not(equals(value, item))));
    case "between": {
      const [low, high] = operand as [Value, Value];
      return and([test(sign(low), (it) => it >= 0), test(sign(high), (it) => it <= 0)]);
    }
    case "like":
    case "ilike":
      return value === null ? null : pattern(operand as string, operator === "ilike").test(value as string);
    case "isNull":
      return (value === null) === operand;
    case "not":
      return not(compares(value, operand));
    default:
      throw new Error(`no operator ${operator}`);
  }
}

function equals(value: Value, other: Value): Truth {
  return value === null ? null : order(value, other) === 0;
}

function pattern(like: string, ignoreCase: boolean): RegExp {
  const source = like.replace(/\\(.)|%|_|[.*+?^$(){}|[\]]/g, (all, escaped: string | undefined) =>
    escaped !== undefined ? `\\${escaped}` : all === "%" ? "[^]*" : all === "_" ? "[^]" : `\\${all}`,
  );
  return new RegExp(`^${source}$`, ignoreCase ? "i" : "");
}

/** Below 0 when `a` comes first; NULL comes last. Text by its characters' codes, as under the collation C. */
function order(a: Value, b: Value): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  const [left, right] = [a, b].map((value) => (value instanceof Date ? value.getTime() : value));
  return left! < right! ? -1 : left! > right! ? 1 : 0;
}

/** The rows in an order. */
export function sorted(rows: readonly Row[], keys: readonly (readonly [string, "asc" | "desc"])[]): Row[] {
  return [...rows].sort((a, b) => {
    for (const [name, direction] of keys) {
      const sign = order(a[name]!, b[name]!);
      if (sign !== 0) return direction === "asc" ? sign : -sign;
    }
    return 0;
  });
}
