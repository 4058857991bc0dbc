import type { ScriptDirectory } from "../script/script-directory.ts";
import { type LogEntry, lastOfEach, unfinished } from "./log-table.ts";

/** What was done to a database, and what of it does not fit the files any more. */
export interface Journal {
  /** Oldest first; empty where nothing was done by this runner. */
  readonly entries: readonly LogEntry[];
  readonly edited: readonly EditedRevision[];
  /** The revision that was broken off in the middle; undefined: none. */
  readonly unfinished: Pick<LogEntry, "revision" | "direction" | "stepsDone" | "startedAt"> | undefined;
}

/** A revision whose file is not the one that was applied. */
export interface EditedRevision {
  readonly revision: string;
  readonly file: string;
  readonly appliedAt: Date;
  readonly message: string;
}

export function journal(script: ScriptDirectory, rows: readonly string[], log: readonly LogEntry[]): Journal {
  return { entries: log, edited: editedSince(script, rows, log), unfinished: unfinished(log) };
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
    const { file, checksum: now } = script.get(revision);
    if (now === checksum) return [];
    const appliedAt = finishedAt!;
    return [
      {
        revision,
        file,
        appliedAt,
        message:
          `${file} was edited after it was applied (${appliedAt.toISOString()}): the database may not be what it says. Put ` +
          "it back, and make the change in a new revision.",
      },
    ];
  });
}
