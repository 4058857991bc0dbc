import { MigrationFailed, RevisionUnfinished, StepOutsideTransaction, UnfinishedRevisionEdited } from "../errors.ts";
import { inline } from "../operations/literal.ts";
import { record } from "../operations/record.ts";
import type { Loss, RecordedStep } from "../operations/step.ts";
import type { Revision } from "../script/revision.ts";
import type { Step, Targets } from "../script/revision-graph.ts";
import type { ScriptDirectory } from "../script/script-directory.ts";
import { isOpen } from "./journal.ts";
import { type LogEntry, stepDigest, unfinished } from "./log-table.ts";

/** A revision and what it would do. */
export interface PlannedRevision {
  readonly revision: Revision;
  readonly step: Step;
  readonly steps: readonly RecordedStep[];
  /** Whether it runs step by step; otherwise it is one transaction. */
  readonly isStepwise: boolean;
}

/**
 * Records what the revisions of a plan would do, before any of them is run.
 *
 * @throws {MigrationFailed} when one cannot be recorded. @throws {StepOutsideTransaction}
 */
export function recordAll(
  script: ScriptDirectory,
  direction: "upgrade" | "downgrade",
  plan: readonly Step[],
): readonly PlannedRevision[] {
  return plan.map((step) => {
    const revision = script.get(step.revision);
    const steps = recordOne(revision, direction);
    const outside = steps.find(
      ({ kind, ...rest }) => kind === "sql" && "recovery" in rest && rest.recovery !== undefined,
    );
    if (outside !== undefined && revision.transaction === true) {
      throw new StepOutsideTransaction(revision.id, revision.file, outside.title);
    }
    return { revision, step, steps, isStepwise: revision.transaction === false || outside !== undefined };
  });
}

function recordOne(revision: Revision, direction: "upgrade" | "downgrade"): readonly RecordedStep[] {
  try {
    return record(revision[direction]);
  } catch (error) {
    const cause = error instanceof Error ? error : new Error(String(error));
    const file = direction === "upgrade" ? revision.file : revision.downgradeFile;
    throw new MigrationFailed({ revision: revision.id, file, direction, wasRun: false }, cause);
  }
}

/** What is to be done, as the database says where it is. */
export interface Prepared {
  readonly direction: "upgrade" | "downgrade";
  readonly steps: readonly Step[];
  readonly planned: readonly PlannedRevision[];
  /** What an earlier run has left half done: of the first revision. */
  readonly broken: LogEntry | undefined;
  /** Whether something was left half done that somebody else has finished since. */
  readonly outrun: boolean;
  readonly warnings: readonly string[];
}

/**
 * Plans a run, and refuses what cannot be run.
 *
 * @throws {RevisionUnfinished} @throws {UnfinishedRevisionEdited} when an earlier run was broken off, and what
 *   `RevisionGraph.plan` and {@link recordAll} throw.
 */
export function prepare(
  script: ScriptDirectory,
  direction: "upgrade" | "downgrade",
  targets: Targets,
  rows: readonly string[],
  log: readonly LogEntry[],
): Prepared {
  const { steps, warnings } = script.graph.plan(direction, targets, rows);
  const left = unfinished(log);
  const broken = left !== undefined && isOpen(script, rows, left) ? left : undefined;
  if (broken !== undefined && (broken.direction !== direction || broken.revision !== steps[0]?.revision)) {
    throw new RevisionUnfinished(broken);
  }
  const planned = recordAll(script, direction, steps);
  const [first] = planned;
  if (broken !== undefined && first !== undefined && !isAsBegun(first.steps, broken)) {
    throw new UnfinishedRevisionEdited(first.revision.id, first.revision.file, broken.stepsDone);
  }
  return { direction, steps, planned, broken, outrun: left !== broken, warnings };
}

/** Whether the steps that are done, and the data migration under way, are still those of the file. */
function isAsBegun(steps: readonly RecordedStep[], { stepsDone, stepsDigest, position }: LogEntry): boolean {
  const done = steps.slice(0, stepsDone);
  const next = steps[stepsDone];
  const digest = done.reduce<string | undefined>(stepDigest, undefined);
  const isSameData = position === undefined || (next?.kind === "data" && next.title === position.title);
  return done.length === stepsDone && digest === stepsDigest && isSameData;
}

/** What a run would do; it is what `--dry-run` prints. */
export interface MigrationPlan {
  readonly direction: "upgrade" | "downgrade";
  readonly revisions: readonly {
    readonly revision: string;
    readonly message: string;
    readonly file: string;
    readonly rowsBefore: readonly string[];
    readonly rowsAfter: readonly string[];
    /** Whether it is one transaction; otherwise it runs step by step. */
    readonly transaction: boolean;
    /** How many of its steps an earlier run has done; they are not among these. */
    readonly stepsDone: number;
    readonly steps: readonly {
      readonly title: string;
      /** The SQL, with values in it; null for a data migration, which asks the database what to do. */
      readonly sql: string | null;
    }[];
    /** What would be destroyed, where there is something. */
    readonly losses: readonly Loss[];
  }[];
  /** See `RevisionGraph.plan`. */
  readonly warnings: readonly string[];
}

/** A plan as it is shown. */
export function describePlan({ direction, planned, broken, warnings }: Prepared): MigrationPlan {
  return {
    direction,
    revisions: planned.map(({ revision, step, steps, isStepwise }) => {
      const stepsDone = revision.id === broken?.revision ? broken.stepsDone : 0;
      const left = steps.slice(stepsDone);
      return {
        revision: revision.id,
        message: revision.message,
        file: revision.file,
        rowsBefore: step.rowsBefore,
        rowsAfter: step.rowsAfter,
        transaction: !isStepwise && stepsDone === 0,
        stepsDone,
        steps: left.map((recorded) => ({
          title: recorded.title,
          sql: recorded.kind === "sql" ? inline(recorded.statement) : null,
        })),
        losses: left.flatMap(({ losses }) => losses.filter(({ unlikely }) => !unlikely)),
      };
    }),
    warnings,
  };
}
