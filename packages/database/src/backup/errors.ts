import { DatabaseError, setFacts } from "../database-error.ts";

/** The database holds what a backup cannot keep, or hides rows from the role that makes it. Nothing was written. */
export class BackupRefused extends DatabaseError {
  readonly code = "BACKUP_REFUSED";
  /** What stands against it, a sentence each. */
  readonly reasons: readonly string[];

  constructor(reasons: readonly string[]) {
    super(`No backup was made. ${reasons.join(" ")}`);
    this.reasons = reasons;
  }
}

/** No pg_dump is there that fits the server. */
export class PgDumpMissing extends DatabaseError {
  readonly code = "PG_DUMP_MISSING";
  /** The server's major version. */
  readonly server: number;

  constructor(server: number, passedOver: string | undefined, options?: ErrorOptions) {
    super(
      `No pg_dump was found for PostgreSQL ${server}${passedOver === undefined ? "" : ` (passed over: ${passedOver})`}. ` +
        `Install one of version ${server} or newer (Debian: postgresql-client-${server}), ` +
        "or the one that needs no installation: npm install @electric-sql/pglite-tools",
      options,
    );
    this.server = server;
  }
}

/** pg_dump could not read the schema; the message is its own. */
export class PgDumpFailed extends DatabaseError {
  readonly code = "PG_DUMP_FAILED";

  constructor(message: string) {
    super(`pg_dump failed: ${message}`);
  }
}

/** A file of a backup could not be written: a full disk, a directory of somebody else's. What there was of it is removed. */
export class BackupNotWritten extends DatabaseError {
  readonly code = "BACKUP_NOT_WRITTEN";
  declare readonly cause: Error;
  readonly directory: string;

  constructor(directory: string, cause: NodeJS.ErrnoException) {
    const why =
      cause.code === "ENOSPC" || cause.code === "EDQUOT"
        ? "there is no space left"
        : `the system answered ${cause.code ?? cause.message}`;
    super(`The backup could not be written to ${directory}: ${why}. What there was of it has been removed.`, { cause });
    this.directory = directory;
  }
}

/** What lies where backups are kept cannot be read: it is no directory, or somebody else's. */
export class BackupsUnreadable extends DatabaseError {
  readonly code = "BACKUPS_UNREADABLE";
  readonly directory: string;

  constructor(directory: string, cause: NodeJS.ErrnoException) {
    super(
      `${directory}, where backups are kept, cannot be read (${cause.code ?? cause.message}). Check BACKUP_DIRECTORY.`,
      {
        cause,
      },
    );
    this.directory = directory;
  }
}

/** A backup is not what it was when it was made, or was never whole. Use another one. */
export class BackupDamaged extends DatabaseError {
  readonly code = "BACKUP_DAMAGED";
  readonly backup: string;
  /** What is wrong, a sentence each. */
  readonly problems: readonly string[];

  constructor(backup: string, problems: readonly string[]) {
    super(`The backup ${backup} is damaged: ${problems.join(" ")}`);
    this.backup = backup;
    this.problems = problems;
  }
}

/** There is no backup of that name, or none at all. */
export class BackupNotFound extends DatabaseError {
  readonly code = "BACKUP_NOT_FOUND";
  readonly directory: string;

  constructor(directory: string, name: string | undefined) {
    super(
      name === undefined
        ? `There is no good backup in ${directory}. Make one: hypertroq backup create`
        : `There is no backup ${JSON.stringify(name)} in ${directory}. hypertroq backup list shows what there is.`,
    );
    this.directory = directory;
  }
}

/** A key is not 32 bytes, cannot be read, is missing, or is not the one that the backup was encrypted with. */
export class BackupKeyUnfit extends DatabaseError {
  readonly code = "BACKUP_KEY_UNFIT";
}

/** What is to be restored would meet what is there already. Nothing was changed. */
export class RestoreRefused extends DatabaseError {
  readonly code = "RESTORE_REFUSED";
}

/** A restore stopped. Everything is one transaction, so the database is what it was before, unless `isUncertain`. */
export class RestoreFailed extends DatabaseError {
  readonly code = "RESTORE_FAILED";
  /** What was being restored. */
  declare readonly at: string;
  /** Whether the connection was lost while the server committed, so that nobody knows. */
  declare readonly isUncertain: boolean;

  constructor(facts: { readonly at: string; readonly isUncertain?: boolean }, cause: Error) {
    const { at, isUncertain = false } = facts;
    const outcome = isUncertain
      ? "Whether the server has committed is not known: look whether the tables are there."
      : "All of it was rolled back.";
    super(`The restore stopped at ${at}: ${cause.message} ${outcome}`, { cause });
    setFacts(this, { at, isUncertain });
  }
}
