import type { Connection } from "../connection/connection.ts";
import type { Result, Step } from "../connection/flight.ts";
import { encodeParameters } from "../connection/parameters.ts";
import { setConfig } from "../connection/set-config.ts";

/** What a look may take. */
export interface LookLimits {
  /** Seconds for each statement. */
  readonly statementTimeout: number;
  /** Seconds that it may wait for a lock. */
  readonly lockTimeout: number;
  /** Further settings, by name. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** What undoes a step that the end of the transaction does not. */
  readonly undo?: Step | undefined;
}

/**
 * Runs steps in a transaction that only reads, in one round trip. All settings are the transaction's, because behind a
 * pooler the session is somebody else's afterwards. It commits, because the server counts rollbacks.
 *
 * @throws what made a step fail.
 */
export async function readOnly(
  connection: Connection,
  steps: readonly Step[],
  { statementTimeout, lockTimeout, settings = {}, undo }: LookLimits,
  signal?: AbortSignal,
): Promise<readonly Result[]> {
  const all = Object.entries({
    statement_timeout: `${statementTimeout * 1000}`,
    lock_timeout: `${lockTimeout * 1000}`,
    ...settings,
  });
  const opening: readonly Step[] = [
    plain("begin read only"),
    {
      text: `select ${all.map(([name], i) => setConfig(name, `$${i + 1}`, "true")).join(", ")}`,
      values: encodeParameters(all.map(([, value]) => value)),
    },
    plain("savepoint look"),
  ];
  const undone = undo === undefined ? [] : [undo];
  const { results, failure } = await connection.fly([...opening, ...steps, ...undone, plain("commit")], signal);
  if (failure === undefined) return results.slice(opening.length, opening.length + steps.length);
  if (!connection.isLost) await connection.fly([plain("rollback to savepoint look"), ...undone]);
  if (connection.inTransaction) await connection.fly([plain("rollback")]);
  throw failure;
}

function plain(text: string): Step {
  return { text, values: [] };
}
