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

/** What to do about a revision that was broken off. */
export function describeUnfinished({ revision, direction, stepsDone }: NonNullable<Journal["unfinished"]>): string {
  return (
    `The ${direction} of ${revision} was broken off after ${stepsDone} of its steps, and the database is between two ` +
    `revisions. Run the same ${direction} again to go on.`
  );
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
