import { isReplaced } from "../script/replaces.ts";
import type { ScriptDirectory } from "../script/script-directory.ts";
import { type LogEntry, lastOfEach, unfinished } from "./log-table.ts";

/** Where a database stands, what was done to it, and what of it does not fit the files any more. */
export interface Journal {
  readonly status: MigrationStatus;
  /** Oldest first; empty where nothing was done by this runner. */
  readonly entries: readonly LogEntry[];
  readonly edited: readonly EditedRevision[];
  /** The revision that was broken off in the middle; undefined: none. */
  readonly unfinished: Pick<LogEntry, "revision" | "direction" | "stepsDone" | "startedAt"> | undefined;
}

/** Where a database stands against the revision files. */
export interface MigrationStatus {
  /** The version table's rows; empty when there is no table. */
  readonly current: readonly string[];
  /** The rows that a database has when everything is applied. */
  readonly heads: readonly string[];
  /** Whether everything is applied and nothing is unknown. */
  readonly atHead: boolean;
  /** Rows of which there is no revision file: the database is newer than the code. */
  readonly unknown: readonly string[];
}

/** A revision whose file is not the one that was applied. */
export interface EditedRevision {
  readonly revision: string;
  readonly file: string;
  readonly appliedAt: Date;
  readonly message: string;
}

export function statusOf({ graph }: ScriptDirectory, current: readonly string[]): MigrationStatus {
  const { realHeads: heads } = graph;
  const atHead = current.length === heads.length && heads.every((head) => current.includes(head));
  return { current, heads, atHead, unknown: graph.unknown(current) };
}

export function journal(script: ScriptDirectory, rows: readonly string[], log: readonly LogEntry[]): Journal {
  const left = unfinished(log);
  const broken = left !== undefined && isOpen(script, rows, left) ? left : undefined;
  return { status: statusOf(script, rows), entries: log, edited: editedSince(script, rows, log), unfinished: broken };
}

/** The version rows have the last word: Alembic may have gone on, or a script. */
export function isOpen(script: ScriptDirectory, rows: readonly string[], { revision, direction }: LogEntry): boolean {
  const applied = script.graph.applied(rows.filter((row) => script.graph.has(row)));
  return applied.includes(revision) === (direction === "downgrade");
}

/** Of the applied revisions those whose file has another checksum than when it was applied. */
export function editedSince(
  script: ScriptDirectory,
  rows: readonly string[],
  log: readonly LogEntry[],
): readonly EditedRevision[] {
  const { graph } = script;
  const applied = new Set(graph.applied(rows.filter((row) => graph.has(row))));
  return [...lastOfEach(log).values()].flatMap(({ revision, direction, checksum, finishedAt }) => {
    if (direction === "downgrade" || checksum === undefined || !applied.has(revision)) return [];
    const now = script.get(revision);
    const { file } = now;
    if (now.checksum === checksum || isReplaced(now, revision, checksum)) return [];
    const appliedAt = finishedAt!;
    return [
      {
        revision,
        file,
        appliedAt,
        message:
          `${file} was edited after it was applied (${appliedAt.toISOString()}): the database may not be what it says. Put ` +
          "it back, and make the change in a new revision; if it changes nothing that counts: hypertroq check --accept",
      },
    ];
  });
}
