import type { Connection } from "../../connection/connection.ts";
import { quote } from "../../identifier.ts";

/** How large a table is in the database at hand. */
export interface TableSize {
  readonly rows: number;
  /** Not counted, but what the server's statistics say. */
  readonly isEstimate: boolean;
  /** With indexes and what is stored beside the rows. */
  readonly bytes: number;
}

/** So many rows are counted one by one. */
const COUNTED = 10_000;

/** Sizes of the tables that are there, by their names; what is no table there is left out. */
export async function tableSizes(
  connection: Connection,
  tables: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, TableSize>> {
  const sizes = new Map<string, TableSize>();
  for (const table of new Set(tables)) {
    const parts = table.split(".");
    if (parts.length > 2) continue; // a name with a dot in it, of which nobody knows where the schema ends
    const size = await sizeOf(connection, parts.map(quote).join("."), signal);
    if (size !== undefined) sizes.set(table, size);
  }
  return sizes;
}

async function sizeOf(connection: Connection, name: string, signal?: AbortSignal): Promise<TableSize | undefined> {
  // A partitioned table has no size of its own.
  const { rows } = await connection.query(
    `select coalesce(sum(pg_catalog.pg_total_relation_size(p.relid)), pg_catalog.pg_total_relation_size(c.oid))::text,
            coalesce(sum(t.reltuples), c.reltuples)::text
     from pg_catalog.pg_class c
     left join lateral pg_catalog.pg_partition_tree(c.oid) p on true
     left join pg_catalog.pg_class t on t.oid = p.relid and p.isleaf
     where c.oid = pg_catalog.to_regclass($1) and c.relkind in ('r', 'p', 'm')
     group by c.oid, c.reltuples`,
    [name],
    signal,
  );
  const [row] = rows as unknown as [string, string][];
  if (row === undefined) return undefined;
  const counted = await connection.query(
    `select count(*)::int from (select from ${name} limit ${COUNTED + 1}) as counted`,
    [],
    signal,
  );
  const exact = Number(counted.rows[0]![0]);
  const isEstimate = exact > COUNTED;
  return { rows: isEstimate ? Math.max(exact, Math.round(Number(row[1]))) : exact, isEstimate, bytes: Number(row[0]) };
}
