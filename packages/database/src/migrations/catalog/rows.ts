import type { Connection } from "../../connection/connection.ts";
import { encodeParameters } from "../../connection/parameters.ts";
import { COLUMNS_QUERY, type ColumnRow, type ColumnsRow, columnRows } from "./queries/columns.ts";
import { CONSTRAINTS_QUERY, type ConstraintRow } from "./queries/constraints.ts";
import { DEPENDENCIES_QUERY, type DependencyRow } from "./queries/dependencies.ts";
import { COMMENTS_QUERY, type CommentRow, FACTS_QUERY, type FactsRow } from "./queries/facts.ts";
import { INDEXES_QUERY, type IndexRow } from "./queries/indexes.ts";
import { OTHERS_QUERY, type OtherRow } from "./queries/others.ts";
import { RELATIONS_QUERY, type RelationRow, SEQUENCES_QUERY, type SequenceRow } from "./queries/relations.ts";
import { AGGREGATES_QUERY, type AggregateRow, ROUTINES_QUERY, type RoutineRow } from "./queries/routines.ts";
import {
  POLICIES_QUERY,
  type PolicyRow,
  STATISTICS_QUERY,
  type StatisticsRow,
  TRIGGERS_QUERY,
  type TriggerRow,
} from "./queries/table-parts.ts";
import { TYPES_QUERY, type TypeRow } from "./queries/types.ts";

/** All that the queries answer. */
export interface Rows {
  readonly facts: FactsRow;
  readonly comments: readonly CommentRow[];
  readonly types: readonly TypeRow[];
  readonly relations: readonly RelationRow[];
  readonly sequences: readonly SequenceRow[];
  readonly columns: readonly ColumnRow[];
  readonly constraints: readonly ConstraintRow[];
  readonly indexes: readonly IndexRow[];
  readonly triggers: readonly TriggerRow[];
  readonly policies: readonly PolicyRow[];
  readonly statistics: readonly StatisticsRow[];
  readonly routines: readonly RoutineRow[];
  readonly aggregates: readonly AggregateRow[];
  readonly others: readonly OtherRow[];
  readonly dependencies: readonly DependencyRow[];
}

/**
 * What the texts of expressions go by: names with their schemas, times in UTC, names quoted where they need it. And planned
 * once, for any parameters: to plan the queries takes longer than to run them, where a database is small.
 */
export const SETTINGS = `select set_config(name, value, true) from (values ('search_path', ''), ('TimeZone', 'UTC'),
  ('DateStyle', 'ISO'), ('IntervalStyle', 'postgres'), ('extra_float_digits', '1'), ('quote_all_identifiers', 'off'),
  ('bytea_output', 'hex'), ('plan_cache_mode', 'force_generic_plan')) settings (name, value)`;

/**
 * Asks all of it at one moment.
 *
 * @param schemas null: all but PostgreSQL's own.
 */
export async function readRows(
  connection: Connection,
  schemas: readonly string[] | null,
  signal: AbortSignal | undefined,
): Promise<Rows> {
  await connection.query("begin isolation level repeatable read read only");
  try {
    return await readRowsWithin(connection, schemas, signal);
  } finally {
    await connection.query("rollback").catch(() => {}); // the connection is dead where even this fails
  }
}

/** The same in the transaction that is open, whose settings are others afterwards. */
export async function readRowsWithin(
  connection: Connection,
  schemas: readonly string[] | null,
  signal: AbortSignal | undefined,
): Promise<Rows> {
  const [, ...answers] = await ask(connection, [SETTINGS, ...Object.values(QUERIES)], schemas, signal);
  const named = Object.fromEntries(Object.keys(QUERIES).map((name, place) => [name, answers[place]]));
  const { facts, columns, ...found } = named as { facts: readonly FactsRow[]; columns: readonly ColumnsRow[] };
  const [others] = facts[0]!.hasOthers ? await ask(connection, [OTHERS_QUERY], schemas, signal) : [[]];
  return { ...found, facts: facts[0], columns: columnRows(columns), others } as unknown as Rows;
}

/** What each of them answers, in one round trip. */
async function ask(
  connection: Connection,
  texts: readonly string[],
  schemas: readonly string[] | null,
  signal: AbortSignal | undefined,
): Promise<readonly (readonly unknown[])[]> {
  const steps = texts.map((text) => ({ text, values: encodeParameters(text.includes("$1") ? [schemas] : []) }));
  const { results, failure } = await connection.fly(steps, signal);
  const refusal = failure ?? results.find((result) => result.refusal !== undefined)?.refusal;
  if (refusal !== undefined) throw refusal;
  return results.map(({ rows }) => rows.map(([row]) => row));
}

/** What is asked of every database. */
const QUERIES = {
  facts: FACTS_QUERY,
  comments: COMMENTS_QUERY,
  types: TYPES_QUERY,
  relations: RELATIONS_QUERY,
  sequences: SEQUENCES_QUERY,
  columns: COLUMNS_QUERY,
  constraints: CONSTRAINTS_QUERY,
  indexes: INDEXES_QUERY,
  triggers: TRIGGERS_QUERY,
  policies: POLICIES_QUERY,
  statistics: STATISTICS_QUERY,
  routines: ROUTINES_QUERY,
  aggregates: AGGREGATES_QUERY,
  dependencies: DEPENDENCIES_QUERY,
} satisfies Record<Exclude<keyof Rows, "others">, string>;

/** Rows by the oid of their table. */
export function byTable<Row extends { readonly table: string }>(
  rows: readonly Row[],
): (table: string) => readonly Row[] {
  const map = new Map<string, Row[]>();
  for (const row of rows) {
    const list = map.get(row.table);
    if (list === undefined) map.set(row.table, [row]);
    else list.push(row);
  }
  return (table) => map.get(table) ?? [];
}
