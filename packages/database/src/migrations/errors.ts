import { DatabaseError } from "../errors.ts";

// ---- The graph ------------------------------------------------------------------------------------------------------

/** One revision was needed where the graph has several heads. */
export class MultipleHeads extends DatabaseError {
  readonly code = "MULTIPLE_HEADS";
  readonly heads: readonly string[];

  constructor(heads: readonly string[]) {
    super(
      `There are several heads: ${heads.join(", ")}. Make one follow the other by its downRevision, or write a revision ` +
        `whose downRevision is [${heads.map((head) => `"${head}"`).join(", ")}]; a command that takes a revision can name one of them.`,
    );
    this.heads = heads;
  }
}

/** A target that is no revision of the graph. */
export class UnknownRevision extends DatabaseError {
  readonly code = "UNKNOWN_REVISION";
  /** What was asked for. */
  readonly revision: string;

  constructor(revision: string, heads: readonly string[]) {
    const known = heads.length === 0 ? "There are no revisions." : `The newest is ${heads.join(", ")}.`;
    super(
      `No revision is called "${revision}". ${known} A target is a revision's id or its unique beginning, head, heads, ` +
        "base, +N or -N, or one of these with +N or -N behind it.",
    );
    this.revision = revision;
  }
}

/** A target that several revisions answer to. */
export class AmbiguousRevision extends DatabaseError {
  readonly code = "AMBIGUOUS_REVISION";
  readonly target: string;
  readonly candidates: readonly string[];

  constructor(target: string, candidates: readonly string[]) {
    super(`"${target}" could mean any of ${candidates.join(", ")}. Name the one that is meant.`);
    this.target = target;
    this.candidates = candidates;
  }
}

/** A range of history that is not `A:B`. */
export class InvalidRange extends DatabaseError {
  readonly code = "INVALID_RANGE";
  readonly range: string;

  constructor(range: string) {
    super(
      `"${range}" is no range. Write FROM:TO, each an id or its beginning, head, base, current or empty; FROM may be -N, ` +
        "N before TO, and TO may be +N, N after FROM.",
    );
    this.range = range;
  }
}

/** `+N` or `-N` leads past the newest or the oldest revision, or the wrong way. */
export class RelativeOutOfRange extends DatabaseError {
  readonly code = "RELATIVE_OUT_OF_RANGE";
  readonly target: string;

  constructor(target: string, reason: string) {
    super(`"${target}" leads to no revision: ${reason}.`);
    this.target = target;
  }
}

/** A downgrade to a revision that is not applied. */
export class NotDowngradeTarget extends DatabaseError {
  readonly code = "NOT_DOWNGRADE_TARGET";
  readonly target: string;
  readonly current: readonly string[];

  constructor(target: string, current: readonly string[]) {
    super(
      `The database cannot be downgraded to ${target}, because ${target} is not applied: the database is at ` +
        `${current.join(", ") || "base"}. Say upgrade to go there.`,
    );
    this.target = target;
    this.current = current;
  }
}

/** Revisions that descend from or depend on each other in a circle. */
export class RevisionCycle extends DatabaseError {
  readonly code = "REVISION_CYCLE";
  /** The circle; the last follows the first again. */
  readonly revisions: readonly string[];

  constructor(revisions: readonly string[], names: readonly string[]) {
    super(
      `Revisions form a circle: ${[...names, names[0]].join(" -> ")}. Correct downRevision or dependsOn in one of them.`,
    );
    this.revisions = revisions;
  }
}

/** Two revisions with one id. */
export class DuplicateRevision extends DatabaseError {
  readonly code = "DUPLICATE_REVISION";
  readonly revision: string;
  readonly files: readonly string[];

  constructor(revision: string, files: readonly string[]) {
    const where = files.length === 0 ? "" : `: ${files.join(" and ")}`;
    super(`Two revisions are called ${revision}${where}. Give one of them another id.`);
    this.revision = revision;
    this.files = files;
  }
}

/** A revision names a parent or a dependency that does not exist. */
export class MissingParent extends DatabaseError {
  readonly code = "MISSING_PARENT";
  readonly revision: string;
  readonly parent: string;

  constructor(revision: string, name: string, parent: string) {
    super(`Revision ${name} follows ${parent}, which does not exist. Is its file missing, or was its id changed?`);
    this.revision = revision;
    this.parent = parent;
  }
}

/** An id that cannot be a revision's. */
export class InvalidRevisionId extends DatabaseError {
  readonly code = "INVALID_REVISION_ID";
  readonly revision: string;

  constructor(revision: string, name: string, reason: string) {
    super(`${name} cannot be a revision's id: ${reason}.`);
    this.revision = revision;
  }
}

/** Something of Alembic's that this version does not do; refused rather than half done. */
export class RevisionNotSupported extends DatabaseError {
  readonly code = "REVISION_NOT_SUPPORTED";
}

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
