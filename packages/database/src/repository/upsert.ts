import { DefinitionError } from "../errors.ts";
import { seenRows } from "../query/clauses.ts";
import { type Insert, insertInto } from "../query/insert.ts";
import type { ColumnName, ColumnsOf, Refs, Updated } from "../query/row-types.ts";
import { baseSource } from "../query/source.ts";
import { type Assignable, columnOf, type Table } from "../query/table.ts";
import { modelOf } from "./model-of.ts";
import { checkOptions } from "./options.ts";

type Values = Readonly<Record<string, unknown>>;

/** Options of `upsert`. */
export interface UpsertOptions<Row> {
  /** The columns by which a row is the same as one that is there: those of a unique index, or the primary key. */
  readonly on: readonly ColumnName<Row>[];
  /**
   * What to write into the row that is there: columns, which get the new row's values, or a function of the new row.
   * Default: all columns that are given, but for those of `on` and the primary key.
   */
  readonly set?:
    | readonly ColumnName<Row>[]
    | ((excluded: Refs<ColumnsOf<Row>>) => Assignable<Updated<Row>>)
    | undefined;
}

/** INSERT … ON CONFLICT … DO UPDATE. @throws {DefinitionError} see `Repository.upsert`. */
export function upsertQuery<Row>(table: Table, rows: readonly Values[], options: UpsertOptions<Row>): Insert<Row> {
  checkOptions("upsert", options, ["on", "set"]);
  const { on, set } = options;
  const { name } = modelOf(table);
  if (!Array.isArray(on) || on.length === 0) {
    throw new DefinitionError(`upsert of ${name} needs the columns of a unique index: { on: ["column"] }.`);
  }
  const { c } = baseSource(table);
  const columns = on.map((property: string) => c[columnOf(table, property).property]!);
  // Unique columns of a model with soft delete are unique among living rows, by a partial index.
  const living = seenRows(baseSource(table), "without");
  const values =
    typeof set === "function" ? set : (excluded: Values) => written(excluded, set ?? givenBy(table, rows, on), on);
  return insertInto<Row>(table, rows).onConflictDoUpdate({ columns, where: living }, values as never, living);
}

/** The new row's values of these columns; where there are none, of those that are equal anyway, so that the row comes back. */
function written(excluded: Values, set: readonly string[], on: readonly string[]): Values {
  const properties = set.length > 0 ? set : on;
  return Object.fromEntries(properties.map((property) => [property, excluded[property]]));
}

/** The columns to overwrite: those that the rows give, all of them the same. */
function givenBy(table: Table, rows: readonly Values[], on: readonly string[]): readonly string[] {
  const kept = [
    ...on,
    ...[...table.primaryKey, ...(table.version === undefined ? [] : [table.version])].map(({ property }) => property),
  ];
  const [first, ...others] = rows.map((row) => Object.keys(row).filter((property) => row[property] !== undefined));
  const given = new Set(first);
  if (others.every((names) => names.length === given.size && names.every((property) => given.has(property)))) {
    return [...given].filter((property) => !kept.includes(property));
  }
  throw new DefinitionError(
    `upsert of ${modelOf(table).name} has rows with different columns, so that a default would overwrite what is there. ` +
      "Give all of them the same, or say what to write: set.",
  );
}
