import type { Journal } from "../migrations/runner/journal.ts";
import type { ScriptDirectory } from "../migrations/script/script-directory.ts";

/** A journal as `--json` shows it: what does not fit, and null for what is not there. */
export function withoutEntries({ edited, unfinished }: Journal): object {
  return {
    edited: edited.map(({ revision, file, appliedAt }) => ({ revision, file, appliedAt })),
    unfinished:
      unfinished === undefined
        ? null
        : {
            revision: unfinished.revision,
            direction: unfinished.direction,
            stepsDone: unfinished.stepsDone,
            startedAt: unfinished.startedAt,
          },
  };
}

/** What to do where the database is not what the models describe. */
export const FOLLOW_MODELS =
  'Where the models are right, write a revision: hypertroq revision --autogenerate -m "what it does"';

/** What to do about a revision that was broken off. */
export function describeUnfinished({ revision, direction, stepsDone }: NonNullable<Journal["unfinished"]>): string {
  const done = stepsDone === 0 ? "in its first step" : `after ${stepsDone} of its steps`;
  return (
    `The ${direction} of ${revision} was broken off ${done}, and the database is between two ` +
    `revisions. Run the same ${direction} again to go on.`
  );
}

/** The rows that should not be there, because another row's revision follows or depends on theirs; why, and what to do. */
export function describeOverlaps({ graph }: ScriptDirectory, rows: readonly string[]): readonly string[] {
  return rows.flatMap((row) => {
    const above = rows.find((other) => other !== row && graph.applied([other]).includes(row));
    if (above === undefined) return [];
    return [
      `alembic_version has a row too many: ${row}, which ${above} needs and so stands for. Say what is applied: ` +
        "hypertroq stamp --purge REV",
    ];
  });
}

/** The heads that are not applied; what is unknown is left out. */
export function missingHeads({ graph }: ScriptDirectory, rows: readonly string[]): readonly string[] {
  const applied = new Set(graph.applied(rows.filter((id) => graph.has(id))));
  return graph.heads.filter((head) => !applied.has(head));
}

/**
 * The newest applied revision of each branch (Alembic, `get_all_current`): the version table leaves out those that an
 * applied revision of another branch depends on.
 */
export function branchHeads({ graph }: ScriptDirectory, rows: readonly string[]): readonly string[] {
  const applied = new Set(graph.applied(rows));
  return graph.order
    .filter((id) => applied.has(id) && !graph.children(id).some((child) => applied.has(child)))
    .reverse();
}
