import type { Connection } from "../../connection/connection.ts";
import type { Schema } from "../../model/schema.ts";
import type { SequenceDefinition } from "../../model/sequence.ts";
import type { TableDefinition as ModelTable } from "../../model/table-definition.ts";
import type { Catalog, CatalogEnum, CatalogExtension, CatalogSchema, CatalogSequence } from "../catalog/catalog.ts";
import { key } from "../catalog/key.ts";
import { countingOf } from "../catalog/read/sequence.ts";
import { given, nameIn, nameOf } from "../catalog/words.ts";
import { literal } from "../operations/literal.ts";
import { askPostgres } from "./expressions.ts";
import { sameRoutines, sameViews } from "./others.ts";
import { TableCatalog } from "./table-catalog.ts";
import { tryOut } from "./trial.ts";
import { Doubt, Words } from "./words.ts";

export interface ModelCatalogOptions {
  readonly schema: Schema;
  readonly signal?: AbortSignal | undefined;
}

/** What models would be in the catalog of a database. */
export interface ModelCatalog {
  readonly catalog: Catalog;
  /**
   * Whether it can be believed when it differs from the database, too. Views, functions, triggers and policies are looked at as
   * PostgreSQL keeps them with the tables that are there, so that it has to be the same, or says nothing.
   */
  readonly isWhole: boolean;
}

/**
 * The catalog that a database would have in which models were created, without creating them: what the live database has in
 * the same way is taken from its catalog, and the rest, as far as both have it, put to PostgreSQL in temporary tables, views
 * and functions, in a transaction that is rolled back. What is new is in the models' own words.
 *
 * @returns undefined where that cannot be told for certain, and models have to be created to be compared: a view, a function, a
 *   trigger or a policy is not the one that the database has, or a view is materialized; they mean something that PostgreSQL
 *   does not take, a value that their enum shall get, or a table by its name in a condition; an extension is missing; nothing
 *   temporary can be made, on a standby or without the privilege TEMPORARY.
 * @throws {ConnectionLost}
 */
export async function modelCatalog(
  connection: Connection,
  live: Catalog,
  { schema, signal }: ModelCatalogOptions,
): Promise<ModelCatalog | undefined> {
  const { tables, views, routines } = schema;
  const isWhole =
    views.length + routines.length === 0 &&
    tables.every(({ triggers, policies }) => triggers.length + policies.length === 0);
  if (await isHidden(connection, schema, tables, live, signal)) return undefined;
  const enums = new Map(live.enums.map((one) => [one.key, one]));
  try {
    const first = new Words(enums);
    const catalog = catalogOf(live, schema, tables, first);
    if (isWhole && first.questions.size + first.tables.size === 0) return { catalog, isWhole };
    const answers = await askPostgres(connection, live.defaultSchema, [...first.questions.values()], signal);
    const wanted = { tables: [...first.tables], views, routines };
    const tried = answers && (await tryOut(connection, live.defaultSchema, wanted, signal));
    if (tried === undefined) return undefined;
    const others = { views: sameViews(live, views, tried), routines: sameRoutines(live, routines, tried) };
    return { catalog: { ...catalogOf(live, schema, tables, new Words(enums, answers, tried)), ...others }, isWhole };
  } catch (error) {
    if (error instanceof Doubt) return undefined;
    throw error;
  }
}

/** Whether something new has the name of a thing of PostgreSQL's, so that its schema has to be said. */
async function isHidden(
  connection: Connection,
  { enums }: Schema,
  tables: readonly ModelTable[],
  live: Catalog,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const had = new Set([...live.tables, ...live.enums].map((one) => one.key));
  const isNew = (kind: string, { schema = live.defaultSchema, name }: { schema?: string | undefined; name: string }) =>
    !had.has(key(kind, schema, name));
  const added = [...tables.filter((table) => isNew("table", table)), ...enums.filter((one) => isNew("type", one))].map(
    ({ name }) => name,
  );
  if (added.length === 0) return false;
  const query = "select from pg_type where typnamespace = 'pg_catalog'::regnamespace and typname = any ($1) limit 1";
  return (await connection.query(query, [added], signal)).rows.length > 0;
}

