import { CommitOutcomeUnknown, LockNotAvailable } from "../../errors.ts";
import { ExpectedOneRevision, MigrationInterrupted } from "../errors.ts";
import type { Step, Targets } from "../script/revision-graph.ts";
import type { ScriptDirectory } from "../script/script-directory.ts";
import { Application, type Run } from "./apply.ts";
import type { Found } from "./connections.ts";
import { requireConsent } from "./consent.ts";
import type { Move } from "./events.ts";
import { editedSince } from "./journal.ts";
import { type LogEntry, LogTable } from "./log-table.ts";
import { type PlannedRevision, prepare } from "./plan.ts";
import { inTransaction } from "./transaction.ts";

/** What one run was told, by the migrator and by its caller. */
export interface Orders
  extends Pick<Run, "lockTimeout" | "lockAttempts" | "role" | "onVersionApply" | "onEvent" | "restoreSettings"> {
  readonly signal?: AbortSignal;
  readonly expectOne?: boolean;
  readonly allowDrop?: readonly string[];
}

/**
 * Plans under the lock, asks for what would be destroyed, and runs one revision after the other. Apart from the migrator,
 * because it needs all operations, and asking where a database is needs none.
 *
 * @returns the steps done.
 * @throws what `Migrator.upgrade` names.
 */
export async function runPlan(
  script: ScriptDirectory,
  direction: "upgrade" | "downgrade",
  targets: Targets,
  { connection, rows, log }: Found,
  { signal, expectOne = false, allowDrop = [], ...orders }: Orders,
): Promise<readonly Step[]> {
  const { entries = [] } = log;
  const prepared = prepare(script, direction, targets, rows ?? [], entries);
  const { steps, planned, broken, outrun } = prepared;
  for (const message of prepared.warnings) orders.onEvent({ kind: "warning", message });
  for (const { message } of editedSince(script, rows ?? [], entries)) orders.onEvent({ kind: "warning", message });
  if (expectOne && steps.length !== 1) throw new ExpectedOneRevision(steps.map(({ revision }) => revision));
  const run: Run = {
    ...orders,
    connection,
    signal,
    allowDrop,
    log: new LogTable(connection, log.table),
    tables: { version: rows !== undefined, log: log.entries !== undefined },
  };
  if (outrun && steps.length > 0) await run.log.abandon();
  if (direction === "upgrade") await consentBeforehand(run, planned, broken);
  const done: string[] = [];
  for (const one of planned) {
    await apply(run, one, direction, done, one.revision.id === broken?.revision ? broken : undefined);
    done.push(one.revision.id);
  }
  return steps;
}

async function apply(
  run: Run,
  { revision, step, steps, isStepwise }: PlannedRevision,
  direction: "upgrade" | "downgrade",
  done: readonly string[],
  broken: LogEntry | undefined,
): Promise<void> {
  const { signal } = run;
  if (signal?.aborted) throw new MigrationInterrupted(done);
  const move: Move = { direction, revision: revision.id, parents: revision.down, message: revision.message };
  run.onEvent({ kind: "started", steps: steps.length, stepsDone: broken?.stepsDone ?? 0, ...move });
  const started = performance.now();
  // What was begun step by step is finished so, even if its file now says otherwise.
  const isPartial = isStepwise || broken !== undefined;
  const application = new Application(run, {
    revision,
    move,
    step,
    steps,
    isStepwise: isPartial,
    unfinished: broken,
  });
  try {
    await application.apply();
  } catch (error) {
    const isInterruption = signal?.aborted === true && !(error instanceof CommitOutcomeUnknown);
    throw isInterruption ? new MigrationInterrupted(done, isPartial ? revision.id : undefined) : error;
  }
  run.onEvent({ kind: "finished", milliseconds: performance.now() - started, ...move });
}

/** Asks for all revisions of a plan, as far as their tables are there, before the first of them is run. */
async function consentBeforehand(run: Run, planned: readonly PlannedRevision[], broken?: LogEntry): Promise<void> {
  const asked = planned.map(({ revision, steps }) => ({
    revision: revision.id,
    losses: steps.slice(revision.id === broken?.revision ? broken.stepsDone : 0).flatMap(({ losses }) => losses),
    allowed: [...run.allowDrop, ...revision.allowDrop],
  }));
  if (asked.every(({ losses }) => losses.length === 0)) return;
  const { connection, lockTimeout } = run;
  try {
    await inTransaction(connection, lockTimeout, () => requireConsent(connection, asked));
  } catch (error) {
    // A table that somebody has locked is asked about again before the step itself.
    if (!(error instanceof LockNotAvailable)) throw error;
  }
}
