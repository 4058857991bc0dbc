import { DatabaseError } from "../../database-error.ts";
import type { RenameCandidate } from "../diff/rename-candidates.ts";

/** A rename that was given is none that can be done. */
export class RenameInvalid extends DatabaseError {
  readonly code = "RENAME_INVALID";
  /** As it was given. */
  readonly rename: string;

  constructor(rename: string, problem: string) {
    super(`The rename ${rename} cannot be done: ${problem}.`);
    this.rename = rename;
  }
}

/** PostgreSQL refuses a statement of the SQL that describes a side of a comparison. */
export class DiffSqlFailed extends DatabaseError {
  readonly code = "DIFF_SQL_FAILED";
  /** The line in which the statement begins, from 1. */
  readonly line: number;
  /** Undefined: it was given as text. */
  readonly file: string | undefined;

  constructor(line: number, file: string | undefined, cause: Error) {
    super(`${file === undefined ? `Line ${line} of the SQL` : `${file}, line ${line}`}: ${cause.message}`, { cause });
    this.line = line;
    this.file = file;
  }
}

/** What goes and what comes may be the same with another name, and nobody has said so. Nothing was written. */
export class RenamesUndecided extends DatabaseError {
  readonly code = "RENAMES_UNDECIDED";
  /** What may be renamed: `from`, and in `to` what it may be called now. */
  readonly candidates: readonly RenameCandidate[];

  constructor(candidates: readonly RenameCandidate[]) {
    const choices = candidates.map(({ kind, from, to }) =>
      [
        `- the ${kind} ${from}:`,
        ...to.map((name) => `    --rename ${shellWord(`${from}=${name}`)}`),
        `    --not-renamed ${shellWord(from)}    it goes, and what it holds with it`,
      ].join("\n"),
    );
    super(
      `Something may have been renamed. Nothing was written. Say for each which it is, with the same command and:\n${choices.join("\n")}`,
    );
    this.candidates = candidates;
  }
}

/** As it has to be typed. */
function shellWord(text: string): string {
  return /^[\w.=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
