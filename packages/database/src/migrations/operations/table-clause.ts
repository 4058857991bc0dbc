import { DefinitionError } from "../../errors.ts";
import { type ColumnDefinition, columnClause, columnStatements } from "./column-clause.ts";
import {
  type CheckDefinition,
  type ConstraintDefinition,
  constraintClause,
  type ExclusionDefinition,
  type ForeignKeyDefinition,
  type PrimaryKeyDefinition,
  type UniqueDefinition,
} from "./constraint-clause.ts";
import { type Name, quoteName, quoteQualified } from "./identifier.ts";
import { literal } from "./literal.ts";
import {
  checkOptions,
  either,
  entriesOf,
  flag,
  list,
  name,
  names,
  object,
  type Parameters,
  parameterList,
  type Shape,
  text,
} from "./options.ts";
import { when } from "./rendered.ts";

/** A new table (PostgreSQL, "CREATE TABLE"). What has a name is an object whose keys are the names. */
export interface TableDefinition {
  /**
   * In the order they shall have, but for names that are whole numbers, which JavaScript puts first. A partition has those
   * of its table.
   */
  readonly columns?: Readonly<Record<string, ColumnDefinition>> | undefined;
  /** Its columns, then PostgreSQL names it `<table>_pkey`, or a definition with a name. */
  readonly primaryKey?: readonly string[] | (PrimaryKeyDefinition & { readonly name?: string | undefined }) | undefined;
  readonly uniques?: Readonly<Record<string, readonly string[] | UniqueDefinition>> | undefined;
  readonly checks?: Readonly<Record<string, string | CheckDefinition>> | undefined;
  readonly foreignKeys?: Readonly<Record<string, ForeignKeyDefinition>> | undefined;
  readonly exclusions?: Readonly<Record<string, ExclusionDefinition>> | undefined;
  /** How rows are spread over partitions, in SQL: `range (created_at)`. */
  readonly partitionBy?: string | undefined;
  /** The table that this one is a partition of, and its bound in SQL: `for values in ('a')`, `default`. */
  readonly partitionOf?: { readonly table: Name; readonly bound: string } | undefined;
  readonly inherits?: readonly Name[] | undefined;
  /** Not written to the log, and empty after a crash. Default: false. */
  readonly unlogged?: boolean | undefined;
  /** Storage parameters: `{ fillfactor: 70, "toast.autovacuum_enabled": false }`. */
  readonly with?: Parameters | undefined;
  readonly tablespace?: string | undefined;
  readonly comment?: string | undefined;
}

const TABLE: Shape<TableDefinition> = {
  columns: object,
  primaryKey: either(names, object),
  uniques: object,
  checks: object,
  foreignKeys: object,
  exclusions: object,
  partitionBy: text,
  partitionOf: object,
  inherits: list,
  unlogged: flag,
  with: object,
  tablespace: text,
  comment: text,
};

/** The statements that make a table with all that its definition says. */
export function tableStatements(table: Name, definition: TableDefinition): readonly string[] {
  const given = checkOptions("A table", definition, TABLE);
  const { columns, partitionOf, partitionBy, inherits, unlogged, with: parameters, tablespace, comment } = given;
  if ((columns === undefined) === (partitionOf === undefined)) {
    throw new DefinitionError("A table has columns, or is a partitionOf a table whose columns it has.");
  }
  const own = entriesOf("The columns", columns ?? {});
  const lines = [...own.map(([column, what]) => columnClause(column, what)), ...constraintLines(given)];
  const inside = lines.length === 0 ? "" : `\n  ${lines.join(",\n  ")}\n`;
  const body =
    partitionOf === undefined
      ? ` (${inside})`
      : ` partition of ${parentOf(partitionOf)}${inside === "" ? "" : ` (${inside})`} ${partitionOf.bound}`;
  const create =
    `create${when(unlogged, "unlogged")} table ${quoteQualified(table)}${body}` +
    (inherits === undefined ? "" : ` inherits (${inherits.map((parent) => quoteQualified(parent)).join(", ")})`) +
    when(partitionBy, `partition by ${partitionBy}`) +
    (parameters === undefined ? "" : ` with (${parameterList(parameters)})`) +
    (tablespace === undefined ? "" : ` tablespace ${quoteName(tablespace)}`);
  const after = own.flatMap(([column, what]) => columnStatements(table, column, what));
  if (comment !== undefined) after.push(`comment on table ${quoteQualified(table)} is ${literal(comment)}`);
  return [create, ...after];
}

function parentOf(partitionOf: { readonly table: Name; readonly bound: string }): string {
  const { table } = checkOptions("partitionOf", partitionOf, { table: name, bound: text }, ["table", "bound"]);
  return quoteQualified(table);
}

function constraintLines({ primaryKey, uniques, checks, foreignKeys, exclusions }: TableDefinition): string[] {
  const lines: string[] = [];
  if (primaryKey !== undefined) lines.push(primaryKeyLine(primaryKey));
  const add = <Value>(
    given: Readonly<Record<string, Value>> | undefined,
    read: (value: Value) => ConstraintDefinition,
  ) => {
    for (const [constraint, value] of Object.entries(given ?? {})) {
      lines.push(`constraint ${quoteName(constraint)} ${constraintClause(`Constraint "${constraint}"`, read(value))}`);
    }
  };
  add(uniques, (unique) => ({ unique }));
  add(checks, (check) => ({ check }));
  add(exclusions, (exclusion) => ({ exclusion }));
  add(foreignKeys, (foreignKey) => ({ foreignKey }));
  return lines;
}

function primaryKeyLine(given: NonNullable<TableDefinition["primaryKey"]>): string {
  const { name: constraint, ...primaryKey } = (
    Array.isArray(given) ? { columns: given } : given
  ) as PrimaryKeyDefinition & { readonly name?: string };
  const clause = constraintClause("The primary key", { primaryKey });
  return constraint === undefined ? clause : `constraint ${quoteName(constraint)} ${clause}`;
}
