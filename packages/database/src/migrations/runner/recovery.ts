import type { Connection } from "../../connection/connection.ts";
import { IndexInProgress } from "../errors.ts";
import type { Recovery, SqlStep, Statement } from "../operations/step.ts";

type Found = readonly (readonly unknown[])[];

/**
 * What is left to do of a step that runs outside a transaction, so that a killed run may have done it, done half of it
 * or not begun it. Half-done work is removed.
 *
 * @param resumed whether an earlier run may have begun this step. Only then can what it makes be its own.
 * @param onRecovered told what was removed or found done.
 * @returns the statement to run; undefined: it is done.
 */
export async function whatIsLeft(
  connection: Connection,
  { statement, recovery }: SqlStep,
  resumed: boolean,
  onRecovered: (what: string) => void,
): Promise<Statement | undefined> {
  switch (recovery?.kind) {
    case "createIndex":
      return (await indexIsThere(connection, recovery, resumed, onRecovered)) ? undefined : statement;
    case "dropIndex":
      return resumed ? { text: recovery.text, values: [] } : statement;
    case "detachPartition":
      return detaching(connection, recovery, statement, resumed);
    case "reindex":
      await dropLeftovers(connection, recovery, onRecovered);
      return statement;
    default:
      return statement;
  }
}

/**
 * Removes an invalid index of the name, which is what a broken CREATE INDEX CONCURRENTLY leaves (PostgreSQL, "Building
 * Indexes Concurrently").
 *
 * A valid one counts as ours when the step had been begun and the server describes both in the same words: a killed client
 * does not end the server's work, which holds the migration lock until it is done. Any other makes the statement fail.
 */
async function indexIsThere(
  connection: Connection,
  recovery: Recovery & { readonly kind: "createIndex" },
  resumed: boolean,
  onRecovered: (what: string) => void,
): Promise<boolean> {
  const { rows } = await connection.query(
    `select i.indisvalid, i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), p.pid
     from pg_index i join pg_class c on c.oid = i.indexrelid
       left join pg_stat_progress_create_index p on p.index_relid = i.indexrelid
     where i.indrelid = to_regclass($1) and c.relname = $2`,
    [recovery.table, recovery.index],
  );
  const [isValid, name, definition, builder] = (rows[0] ?? []) as [boolean?, string?, string?, number?];
  if (isValid === undefined) return false;
  if (builder !== null && builder !== undefined) throw new IndexInProgress(name!, builder);
  if (!isValid) {
    await connection.query(`drop index concurrently ${name}`);
    onRecovered(`removed the invalid index ${name}, which a broken CREATE INDEX CONCURRENTLY had left`);
    return false;
  }
  if (!resumed || essence(definition!) !== essence(await wantedDefinition(connection, recovery))) return false;
  onRecovered(`the index ${name} was finished by the server after the earlier run had been broken off`);
  return true;
}

/** How the server describes the index that the step makes: tried on an empty table of the same shape. */
async function wantedDefinition(
  connection: Connection,
  { table, text }: Recovery & { readonly kind: "createIndex" },
): Promise<string> {
  await connection.query("begin");
  try {
    // No temporary one, which needs a privilege that a role that creates tables may lack.
    await connection.query(`create table hypertroq_probe (like ${table})`);
    await connection.query(text("hypertroq_probe_index", "hypertroq_probe"));
    const { rows } = await connection.query("select pg_get_indexdef('hypertroq_probe_index'::regclass)");
    return String(rows[0]![0]);
  } finally {
    await connection.query("rollback");
  }
}

/** Without the names of the index and its table. */
function essence(definition: string): string {
  return `${definition.startsWith("CREATE UNIQUE")} ${definition.slice(definition.indexOf(" USING "))}`;
}

/** DETACH PARTITION CONCURRENTLY is two transactions; between them the partition is marked (ALTER TABLE, "FINALIZE"). */
async function detaching(
  connection: Connection,
  { table, partition, finalize }: Recovery & { readonly kind: "detachPartition" },
  statement: Statement,
  resumed: boolean,
): Promise<Statement | undefined> {
  const { rows } = await connection.query(
    "select inhdetachpending from pg_inherits where inhparent = to_regclass($1) and inhrelid = to_regclass($2)",
    [table, partition],
  );
  const isPending = rows[0]?.[0];
  if (isPending === true) return { text: finalize, values: [] };
  return isPending === undefined && resumed ? undefined : statement;
}

/** REINDEX CONCURRENTLY builds beside the old index, under names that end in _ccnew and _ccold (REINDEX, "Notes"). */
async function dropLeftovers(
  connection: Connection,
  { target, name }: Recovery & { readonly kind: "reindex" },
  onRecovered: (what: string) => void,
): Promise<void> {
  const of: Record<typeof target, string> = {
    index: "i.indrelid = (select indrelid from pg_index where indexrelid = to_regclass($1))",
    table: "i.indrelid = to_regclass($1)",
    schema: "c.relnamespace = to_regnamespace($1)",
  };
  const { rows }: { rows: Found } = await connection.query(
    `select i.indexrelid::regclass::text from pg_index i join pg_class c on c.oid = i.indexrelid
     where not i.indisvalid and c.relname ~ '_cc(new|old)\\d*$' and ${of[target]}
       and not exists (select from pg_stat_progress_create_index p where p.index_relid = i.indexrelid)`,
    [name],
  );
  for (const [index] of rows) {
    await connection.query(`drop index concurrently ${index}`);
    onRecovered(`removed the invalid index ${index}, which a broken REINDEX CONCURRENTLY had left`);
  }
}
