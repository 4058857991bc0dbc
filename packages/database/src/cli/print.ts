import { styleText } from "node:util";
import type { Revision } from "../migrations/script/revision.ts";
import type { ScriptDirectory } from "../migrations/script/script-directory.ts";

type Style = Parameters<typeof styleText>[0];

/** Coloured for standard output: only on a terminal, and not where NO_COLOR is set. */
const paint = (style: Style, text: string): string => styleText(style, text, { stream: process.stdout });

export function printJson(value: unknown): void {
  console.log(JSON.stringify(value, undefined, 2));
}

/** Progress and remarks; standard output is for what was asked for. */
export function say(text: string): void {
  console.error(text);
}

/** Which revisions to mark, besides the heads. */
export interface Marks {
  readonly current?: readonly string[];
}

/** `ddef93c02177 (head)` */
export function title(id: string, script: ScriptDirectory, { current = [] }: Marks = {}): string {
  const marks = [
    script.graph.heads.includes(id) ? " (head)" : "",
    script.graph.children(id).length > 1 ? " (branchpoint)" : "",
    script.graph.has(id) && script.get(id).down.length > 1 ? " (mergepoint)" : "",
    current.includes(id) ? " (current)" : "",
  ];
  return paint("yellow", id) + paint("cyan", marks.join(""));
}

/** `<base> -> ddef93c02177 (head), Initial migration` */
export function line(revision: Revision, script: ScriptDirectory, marks?: Marks): string {
  return `${parents(revision)} -> ${title(revision.id, script, marks)}, ${revision.message}`;
}

/** Several lines with all that is known of a revision. */
export function block(revision: Revision, script: ScriptDirectory, marks?: Marks): string {
  return [
    `Rev: ${title(revision.id, script, marks)}`,
    `Parent: ${parents(revision)}`,
    `Path: ${revision.file}`,
    `Created: ${revision.createdAt}`,
    "",
    `    ${revision.message}`,
    "",
  ].join("\n");
}

/** A revision as `--json` shows it, by the names that its file uses. */
export function json(revision: Revision, script: ScriptDirectory, { current }: Marks = {}): object {
  const { id, down, message, createdAt, file } = revision;
  return {
    revision: id,
    downRevision: down.length > 1 ? down : (down[0] ?? null),
    message,
    createdAt,
    file,
    head: script.graph.heads.includes(id),
    ...(current === undefined ? {} : { current: current.includes(id) }),
  };
}

function parents({ down }: Revision): string {
  return down.join(", ") || "<base>";
}
