import { DatabaseError, setFacts } from "../../database-error.ts";
import { ConnectionLost, NotNullViolation, type StatementFailed } from "../../errors.ts";
import type { CountedLoss } from "../runner/consent.ts";

/** The version table names revisions of which there is no file: the database is newer than this code, or not its own. */
export class DatabaseNewerThanCode extends DatabaseError {
  readonly code = "DATABASE_NEWER_THAN_CODE";
  /** The ids without a file. */
  readonly unknown: readonly string[];
  readonly heads: readonly string[];

  constructor(unknown: readonly string[], heads: readonly string[]) {
    super(
      `The database is at ${unknown.join(", ")}, which this code does not have (its newest revision is ` +
        `${heads.join(", ") || "none"}): the database is newer than the code, or belongs to other code. ` +
        "Deploy the code that has this revision, or bring back its file. Where that is lost for good, say which revision of " +
        "this code the schema answers to: hypertroq stamp --purge REV. That runs nothing: what the lost one changed stays " +
        "in the schema, and hypertroq check tells it.",
    );
    this.unknown = unknown;
    this.heads = heads;
  }
}

/** Characters of a statement that a message repeats; the error's field has it whole. */
const SHOWN = 500;

/** What is known of a revision that failed. */
export interface FailedRevision {
  readonly revision: string;
  readonly file: string;
  readonly direction: "upgrade" | "downgrade";
  /** The SQL that the server refused; absent when the revision's own code threw, or the commit failed. */
  readonly statement?: string | undefined;
  /** The operation that failed: `createIndex ix_users_email`. Absent like the statement. */
  readonly step?: string | undefined;
  /** Of a revision that runs step by step: how many of its steps are done and stay. */
  readonly stepsDone?: number | undefined;
  readonly steps?: number | undefined;
  /** False: it failed in saying what it does, before anything was run. */
  readonly wasRun?: false | undefined;
}

/**
 * A revision could not be applied or reverted. One that is a transaction was rolled back whole; of one that runs step by
 * step the steps before stay, and the next run goes on behind them.
 */
export class MigrationFailed extends DatabaseError implements FailedRevision {
  readonly code = "MIGRATION_FAILED";
  declare readonly revision: string;
  declare readonly file: string;
  declare readonly direction: "upgrade" | "downgrade";
  declare readonly statement?: string;
  declare readonly step?: string;
  declare readonly stepsDone?: number;
  declare readonly steps?: number;
  declare readonly wasRun?: false;

