import { DatabaseError } from "../errors.ts";

export * from "./errors/graph.ts";

// ---- Files ----------------------------------------------------------------------------------------------------------

/** The directory that should hold the revision files does not exist or cannot be read. */
export class MigrationsDirectoryMissing extends DatabaseError {
  readonly code = "MIGRATIONS_DIRECTORY_MISSING";
  readonly directory: string;

  constructor(directory: string, reason: string) {
    super(
      `The directory of revision files, ${directory}, ${reason}. Check migrations.directory in the configuration, or ` +
        "write the first revision with: hypertroq revision -m MESSAGE",
    );
    this.directory = directory;
  }
}

/** A revision file that cannot be used: unreadable, half-written, or not a revision. */
export class RevisionFileInvalid extends DatabaseError {
  readonly code = "REVISION_FILE_INVALID";
  readonly file: string;

  constructor(file: string, problem: string, options?: ErrorOptions) {
    super(`${file} is no usable revision: ${problem}.`, options);
    this.file = file;
  }
}

/** A new revision file could not be written; nothing was changed. */
export class RevisionNotWritten extends DatabaseError {
  readonly code = "REVISION_NOT_WRITTEN";
  readonly file: string;

  constructor(file: string, reason: string) {
    super(`The revision file ${file} could not be written: ${reason}.`);
    this.file = file;
  }
}

// ---- Running --------------------------------------------------------------------------------------------------------

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
        "Deploy the code that has this revision, or bring back its file.",
    );
    this.unknown = unknown;
    this.heads = heads;
  }
}

/** Characters of a statement that a message repeats; the error's field has it whole. */
const SHOWN = 500;

/** A revision could not be applied or reverted; it was rolled back whole, and the database is where it was before. */
export class MigrationFailed extends DatabaseError {
  readonly code = "MIGRATION_FAILED";
  readonly revision: string;
  readonly file: string;
  readonly direction: "upgrade" | "downgrade";
  /** The SQL that the server refused; absent when the revision's own code threw, or the commit failed. */
  readonly statement: string | undefined;

  constructor(
    facts: { revision: string; file: string; direction: "upgrade" | "downgrade"; statement?: string | undefined },
    cause: Error,
  ) {
    const { statement: text = "" } = facts;
    const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)} …` : text;
    const statement = text === "" ? "" : `\n  in: ${shown}`;
    super(
      `The ${facts.direction} of ${facts.revision} failed and was rolled back: ${cause.message}\n  file: ${facts.file}${statement}`,
      { cause },
    );
    this.revision = facts.revision;
    this.file = facts.file;
    this.direction = facts.direction;
    this.statement = facts.statement;
  }
}

/** The run was aborted. The revision under way was rolled back; those before it stay applied. */
export class MigrationInterrupted extends DatabaseError {
  readonly code = "MIGRATION_INTERRUPTED";
  /** Revisions done before the interruption, in order. */
  readonly done: readonly string[];

  constructor(done: readonly string[]) {
    super(
      `Interrupted after ${done.length === 0 ? "no revision" : done.join(", ")}; nothing is half done. ` +
        "Run the same command again to go on.",
    );
    this.done = done;
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
