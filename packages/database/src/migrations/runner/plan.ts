import { MigrationFailed, StepOutsideTransaction } from "../errors.ts";
import { inline } from "../operations/literal.ts";
import { record } from "../operations/record.ts";
import type { Loss, RecordedStep } from "../operations/step.ts";
import type { Revision } from "../script/revision.ts";
import type { Step } from "../script/revision-graph.ts";
import type { ScriptDirectory } from "../script/script-directory.ts";

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
    throw new MigrationFailed({ revision: revision.id, file: revision.file, direction, wasRun: false }, cause);
  }
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
export function describePlan(
  direction: "upgrade" | "downgrade",
  planned: readonly PlannedRevision[],
  warnings: readonly string[],
): MigrationPlan {
  return {
    direction,
    revisions: planned.map(({ revision, step, steps, isStepwise }) => ({
      revision: revision.id,
      message: revision.message,
      file: revision.file,
      rowsBefore: step.rowsBefore,
      rowsAfter: step.rowsAfter,
      transaction: !isStepwise,
      steps: steps.map((recorded) => ({
        title: recorded.title,
        sql: recorded.kind === "sql" ? inline(recorded.statement) : null,
      })),
      losses: steps.flatMap(({ losses }) => losses),
    })),
    warnings,
  };
}
