import { DatabaseError } from "../../errors.ts";

/** An Alembic project that cannot be read as a whole; nothing was written. */
export class AlembicProjectInvalid extends DatabaseError {
  readonly code = "ALEMBIC_PROJECT_INVALID";
  /** What was asked for. */
  readonly directory: string;

  constructor(directory: string, problem: string) {
    super(`${directory} cannot be imported: ${problem}. Nothing was written.`);
    this.directory = directory;
  }
}

/** A revision file of Alembic's that cannot be read; nothing was written. */
export class AlembicFileInvalid extends DatabaseError {
  readonly code = "ALEMBIC_FILE_INVALID";
  readonly file: string;
  /** Counted from 1; undefined where the file as a whole is meant. */
  readonly line: number | undefined;

  constructor(file: string, line: number | undefined, problem: string) {
    super(`${file}${line === undefined ? "" : `:${line}`} cannot be imported: ${problem}. Nothing was written.`);
    this.file = file;
    this.line = line;
  }
}

/** A revision of ours has the id of one of Alembic's and another place in history; nothing was written. */
export class AlembicImportConflict extends DatabaseError {
  readonly code = "ALEMBIC_IMPORT_CONFLICT";
  readonly revision: string;
  /** Ours, then Alembic's. */
  readonly files: readonly [string, string];

  constructor(revision: string, files: readonly [string, string], what: string) {
    super(
      `Revision ${revision} is there already and its ${what} is another: ${files[0]} and ${files[1]}. ` +
        "Make them equal, or take the file of ours away. Nothing was written.",
    );
    this.revision = revision;
    this.files = files;
  }
}
