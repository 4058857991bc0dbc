import type { Revision } from "../migrations/script/revision.ts";
import type { ScriptDirectory } from "../migrations/script/script-directory.ts";
import { paint } from "./print.ts";

/** What is said of a revision besides its id. */
export interface Marks {
  /** The revisions to mark as those that the database is at. */
  readonly current?: readonly string[];
  /** Whether the labels of its branch are shown; default true. */
  readonly labels?: boolean;
  /** Whether branch points and merge points are marked; default true. */
  readonly points?: boolean;
}

/** `ddef93c02177 (billing) (head) (current)`, by Alembic's words. A head that another revision depends on is an effective one. */
export function title(id: string, script: ScriptDirectory, marks: Marks = {}): string {
  const { graph } = script;
  if (!graph.has(id)) return paint("yellow", id);
  const { current = [], labels = true, points = true } = marks;
  const names = labels ? graph.branchLabelsOf(id) : [];
  const words = [
    graph.realHeads.includes(id) ? "head" : graph.heads.includes(id) ? "effective head" : "",
    current.includes(id) ? "current" : "",
    points && graph.isBranchPoint(id) ? "branchpoint" : "",
    points && graph.isMergePoint(id) ? "mergepoint" : "",
  ];
  return (
    paint("yellow", id) +
    (names.length === 0 ? "" : paint("green", ` (${names.join(", ")})`)) +
    paint("cyan", words.map((word) => (word === "" ? "" : ` (${word})`)).join(""))
  );
}

/** `<base> -> ddef93c02177 (head), Initial migration` */
export function line(revision: Revision, script: ScriptDirectory, marks?: Marks): string {
  const needs = revision.dependsOn.length === 0 ? "" : ` (${revision.dependsOn.join(", ")})`;
  return `${below(revision)}${needs} -> ${title(revision.id, script, marks)}, ${revision.message}`;
}

/** Several lines with all that is known of a revision; the last is empty. */
export function block(revision: Revision, script: ScriptDirectory, marks?: Marks): string {
  const { graph } = script;
  const optional = (name: string, values: readonly string[]): readonly string[] =>
    values.length === 0 ? [] : [`${name}: ${values.join(", ")}`];
  return [
    `Rev: ${title(revision.id, script, { ...marks, labels: false })}`,
    `${graph.isMergePoint(revision.id) ? "Merges" : "Parent"}: ${below(revision)}`,
    ...optional("Also depends on", revision.dependsOn),
    ...optional("Branches into", graph.isBranchPoint(revision.id) ? graph.children(revision.id) : []),
    ...optional("Branch names", graph.branchLabelsOf(revision.id)),
    `Path: ${revision.file}`,
    `Created: ${revision.createdAt}`,
    "",
    `    ${revision.message}`,
    "",
  ].join("\n");
}

/** A revision as `--json` shows it, by the names that its file uses. */
export function json(revision: Revision, script: ScriptDirectory, { current }: Marks = {}): object {
  const { id, down, labels, dependsOn, message, createdAt, file } = revision;
  const { graph } = script;
  return {
    revision: id,
    downRevision: down.length > 1 ? down : (down[0] ?? null),
    branchLabels: labels,
    dependsOn,
    message,
    createdAt,
    file,
    head: graph.heads.includes(id),
    effectiveHead: graph.heads.includes(id) && !graph.realHeads.includes(id),
    branchPoint: graph.isBranchPoint(id),
    mergePoint: graph.isMergePoint(id),
    ...(current === undefined ? {} : { current: current.includes(id) }),
  };
}

/** For the help of the verbs that print revisions with `--json`. */
export const JSON_SHAPE =
  "{ revision, downRevision, branchLabels, dependsOn, message, createdAt, file, head, effectiveHead, branchPoint, mergePoint }";

function below({ down }: Revision): string {
  return down.join(", ") || "<base>";
}
