import type { Connection } from "../../connection/connection.ts";
import { CommitOutcomeUnknown, ConnectionLost } from "../../errors.ts";
import { MigrationFailed, VersionRowsChanged } from "../errors.ts";
import { record } from "../operations/record.ts";
import type { RecordedStep } from "../operations/step.ts";
import type { Revision } from "../script/revision.ts";
import type { Step } from "../script/revision-graph.ts";
import { createVersionTable, writeVersionRows } from "./version-table.ts";

/**
 * Applies or reverts one revision: its operations and its version row in one transaction, so that a process killed at
 * any moment leaves the database either before or after it.
 *
 * @param signal aborting it cancels the statement under way and rolls the revision back; a commit is never cancelled.
 * @throws {MigrationFailed} when an operation fails. @throws {VersionRowsChanged}
 * @throws {CommitOutcomeUnknown} when the connection dies while committing; the version row tells how it went.
 */
export async function applyRevision(
  connection: Connection,
  { revision, direction, step, withTable }: Work,
  signal?: AbortSignal,
): Promise<void> {
  const facts = { revision: revision.id, file: revision.file, direction };
  let steps: readonly RecordedStep[];
  try {
    steps = record(revision[direction]);
  } catch (error) {
    throw new MigrationFailed(facts, asError(error));
  }
  let statement: string | undefined;
  try {
    await inTransaction(connection, async () => {
      for (const recorded of steps) {
        if (recorded.kind !== "sql") continue;
        const { text, values } = recorded.statement;
        statement = text;
        await connection.query(text, values, signal);
      }
      statement = undefined;
      signal?.throwIfAborted();
      if (withTable) await createVersionTable(connection);
      await writeVersionRows(connection, step);
    });
  } catch (error) {
    // What comes without a statement comes from the version table or, by a deferred constraint, from the commit.
    if (error instanceof CommitOutcomeUnknown || error instanceof VersionRowsChanged || signal?.aborted) throw error;
    throw new MigrationFailed({ ...facts, statement }, asError(error));
  }
}

export interface Work {
  readonly revision: Revision;
  readonly direction: "upgrade" | "downgrade";
  readonly step: Step;
  /** Whether the version table has to be made with this step. */
  readonly withTable: boolean;
}

/** Runs `work` between BEGIN and COMMIT; rolls back and rethrows when it throws. */
export async function inTransaction(connection: Connection, work: () => Promise<void>): Promise<void> {
  await connection.query("begin");
  try {
    await work();
  } catch (error) {
    // Where even this fails the connection is dead, and the server rolls back.
    await connection.query("rollback").catch(() => {});
    throw error;
  }
  try {
    await connection.query("commit");
  } catch (error) {
    if (!(error instanceof ConnectionLost)) throw error;
    throw new CommitOutcomeUnknown(
      "The connection was lost while a revision was being committed. It is either wholly applied or not at all; " +
        "hypertroq current tells.",
      { cause: error },
    );
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
