import type { Connection } from "../../connection/connection.ts";
import { CommitOutcomeUnknown, ConnectionLost } from "../../errors.ts";
import { SwallowedFailure } from "../errors.ts";

/**
 * Runs `work` between BEGIN and COMMIT; rolls back and rethrows when it throws.
 *
 * @param lockTimeout seconds after which a statement in it stops waiting for a lock; 0: it waits as long as it takes.
 * @throws {SwallowedFailure} when a statement had failed and its error was caught.
 * @throws {CommitOutcomeUnknown} when the connection dies while committing.
 */
export async function inTransaction<T>(
  connection: Connection,
  lockTimeout: number,
  work: () => Promise<T>,
): Promise<T> {
  await connection.query("begin");
  let done: T;
  try {
    await connection.query(`set local lock_timeout = ${Math.ceil(lockTimeout * 1000)}`);
    done = await work();
  } catch (error) {
    // Where even this fails the connection is dead, and the server rolls back.
    await connection.query("rollback").catch(() => {});
    throw error;
  }
  try {
    const { command } = await connection.query("commit");
    if (command !== "COMMIT") throw new SwallowedFailure();
  } catch (error) {
    if (!(error instanceof ConnectionLost)) throw error;
    throw new CommitOutcomeUnknown(
      "The connection was lost while a revision was being committed. It is either wholly applied or not at all; " +
        "hypertroq current tells.",
      { cause: error },
    );
  }
  return done;
}
