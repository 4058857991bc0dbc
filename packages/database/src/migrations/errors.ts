import { DatabaseError } from "../database-error.ts";

export * from "./errors/files.ts";
export * from "./errors/graph.ts";
export * from "./errors/operations.ts";
export * from "./errors/run.ts";

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

/** A new file, of a revision or of `init`, could not be written; nothing was changed. */
export class RevisionNotWritten extends DatabaseError {
  readonly code = "REVISION_NOT_WRITTEN";
  readonly file: string;

  constructor(file: string, reason: string) {
    super(`${file} could not be written: ${reason}. Nothing was changed.`);
    this.file = file;
  }
}
