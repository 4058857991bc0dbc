import type { Operations } from "../../src/migrations/index.ts";
import { type LintOptions, type LintReport, lint } from "../../src/migrations/lint/lint.ts";
import { type Revision, readRevision } from "../../src/migrations/script/revision.ts";
import { RevisionGraph } from "../../src/migrations/script/revision-graph.ts";

type Up = (op: Operations) => void;

export interface Linted {
  readonly up: Up;
  readonly down?: Up;
  readonly transaction?: boolean | undefined;
}

/** Lints the last of some revisions that follow one another: `r0`, `r1`, … */
export function lintOf(all: readonly Linted[], options: Partial<LintOptions> = {}): Promise<LintReport> {
  const revisions = all.map(revisionOf);
  const graph = new RevisionGraph(revisions);
  const get = (id: string): Revision => revisions.find((revision) => revision.id === id)!;
  return lint({ script: { graph, get }, revisions: [`r${all.length - 1}`], ...options });
}

function revisionOf({ up, down = (op) => op.sql`select 1`, transaction }: Linted, index: number): Revision {
  const exported = {
    revision: `r${index}`,
    downRevision: index === 0 ? null : `r${index - 1}`,
    message: "",
    createdAt: "2026-01-01T00:00:00Z",
    branchLabels: null,
    dependsOn: null,
    upgrade: up,
    downgrade: down,
    ...(transaction === undefined ? {} : { transaction }),
  };
  return readRevision(`/app/r${index}.ts`, exported, [""]);
}

export function rulesIn({ findings }: LintReport): readonly string[] {
  return findings.map(({ rule }) => rule);
}
