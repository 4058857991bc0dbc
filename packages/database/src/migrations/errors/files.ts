import { DatabaseError } from "../../errors.ts";

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

/** A new file, of a revision or of `init`, could not be written; nothing was changed. */
export class RevisionNotWritten extends DatabaseError {
  readonly code = "REVISION_NOT_WRITTEN";
  readonly file: string;

  constructor(file: string, reason: string) {
    super(`${file} could not be written: ${reason}. Nothing was changed.`);
    this.file = file;
  }
}

/** A new revision was to follow a revision that another one follows already. */
export class NotAHead extends DatabaseError {
  readonly code = "NOT_A_HEAD";
  readonly revision: string;
  readonly heads: readonly string[];

  constructor(revision: string, heads: readonly string[]) {
    super(
      `${revision} is no head: another revision follows it already. Say --splice to begin a branch there, or name a ` +
        `head: ${heads.join(", ")}.`,
    );
    this.revision = revision;
    this.heads = heads;
  }
}

/** A merge of fewer than two revisions. */
export class NothingToMerge extends DatabaseError {
  readonly code = "NOTHING_TO_MERGE";
  readonly revisions: readonly string[];

  constructor(revisions: readonly string[]) {
    const found = revisions.length === 0 ? "no revision" : `${revisions.join(", ")} alone`;
    super(`A merge needs at least two revisions, and this names ${found}. To see what is open: hypertroq heads`);
    this.revisions = revisions;
  }
}

/** It is not clear in which directory a new revision file belongs, or that directory is none of the configured ones. */
export class VersionPathInvalid extends DatabaseError {
  readonly code = "VERSION_PATH_INVALID";
  /** What was asked for; undefined when nothing was. */
  readonly path: string | undefined;
  /** The directories that hold revision files. */
  readonly locations: readonly string[];

  constructor(path: string | undefined, locations: readonly string[]) {
    const problem =
      path === undefined
        ? "There are several directories of revision files and the new one follows none, so say with --version-path where it belongs"
        : `${path} is no directory of revision files of the configuration`;
    super(`${problem}: ${locations.join(", ")}. More of them are given to migrations.versions.`);
    this.path = path;
    this.locations = locations;
  }
}

/** The template of revision files cannot be read, or what came of it is no usable revision; no file was written. */
export class TemplateInvalid extends DatabaseError {
  readonly code = "TEMPLATE_INVALID";
  readonly file: string;

  constructor(file: string, problem: string, options?: ErrorOptions) {
    super(`The template ${file} cannot be used: ${problem}. No revision was written.`, options);
    this.file = file;
  }
}

/** A command that was to run on a new revision file failed. The file is there. */
export class PostWriteFailed extends DatabaseError {
  readonly code = "POST_WRITE_FAILED";
  /** The revision file, which stays. */
  readonly file: string;
  /** The command's words. */
  readonly command: readonly string[];

  constructor(file: string, command: readonly string[], reason: string) {
    super(`The revision file ${file} is written, but a postWrite command ${reason}: ${command.join(" ")}`);
    this.file = file;
    this.command = command;
  }
}

/** Other runs of `hypertroq revision` kept the directory busy; nothing was written. */
export class RevisionsBusy extends DatabaseError {
  readonly code = "REVISIONS_BUSY";
  readonly directory: string;

  constructor(directory: string, holders: readonly string[]) {
    super(
      `Other processes are writing revisions in ${directory} (process ${holders.join(", ")}), and did not end in time. ` +
        "Nothing was written; run the command again.",
    );
    this.directory = directory;
  }
}