  constructor(facts: FailedRevision, cause: Error) {
    const { statement: text = "" } = facts;
    const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)} …` : text;
    const statement = text === "" ? "" : `\n  in: ${shown}`;
    const step = facts.step === undefined ? "" : `\n  operation: ${facts.step}`;
    super(
      `The ${facts.direction} of ${facts.revision} failed${outcome(facts)}: ${cause.message}\n` +
        `  file: ${facts.file}${step}${statement}\n${nextStep(cause)}`,
      { cause },
    );
    setFacts(this, facts);
  }
}

/** What to do about what stopped a revision. */
function nextStep(cause: Error): string {
  if (cause instanceof ConnectionLost) return "Nothing has to be corrected: run the same command again.";
  const what =
    cause instanceof NotNullViolation
      ? "There are rows without a value: fill them before this operation, or give the column a default"
      : "Correct the file, or what it found in the database";
  return `${what}, and run the same command again.`;
}

function outcome({ stepsDone, steps, wasRun }: FailedRevision): string {
  if (wasRun === false) return " before anything was run";
  if (stepsDone === undefined) return " and was rolled back";
  return ` at step ${stepsDone + 1} of ${steps}; what was done before stays, and the same command goes on from there`;
}

/** The server is of a version that does not know yet what an operation or a model asks for. */
export class ServerTooOld extends DatabaseError {
  readonly code = "SERVER_TOO_OLD";
  /** What it does not know: `NULLS NOT DISTINCT`. */
  readonly what: string;
  /** The major version that knows it, and the server's. */
  readonly needed: number;
  readonly version: number;

  constructor(what: string, needed: number, version: number, cause: Error) {
    super(
      `${what} needs PostgreSQL ${needed} or newer, and this server is ${version}: do without it, or use a newer one.`,
      {
        cause,
      },
    );
    this.what = what;
    this.needed = needed;
    this.version = version;
  }
}

/** The run was aborted. */
export class MigrationInterrupted extends DatabaseError {
  readonly code = "MIGRATION_INTERRUPTED";
  /** Revisions done before the interruption, in order. */
  readonly done: readonly string[];
  /** The revision that runs step by step and is half done; undefined: nothing is. */
  readonly unfinished: string | undefined;

  constructor(done: readonly string[], unfinished?: string) {
    const half =
      unfinished === undefined ? "nothing is half done" : `${unfinished} is half done, and will be gone on with`;
    super(
      `Interrupted after ${done.length === 0 ? "no revision" : done.join(", ")}; ${half}. Run the same command again to go on.`,
    );
    this.done = done;
    this.unfinished = unfinished;
  }
}

/** The version table was changed by somebody else under our lock; the revision was rolled back. */
export class VersionRowsChanged extends DatabaseError {
  readonly code = "VERSION_ROWS_CHANGED";
  readonly revision: string;

  constructor(revision: string, hit: number) {
    super(
      `The row ${revision} of alembic_version should have been there once and was ${hit} times: another program changed ` +
        "the table meanwhile. Nothing was changed; look with: hypertroq current",
    );
    this.revision = revision;
  }
}

/** What one revision would destroy. */
export interface RevisionLosses {
  readonly revision: string;
  /** With the number of rows that hold it. */
  readonly losses: readonly CountedLoss[];
}

/** Revisions would destroy data, and nobody has agreed to that. They were not run; what was done before stays. */
export class ConsentNeeded extends DatabaseError {
  readonly code = "CONSENT_NEEDED";
  readonly revisions: readonly RevisionLosses[];

  constructor(revisions: readonly RevisionLosses[]) {
    const all = revisions.flatMap(({ losses }) => losses);
    const lines = revisions.flatMap(({ revision, losses }) =>
      losses.map(({ object, reason, rows }) => {
        const held = rows === undefined ? "" : ` (${countOf(rows)})`;
        return `\n  ${object}: ${revision} ${reason}${held}`;
      }),
    );
    const flags = [...new Set(all.map(({ object }) => `--allow-drop ${object}`))].join(" ");
    const [first] = revisions;
    const names = first?.losses.map(({ object }) => `"${object}"`).join(", ");
    super(
      `Data would be destroyed, so nothing more was run:${lines.join("")}\nIf that is meant, say so: ${flags}. A revision can ` +
        `also say it itself, as ${first?.revision}: export const allowDrop = [${names}];`,
    );
    this.revisions = revisions;
  }
}

/** As many rows as were counted. */
export function countOf(rows: number): string {
  if (rows > 10_000) return "more than 10,000 rows";
  return rows === 1 ? "1 row" : `${rows.toLocaleString("en")} rows`;
}

/** `expectOne` was asked for, and the way to the target is another number of revisions. Nothing was run. */
export class ExpectedOneRevision extends DatabaseError {
  readonly code = "EXPECTED_ONE_REVISION";
  readonly revisions: readonly string[];

  constructor(revisions: readonly string[]) {
    super(
      revisions.length === 0
        ? "Exactly one revision was expected, and there is none to run: the database is there already."
        : `Exactly one revision was expected, and ${revisions.length} would be run: ${revisions.join(", ")}. Nothing was run.`,
    );
    this.revisions = revisions;
  }
}

/** A revision that runs step by step was broken off, and must be finished before anything else is run. */
export class RevisionUnfinished extends DatabaseError {
  readonly code = "REVISION_UNFINISHED";
  readonly revision: string;
  readonly direction: string;
  readonly stepsDone: number;

  constructor({ revision, direction, stepsDone }: { revision: string; direction: string; stepsDone: number }) {
    const done = stepsDone === 0 ? "in its first step" : `after ${stepsDone} of its steps, which are done and stay`;
    super(
      `The ${direction} of ${revision} was broken off ${done}. Finish it first: ` +
        `hypertroq ${direction} ${direction === "upgrade" ? revision : "with the target it was begun with"}. To give it up, bring ` +
        "the database by hand to a revision and say which: hypertroq stamp REV",
    );
    this.revision = revision;
    this.direction = direction;
    this.stepsDone = stepsDone;
  }
}

/** A revision was broken off, and what of it is done has since been changed in its file. */
export class UnfinishedRevisionEdited extends DatabaseError {
  readonly code = "UNFINISHED_REVISION_EDITED";
  readonly revision: string;
  readonly file: string;
  readonly stepsDone: number;

  constructor(revision: string, file: string, stepsDone: number) {
    super(
      `${file} was edited after ${revision} had been broken off, and what is done of it is not the same any more: its first ` +
        `${stepsDone} steps, or what the data migration after them walks. Only what comes behind can be changed. Bring the ` +
        "rest back as it was, and run the command again.",
    );
    this.revision = revision;
    this.file = file;
    this.stepsDone = stepsDone;
  }
}

/** A revision says that it runs in one transaction, and has a step that PostgreSQL runs in none. */
export class StepOutsideTransaction extends DatabaseError {
  readonly code = "STEP_OUTSIDE_TRANSACTION";
  readonly revision: string;
  readonly step: string;

  constructor(revision: string, file: string, step: string) {
    super(
      `${file} says transaction = true, but PostgreSQL runs no transaction around ${step}. Say transaction = false, or move ` +
        "the step to a revision of its own.",
    );
    this.revision = revision;
    this.step = step;
  }
}

/** The role that revisions are to run as does not exist, or the one that connects is no member of it. */
export class RoleUnavailable extends DatabaseError {
  readonly code = "ROLE_UNAVAILABLE";
  readonly role: string;

  constructor(role: string, cause: StatementFailed) {
    const reason =
      cause.sqlState === "42501"
        ? "the role that connects is no member of it (GRANT)"
        : "the server knows no such role";
    super(`Revisions are to run as the role ${role} (migrations.role), but ${reason}.`, { cause });
    this.role = role;
  }
}

/** A statement had failed and its error was caught, so that COMMIT was answered with ROLLBACK. */
export class SwallowedFailure extends DatabaseError {
  readonly code = "SWALLOWED_FAILURE";

  constructor() {
    super(
      "A statement had failed and its error was caught, so the server rolled back instead of committing. Let errors through; " +
        "whether something will fail can be asked beforehand.",
    );
  }
}

/** An offline script was asked for without saying where it begins or where it leads to. */
export class OfflineRangeNeeded extends DatabaseError {
  readonly code = "OFFLINE_RANGE_NEEDED";
  readonly range: string;

  constructor(range: string, direction: string) {
    super(
      `"${range}" does not say from where to where the script is to lead; without a database it has to: ` +
        `hypertroq ${direction} FROM:TO --sql, each a revision or base${direction === "downgrade" ? "" : "; TO alone begins at base"}.`,
    );
    this.range = range;
  }
}

/** What an offline script cannot hold. */
export class OfflineImpossible extends DatabaseError {
  readonly code = "OFFLINE_IMPOSSIBLE";
  readonly revision: string;

  constructor(revision: string, file: string, title: string) {
    super(
      `${title} in ${file} asks the database what to do, so there is no script of it. Run the revision itself: hypertroq upgrade ` +
        `${revision}`,
    );
    this.revision = revision;
  }
}

/** An index of this name is being built by somebody else. */
export class IndexInProgress extends DatabaseError {
  readonly code = "INDEX_IN_PROGRESS";
  readonly index: string;
  /** The server process that builds it. */
  readonly processId: number;

  constructor(index: string, processId: number) {
    super(
      `The index ${index} is being built just now by server process ${processId}. Run the command again when that has ended.`,
    );
    this.index = index;
    this.processId = processId;
  }
}
