import type { Connection } from "../../connection/connection.ts";
import { StatementFailed } from "../../errors.ts";
import { StepRefused } from "../scratch/prove.ts";

/**
 * Runs `work` in a transaction that is rolled back. It may write, also where a session is read-only by default.
 *
 * @returns undefined: PostgreSQL has refused something.
 * @throws {ConnectionLost} and what `work` throws besides.
 */
export async function rolledBack<T>(
  connection: Connection,
  work: () => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  try {
    await connection.query("begin read write");
    return await work();
  } catch (error) {
    signal?.throwIfAborted();
    const refusal = error instanceof StepRefused ? error.cause : error;
    if (refusal instanceof StatementFailed) return undefined;
    throw error;
  } finally {
    await connection.query("rollback").catch(() => {}); // the connection is dead where even this fails
  }
}
