import type { Connection } from "../../connection/connection.ts";
import type { Catalog, CatalogTable } from "./catalog.ts";
import {
  CASTS_QUERY,
  COLUMNS_QUERY,
  CONSTRAINTS_QUERY,
  DEPENDENTS_QUERY,
  ENUMS_QUERY,
  INDEXES_QUERY,
  OTHERS_QUERY,
  SCHEMAS_QUERY,
  TABLES_QUERY,
} from "./queries.ts";
import { readColumn } from "./read-column.ts";
import { readConstraint } from "./read-constraint.ts";
import { readIndex } from "./read-index.ts";
import type { ColumnRow, ConstraintRow, DependentRow, EnumRow, IndexRow, TableRow } from "./rows.ts";
import { nameIn, storageParameters } from "./words.ts";

export interface ReflectOptions {
  /** The schema that a name without one leads to. */
  readonly defaultSchema: string;
  /** The schemas to look at. */
  readonly schemas: readonly string[];
  /** Aborting it cancels the query under way. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a database's catalog, by nine queries whatever it holds, which all see the same moment. Left out are what belongs
 * to extensions and the tables of migrations themselves.
 */
export async function reflect(connection: Connection, options: ReflectOptions): Promise<Catalog> {
  const { defaultSchema, schemas, signal } = options;
  const ask = async <Row>(query: string): Promise<readonly Row[]> => {
    const { rows } = await connection.query(query, [schemas], signal);
    return rows.map(([row]) => row as Row);
  };
  await connection.query("begin isolation level repeatable read read only");
  try {
    await connection.query("set local search_path = ''");
    const enums = await ask<EnumRow>(ENUMS_QUERY);
    const tables = await ask<TableRow>(TABLES_QUERY);
    const columns = byTable(await ask<ColumnRow>(COLUMNS_QUERY));
    const constraints = byTable(await ask<ConstraintRow>(CONSTRAINTS_QUERY));
    const indexes = byTable(await ask<IndexRow>(INDEXES_QUERY));
    const dependents = await ask<DependentRow>(DEPENDENTS_QUERY);
    const bareEnums = new Map(enums.filter(({ schema }) => schema === defaultSchema).map((row) => [row.type, row]));
    const readTable = (row: TableRow): CatalogTable => {
      const { id, schema, name: bare, comment, unlogged } = row;
      const name = nameIn(schema, bare, defaultSchema);
      const own = constraints.get(id) ?? [];
      return {
        name,
        comment: comment ?? undefined,
        unlogged,
        with: storageParameters(row.with),
        columns: (columns.get(id) ?? []).map((column) => readColumn(column, bare, bareEnums)),
        constraints: own
          .filter(({ kind }) => kind !== "t")
          .map((constraint) => readConstraint(constraint, defaultSchema)),
        indexes: (indexes.get(id) ?? []).map((index) => readIndex(index, name, defaultSchema)),
        kind: kindOf(row),
        beyond: beyondModels(row, columns.get(id) ?? []),
      };
    };
    return {
      defaultSchema,
      schemas: await ask<string>(SCHEMAS_QUERY),
      enums: enums.map(({ schema, name, type, bare, values }) => ({
        // One that is called as a built-in type is found by its whole name alone.
        name: nameIn(schema, name, bare === null ? "" : defaultSchema),
        type,
        values,
      })),
      tables: tables.map(readTable),
      leftAlone: await ask<string>(OTHERS_QUERY),
      dependents: dependents.map(({ what, on, column, enum: type }) => ({
        what: what.replace(/^rule "?_RETURN"? on (?=(materialized )?view)/, ""),
        on: on === null ? [type!] : nameIn(...on, defaultSchema),
        column: column ?? undefined,
      })),
      casts: new Set(await ask<string>(CASTS_QUERY)),
    };
  } finally {
    await connection.query("rollback").catch(() => {}); // the connection is dead where even this fails
  }
}

/** The schema that the connection's search path finds first, and all of it. */
export async function searchPath(connection: Connection): Promise<readonly string[]> {
  const { rows } = await connection.query("select to_json(pg_catalog.current_schemas(false))");
  return rows[0]![0] as readonly string[];
}

function kindOf({ kind, inherits, typed }: TableRow): readonly string[] {
  return [
    ...(kind === "p" ? ["partitions"] : kind === "f" ? ["a foreign server"] : []),
    ...(inherits && kind !== "p" ? ["a parent or children that inherit from it"] : []),
    ...(typed ? ["a type that it is of"] : []),
  ];
}

function beyondModels({ security }: TableRow, columns: readonly ColumnRow[]): readonly string[] {
  return [
    ...(security ? ["row level security"] : []),
    ...columns
      .filter(({ sequence, expression }) => sequence?.kind === "a" && expression === null)
      .map(({ name }) => `a sequence that belongs to the column "${name}"`),
  ];
}

function byTable<Row extends { readonly table: string }>(rows: readonly Row[]): ReadonlyMap<string, readonly Row[]> {
  const map = new Map<string, Row[]>();
  for (const row of rows) {
    const list = map.get(row.table);
    if (list === undefined) map.set(row.table, [row]);
    else list.push(row);
  }
  return map;
}
