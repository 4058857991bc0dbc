import type { Connection } from "../../connection/connection.ts";
import { TransactionPooler } from "../../errors.ts";

/** How long a second connection is waited for; a pooler that lends whole sessions may have only one, and we have it. */
const PATIENCE = 2000;

/**
 * Refuses a connection behind a pooler that lends its servers for a transaction only: the migration lock would be taken
 * on one server and the revision run on another (PgBouncer, "pool_mode").
 *
 * Where the server process is not the one that answered at connecting, something stands between. Whether it keeps a
 * server for us is tried: while a second connection holds a transaction open, ours must still be on the server that it
 * was on, and the second one on another.
 *
 * @param open opens another connection in the same way.
 * @throws {TransactionPooler}
 */
export async function refuseTransactionPooler(
  connection: Connection,
  open: (signal: AbortSignal) => Promise<Connection>,
): Promise<void> {
  if (connection.facts.process !== undefined) return;
  const before = await serverProcess(connection);
  let second: Connection;
  try {
    second = await open(AbortSignal.timeout(PATIENCE));
  } catch {
    return;
  }
  try {
    await second.query("begin");
    const other = await serverProcess(second);
    if (other === before || (await serverProcess(connection)) !== before) {
      throw new TransactionPooler(
        "The lock that keeps two runs of migrations apart would not hold. Set DIRECT_URL to the server itself.",
      );
    }
  } finally {
    await second.close();
  }
}

async function serverProcess(connection: Connection): Promise<unknown> {
  const { rows } = await connection.query("select pg_backend_pid()");
  return rows[0]?.[0];
}
