import type { PoolOptions } from "./options.ts";
import { type Poolable, within } from "./poolable.ts";

/** Whether a returned connection has something left open on it. */
export function needsReset<C extends Poolable>(connection: C, { hooks, resetOnReturn }: PoolOptions<C>): boolean {
  if (connection.isLost) return false;
  return connection.isBusy || (connection.inTransaction && resetOnReturn !== "none") || hooks.reset !== undefined;
}

/**
 * Ends what is left open on a returned connection: waits for what still runs, then rolls the transaction back, or commits
 * it. Each may take `patience` seconds; then the connection is destroyed, and so lost.
 *
 * @throws what made it fail; the connection must not be lent again then.
 */
export async function reset<C extends Poolable>(connection: C, options: PoolOptions<C>): Promise<void> {
  const { hooks, resetOnReturn, patience } = options;
  if (connection.isBusy) await within(patience, connection, connection.whenIdle());
  if (connection.isLost) return;
  if (hooks.reset !== undefined) await within(patience, connection, hooks.reset(connection));
  if (resetOnReturn === "none" || !connection.inTransaction) return;
  await within(patience, connection, connection.query(resetOnReturn));
  if (connection.inTransaction) throw new Error(`The transaction is still open after ${resetOnReturn}.`);
}
