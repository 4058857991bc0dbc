import { connect } from "../../src/connection/connect.ts";
import type { Connection } from "../../src/connection/connection.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { type Call, perform } from "../../src/migrations/compare/call.ts";
import { record } from "../../src/migrations/operations/record.ts";
import { MigrationData } from "../../src/migrations/runner/data.ts";

/** What keeps writers out: modes that conflict with ROW EXCLUSIVE (PostgreSQL, "Explicit Locking"). */
export const STRONG = ["ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"];

/** For each table how often it has been read by this session, and the file that it is in. */
const STATE = `
  select coalesce(jsonb_object_agg(oid::text, jsonb_build_array(pg_stat_get_xact_numscans(oid), pg_relation_filenode(oid))), '{}')
  from pg_class where relkind = 'r' and oid >= 16384`;

/** Tables with rows on which a lock is held that keeps writers out, and which are not what they were, or have been read since. */
const HELD_AND_READ = `
  select distinct c.relname::text from pg_locks l join pg_class c on c.oid = l.relation
  where l.pid = pg_backend_pid() and l.mode = any ($1) and c.relkind = 'r' and c.oid >= 16384
    and $2::jsonb ? c.oid::text and pg_relation_size(c.oid) > 0
    and $2::jsonb -> c.oid::text <> jsonb_build_array(pg_stat_get_xact_numscans(c.oid), pg_relation_filenode(c.oid))`;

export async function open({ url }: { readonly url: string }): Promise<Connection & AsyncDisposable> {
  const connection = await connect(connectOptions({ url }));
  return Object.assign(connection, { [Symbol.asyncDispose]: () => connection.close() });
}

/** What a test does meanwhile. */
export interface Hooks {
  /** Before and after each statement in a transaction, inside of it. */
  readonly before?: () => Promise<void>;
  readonly after?: (title: string) => Promise<void>;
  /** Around a statement that no transaction may hold. */
  readonly outside?: (statement: () => Promise<unknown>) => Promise<void>;
}

/** Runs calls, each step by itself as the runner does, or all in one transaction. */
export async function run(
  connection: Connection,
  calls: readonly Call[],
  isStepwise: boolean,
  { before, after, outside = async (statement) => void (await statement()) }: Hooks = {},
): Promise<void> {
  if (!isStepwise) await connection.query("begin");
  for (const step of record(perform(calls))) {
    if (step.kind === "data") await step.run(new MigrationData({ connection }));
    else if (step.recovery !== undefined) await outside(() => connection.query(step.statement.text));
    else {
      if (isStepwise) await connection.query("begin");
      await before?.();
      await connection.query(step.statement.text);
      await after?.(step.title);
      if (isStepwise) await connection.query("commit");
    }
  }
  if (!isStepwise) await connection.query("commit");
}

/** @returns titles of steps that read a table or write it anew while a lock is held that keeps its writers out. */
export async function harmOf(
  connection: Connection,
  calls: readonly Call[],
  isStepwise: boolean,
): Promise<readonly string[]> {
  const harmful: string[] = [];
  let state: unknown;
  await run(connection, calls, isStepwise, {
    before: async () => {
      state = (await connection.query(STATE)).rows[0]![0];
    },
    after: async (title) => {
      const { rows } = await connection.query(HELD_AND_READ, [STRONG, JSON.stringify(state)]);
      if (rows.length > 0) harmful.push(title);
    },
  });
  return harmful;
}
