import type { Connection } from "../../connection/connection.ts";
import type { Catalog, CatalogExtension, CatalogOther, CatalogSchema } from "./catalog.ts";
import { CLASS } from "./objects.ts";
import { type Context, Naming, owned } from "./read/context.ts";
import { readAggregate, readOther, readSpecialRoutine } from "./read/other.ts";
import { readRelations } from "./read/relations.ts";
import { readRoutine } from "./read/routine.ts";
import { readSequence } from "./read/sequence.ts";
import { readStatistics } from "./read/statistics.ts";
import { readCompositeType, readDomain, readEnum, readRangeType } from "./read/types.ts";
import { register } from "./register.ts";
import { type Rows, readRows, readRowsWithin } from "./rows.ts";

export interface ReflectOptions {
  /** The schema that a name without one leads to. */
  readonly defaultSchema: string;
  /**
   * The schemas to look at; then of what belongs to no schema extensions are there, and no event triggers, casts and the
   * like. Default: all but PostgreSQL's own.
   */
  readonly schemas?: readonly string[] | undefined;
  /** Aborting it cancels the query under way. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a database's catalog, by fourteen queries whatever it holds, and one more where there may be what no operation
 * makes; they all see the same moment. Left out are what belongs to extensions and the tables of migrations themselves.
 */
export async function reflect(connection: Connection, options: ReflectOptions): Promise<Catalog> {
  return catalogOf(await readRows(connection, options.schemas ?? null, options.signal), options.defaultSchema);
}

/** What temporary objects the open transaction has, as {@link reflect} says it; its settings are others afterwards. */
export async function reflectTemporary(
  connection: Connection,
  { defaultSchema, signal }: Omit<ReflectOptions, "schemas">,
): Promise<Catalog> {
  const query = "select nspname::text from pg_catalog.pg_namespace where oid = pg_catalog.pg_my_temp_schema()";
  const schemas = (await connection.query(query, [], signal)).rows.map(([name]) => name as string);
  return catalogOf(await readRowsWithin(connection, schemas, signal), defaultSchema);
}

/** The schema that the connection's search path finds first, and all of it. */
export async function searchPath(connection: Connection): Promise<readonly string[]> {
  const { rows } = await connection.query("select to_json(pg_catalog.current_schemas(false))");
  return rows[0]![0] as readonly string[];
}

function catalogOf(rows: Rows, defaultSchema: string): Catalog {
  const { facts } = rows;
  const objects = register(rows);
  const context: Context = { objects, names: new Naming(defaultSchema, facts.hidden), columns: columnsOf(rows) };
  const tables = new Map(rows.relations.map((row) => [row.id, row]));
  const columns = new Map(rows.columns.map((row) => [`${row.table} ${row.number}`, row]));
  const types = (kind: string) => rows.types.filter((row) => row.kind === kind);
  return {
    defaultSchema,
    role: facts.role,
    schemas: facts.schemas.map((row): CatalogSchema => {
      const place = [CLASS.schema, row.id] as const;
      return { ...objects.describe(place, objects.keyOf(place)!), ...owned(row), name: row.name };
    }),
    extensions: facts.extensions.map(({ id, name, schema, version }): CatalogExtension => {
      const place = [CLASS.extension, id] as const;
      return { ...objects.describe(place, objects.keyOf(place)!), name, schema, version };
    }),
    enums: types("e").map((row) => readEnum(row, context)),
    domains: types("d").map((row) => readDomain(row, context)),
    compositeTypes: types("c").map((row) => readCompositeType(row, context)),
    rangeTypes: types("r").map((row) => readRangeType(row, context)),
    sequences: rows.sequences
      .filter(({ kind }) => kind !== "i")
      .map((row) => {
        const [table, column] = [tables.get(row.table ?? ""), columns.get(`${row.table} ${row.column}`)];
        return readSequence(row, table && column && { table, column }, context);
      }),
    ...readRelations(rows, context),
    routines: rows.routines.filter(({ isSpecial }) => !isSpecial).map((row) => readRoutine(row, context)),
    statistics: rows.statistics.map((row) => readStatistics(row, tables.get(row.table)!, context)),
    others: readOthers(rows, context),
  };
}

function readOthers(rows: Rows, { objects }: Context): readonly CatalogOther[] {
  return [
    ...rows.routines.filter(({ isSpecial }) => isSpecial).map((row) => readSpecialRoutine(row, objects)),
    ...rows.aggregates.map((row) => readAggregate(row, objects)),
    ...rows.others.map((row) => {
      const of = row.table === null ? undefined : objects.keyOf([CLASS.relation, row.table]);
      return readOther(row, of, objects);
    }),
  ];
}

function columnsOf({ columns }: Rows): Context["columns"] {
  const tables = new Map<string, Map<number, string>>();
  for (const { table, number, name } of columns) {
    const known = tables.get(table);
    if (known === undefined) tables.set(table, new Map([[number, name]]));
    else known.set(number, name);
  }
  return tables;
}
