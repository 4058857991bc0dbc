import type { Catalog, CatalogIndex, CatalogTrigger } from "../catalog.ts";
import { CLASS } from "../objects.ts";
import type { ConstraintRow, OwnConstraint } from "../queries/constraints.ts";
import type { IndexRow } from "../queries/indexes.ts";
import type { RelationRow } from "../queries/relations.ts";
import { byTable, type Rows } from "../rows.ts";
import { readColumn, readViewColumn } from "./column.ts";
import { readConstraint } from "./constraint.ts";
import { type Context, columnNames } from "./context.ts";
import { readIndex } from "./index.ts";
import { readPolicy } from "./policy.ts";
import { readTable, readView } from "./table.ts";
import { readTrigger } from "./trigger.ts";

/** Tables and views with all their parts. */
export function readRelations(rows: Rows, context: Context): Pick<Catalog, "tables" | "views"> {
  const [columns, constraints, indexes, triggers, policies] = [
    byTable(rows.columns),
    byTable(rows.constraints),
    byTable(rows.indexes),
    byTable(rows.triggers),
    byTable(rows.policies),
  ];
  const indexById = new Map(rows.indexes.map((row) => [row.id, row]));
  const identities = new Map(
    rows.sequences.filter(({ kind }) => kind === "i").map((row) => [`${row.table} ${row.column}`, row]),
  );
  const computed = computedFrom(rows);
  const columnsOf = (table: string, numbers: readonly number[], id: string, part = 0): readonly string[] => {
    const more = (computed.get(`${id} ${part}`) ?? []).filter((number) => !numbers.includes(number));
    return columnNames(
      context,
      table,
      [...new Set(numbers), ...more].filter((number) => number > 0),
    );
  };
  const readIndexes = (table: RelationRow): readonly CatalogIndex[] =>
    indexes(table.id)
      .filter(({ text }) => text !== null)
      .map((row) => readIndex(row, table, columnsOf(table.id, row.numbers, row.id), context));
  const readTriggers = (table: RelationRow): readonly CatalogTrigger[] =>
    triggers(table.id).map((row) => readTrigger(row, context));
  const readOwn = (row: OwnConstraint) => {
    const index = row.kind === "f" || row.kind === "c" ? undefined : indexById.get(row.index);
    const numbers = index?.numbers ?? row.numbers ?? [];
    return readConstraint(row, index, columnsOf(row.table, numbers, index?.id ?? ""), context);
  };
  return {
    tables: rows.relations.filter(isTable).map((table) =>
      readTable(
        table,
        marked(indexes(table.id)),
        {
          columns: columns(table.id).map((row) => {
            if (row.rare === null) return readColumn(row, undefined, [], context, table);
            const identity = identities.get(`${table.id} ${row.number}`);
            return readColumn(row, identity, columnsOf(table.id, [], table.id, row.number), context, table);
          }),
          constraints: constraints(table.id).filter(isOwn).map(readOwn),
          indexes: readIndexes(table),
          triggers: readTriggers(table),
          policies: policies(table.id).map((row) => readPolicy(row, context)),
        },
        context,
      ),
    ),
    views: rows.relations
      .filter((row) => !isTable(row))
      .map((view) => {
        const own = columns(view.id).map((row) => readViewColumn(row, context));
        return readView(view, { columns: own, indexes: readIndexes(view), triggers: readTriggers(view) }, context);
      }),
  };
}

function isTable({ kind }: RelationRow): boolean {
  return kind !== "v" && kind !== "m";
}

function isOwn(row: ConstraintRow): row is OwnConstraint {
  return row.parent === null;
}

function marked(indexes: readonly IndexRow[]): { clustered: string | undefined; replica: string | undefined } {
  return {
    clustered: indexes.find(({ clustered }) => clustered)?.name,
    replica: indexes.find(({ replica }) => replica)?.name,
  };
}

/** Numbers of the columns that an index or a generated column is computed from, by its oid and its own number. */
function computedFrom({ dependencies, indexes }: Rows): ReadonlyMap<string, readonly number[]> {
  const tables = new Map(indexes.map(({ id, table }) => [id, table]));
  const found = new Map<string, number[]>();
  for (const [catalog, id, part, toCatalog, toId, toPart] of dependencies) {
    if (catalog !== CLASS.relation || toCatalog !== CLASS.relation || toPart === 0) continue;
    if (toId !== (tables.get(id) ?? id)) continue;
    const numbers = found.get(`${id} ${part}`);
    if (numbers === undefined) found.set(`${id} ${part}`, [toPart]);
    else numbers.push(toPart);
  }
  for (const numbers of found.values()) numbers.sort((a, b) => a - b);
  return found;
}
