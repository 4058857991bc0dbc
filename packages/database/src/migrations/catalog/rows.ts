import type { Connection } from "../../connection/connection.ts";
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

/** What the texts of expressions go by: names with their schemas, times in UTC, names quoted where they need it. */
export const SETTINGS = `select set_config(name, value, true) from (values ('search_path', ''), ('TimeZone', 'UTC'),
  ('DateStyle', 'ISO'), ('IntervalStyle', 'postgres'), ('extra_float_digits', '1'), ('quote_all_identifiers', 'off'),
  ('bytea_output', 'hex')) settings (name, value)`;

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
  const ask = async <Row>(query: string): Promise<readonly Row[]> => {
    const { rows } = await connection.query(query, query.includes("$1") ? [schemas] : [], signal);
    return rows.map(([row]) => row as Row);
  };
  await connection.query("begin isolation level repeatable read read only");
  try {
    await connection.query(SETTINGS);
    return {
      facts: (await ask<FactsRow>(FACTS_QUERY))[0]!,
      comments: await ask(COMMENTS_QUERY),
      types: await ask(TYPES_QUERY),
      relations: await ask(RELATIONS_QUERY),
      sequences: await ask(SEQUENCES_QUERY),
      columns: columnRows(await ask<ColumnsRow>(COLUMNS_QUERY)),
      constraints: await ask(CONSTRAINTS_QUERY),
      indexes: await ask(INDEXES_QUERY),
      triggers: await ask(TRIGGERS_QUERY),
      policies: await ask(POLICIES_QUERY),
      statistics: await ask(STATISTICS_QUERY),
      routines: await ask(ROUTINES_QUERY),
      aggregates: await ask(AGGREGATES_QUERY),
      others: await ask(OTHERS_QUERY),
      dependencies: await ask(DEPENDENCIES_QUERY),
    };
  } finally {
    await connection.query("rollback").catch(() => {}); // the connection is dead where even this fails
  }
}

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
