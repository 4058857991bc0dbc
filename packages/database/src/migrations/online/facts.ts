import type { Connection } from "../../connection/connection.ts";
import { StatementFailed } from "../../errors.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { type Call, keyOf } from "../compare/call.ts";
import { type Name, partsOf, quoteQualified } from "../operations/identifier.ts";
import { literal } from "../operations/literal.ts";
import { tokenize } from "../operations/tokenize.ts";

/** What the catalog of a database does not say, and the safe form of a change depends on. */
export interface RowFacts {
  /** Tables that hold rows, by `keyOf`. */
  readonly filled: ReadonlySet<string>;
  /** Functions, by their names, that have another value for each row. */
  readonly volatile: ReadonlySet<string>;
  /** Types of columns that have conditions: domains. */
  readonly conditional: ReadonlySet<string>;
}

/**
 * Reads in one query what the safe forms of calls depend on. Of a table at most the first row is looked for, and nothing
 * where the last ANALYZE has seen rows. Where the role may not read the rows, tables count as filled: the safe form does no
 * harm where there are none.
 *
 * @param catalog that of the connection's database.
 * @param calls upgrade and downgrade.
 */
export async function readRowFacts(
  connection: Connection,
  catalog: Catalog,
  calls: readonly Call[],
  signal?: AbortSignal,
): Promise<RowFacts> {
  const touched = new Set(calls.flatMap(tablesOf).map(keyOf));
  const tables = catalog.tables.filter(({ name }) => touched.has(keyOf(name)));
  const added = calls.flatMap((call) => (call.method === "addColumn" ? [call.arguments[2]] : []));
  const functions = added.flatMap((column) => functionsIn(column.default ?? ""));
  const types = added.map(({ type }) => type);
  const ask = async (isFilled: readonly string[]): Promise<RowFacts> => {
    const { rows } = await connection.query(query(isFilled), [functions, types], signal);
    const [filled, volatile, conditional] = rows[0] as [boolean[], string[], string[]];
    return {
      filled: new Set(tables.filter((_, index) => filled[index]).map(({ name }) => keyOf(name))),
      volatile: new Set(volatile),
      conditional: new Set(conditional),
    };
  };
  try {
    return await ask(tables.map(({ name }) => hasRows(name, catalog.defaultSchema)));
  } catch (error) {
    if (error instanceof StatementFailed && error.sqlState === "42501") return ask(tables.map(() => "true"));
    throw error;
  }
}

function query(isFilled: readonly string[]): string {
  return `
    select array[${isFilled.join(", ")}]::bool[],
      array(select distinct proname::text from pg_proc where provolatile = 'v' and proname = any ($1)),
      array(select type from unnest($2::text[]) type join pg_type on pg_type.oid = to_regtype(type)
            where typtype = 'd' and (typnotnull or exists (select from pg_constraint where contypid = pg_type.oid)))`;
}

/** Rows that ANALYZE has seen may be gone, which does no harm; where it has seen none there may be some. */
function hasRows(name: Name, defaultSchema: string): string {
  const parts = partsOf(name);
  const table = quoteQualified(parts.length === 1 ? [defaultSchema, ...parts] : name);
  return `((select reltuples > 0 from pg_class where oid = ${literal(table)}::regclass) or exists (select from ${table}))`;
}

/** The functions that an expression calls, by their own names. */
export function functionsIn(sql: string): readonly string[] {
  const tokens = [...tokenize(sql)].filter(({ kind }) => kind !== "space" && kind !== "comment");
  return tokens.flatMap(({ kind, start, end }, index) => {
    const next = tokens[index + 1];
    if (next === undefined || sql.slice(next.start, next.end) !== "(") return [];
    if (kind === "word") return [sql.slice(start, end).toLowerCase()];
    return kind === "quoted" ? [sql.slice(start + 1, end - 1).replaceAll('""', '"')] : [];
  });
}

/** The tables whose rows decide how a call is done. */
function tablesOf(call: Call): readonly Name[] {
  switch (call.method) {
    case "addColumn":
    case "alterColumn":
    case "alterTable":
      return [call.arguments[0]];
    case "createPrimaryKey":
    case "createUniqueConstraint":
    case "createCheckConstraint":
    case "createExclusionConstraint":
    case "createForeignKey":
    case "validateConstraint":
    case "dropConstraint":
    case "createIndex":
      return [call.arguments[1]];
    case "dropIndex":
      return [call.arguments[1]?.was?.table ?? []].filter((name) => name.length > 0);
    case "attachPartition":
    case "detachPartition":
      return [call.arguments[1]];
    case "replaceEnum":
      return call.arguments[2].columns.map((given) => tableOf(given));
    default:
      return [];
  }
}

/** The table of a column of an enum. */
export function tableOf(column: string | { readonly column: Name }): Name {
  return partsOf(typeof column === "string" ? column : column.column).slice(0, -1);
}