function catalogOf(live: Catalog, schema: Schema, tables: readonly ModelTable[], words: Words): Catalog {
  checkValues(live, schema, tables);
  const { defaultSchema, role } = live;
  const reader = new TableCatalog(live, words);
  const read = tables.map((table) => reader.read(table));
  const own = schema.sequences.map((sequence) => sequenceOf(live, sequence));
  const all = [...tables, ...schema.enums, ...schema.sequences, ...schema.extensions];
  const named = new Set(all.flatMap((one) => one.schema ?? []));
  return {
    defaultSchema,
    role,
    schemas: [...named].map((name): CatalogSchema => {
      return { key: key("schema", name), needs: [], name, owner: role };
    }),
    extensions: schema.extensions.map((one) => extensionOf(live, one)),
    enums: schema.enums.map(({ schema: given = defaultSchema, name, values }): CatalogEnum => {
      const id = key("type", given, name);
      const is = live.enums.find((one) => one.key === id);
      if (is !== undefined) return { ...is, needs: [], values };
      const place = nameIn(given, name, defaultSchema);
      return { key: id, needs: [], owner: role, name: place, type: id.slice("type ".length), values };
    }),
    domains: [],
    compositeTypes: [],
    rangeTypes: [],
    sequences: [...own, ...reader.sequences],
    tables: read,
    views: [],
    routines: [],
    statistics: [],
    others: [],
  };
}

/** A value that an enum shall get cannot be used yet, not even in a temporary table. */
function checkValues({ enums, defaultSchema }: Catalog, schema: Schema, tables: readonly ModelTable[]): void {
  const before = new Map(enums.map((one) => [one.key, one.values]));
  const fresh = schema.enums.flatMap(({ schema: given = defaultSchema, name, values }) => {
    const had = before.get(key("type", given, name));
    return had === undefined ? [] : values.filter((value) => !had.includes(value));
  });
  if (fresh.length === 0) return;
  const text = JSON.stringify(tables);
  if (fresh.some((value) => text.includes(JSON.stringify(literal(value)).slice(1, -1)))) throw new Doubt();
}

function extensionOf({ extensions }: Catalog, { name, schema }: Schema["extensions"][number]): CatalogExtension {
  const is = extensions.find((one) => one.name === name);
  if (is === undefined || is.schema !== (schema ?? is.schema)) throw new Doubt();
  return is;
}

function sequenceOf({ defaultSchema, role }: Catalog, sequence: SequenceDefinition): CatalogSequence {
  const { name, schema = defaultSchema, ownedBy, comment, type = "bigint", cycle = false } = sequence;
  const { increment = 1, cache = 1 } = sequence;
  const most = { smallint: 32767n, integer: 2147483647n, bigint: 9223372036854775807n }[type];
  const isDescending = increment < 0;
  const { min = isDescending ? -most - 1n : 1n, max = isDescending ? -1n : most } = sequence;
  const { start = isDescending ? max : min } = sequence;
  const text = { start: `${start}`, increment: `${increment}`, min: `${min}`, max: `${max}`, cache: `${cache}` };
  const table = ownedBy?.schema ?? defaultSchema;
  const owner = ownedBy && [...(table === defaultSchema ? [] : [table]), ownedBy.table, ownedBy.column];
  return given({
    key: key("sequence", schema, name),
    needs: [],
    comment,
    owner: role,
    name: nameIn(schema, name, defaultSchema),
    definition: given({
      type: type === "bigint" ? undefined : type,
      ...countingOf({ type, cycle, ...text }),
      ownedBy: owner && nameOf(...owner),
    }),
    ownedBy: ownedBy && key("column", table, ownedBy.table, ownedBy.column),
  }) as CatalogSequence;
}
