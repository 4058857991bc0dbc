import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fchownSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { NotADataDirectory, PasswordRejected, WrongMajorVersion } from "./errors.ts";

/**
 * A data directory is PostgreSQL's own (PGDATA) with one directory of ours in it, which PostgreSQL ignores:
 *
 *     hypertroq/password                 of the role postgres, mode 0600
 *     hypertroq/port                     taken again at the next start when it is free
 *     hypertroq/postgres.log             and postgres.previous.log
 *     hypertroq/owner-PID-START-NONCE    one file per owner, see ownership.ts
 *     hypertroq/detached                 present while the server is meant to run without an owner
 *     hypertroq/tls.crt, tls.key, …      when TLS is on
 *     hypertroq/init-NONCE/              while initdb works
 */
export class DataDirectory {
  readonly path: string;
  readonly control: string;
  readonly passwordFile: string;
  readonly logFile: string;

  constructor(path: string) {
    this.path = path;
    this.control = join(path, "hypertroq");
    this.passwordFile = join(this.control, "password");
    this.logFile = join(this.control, "postgres.log");
  }

  /** Whether initdb finished here: PG_VERSION is the last thing to arrive. */
  get initialised(): boolean {
    return existsSync(join(this.path, "PG_VERSION"));
  }

  /** Whether this package has been here. */
  get ours(): boolean {
    return existsSync(this.control);
  }

  /**
   * Refuses what this PostgreSQL can't read and whatever is not ours, without touching anything.
   *
   * @param major - the version of the PostgreSQL that is to run here.
   * @throws WrongMajorVersion, NotADataDirectory
   */
  check(major: string): void {
    if (this.initialised) {
      const found = readFileSync(join(this.path, "PG_VERSION"), "utf8").trim();
      if (found !== major) throw new WrongMajorVersion(this.path, found, major);
    }
    this.checkOurs();
  }

  /** @throws NotADataDirectory when something else than this package has put something here. */
  checkOurs(): void {
    const [first] = this.#entries();
    if (first === undefined || this.ours) return;
    const what = this.initialised
      ? "is a PostgreSQL data directory made by something else"
      : `is not a PostgreSQL data directory (it holds ${JSON.stringify(first)})`;
    throw new NotADataDirectory(this.path, what);
  }

  /** Makes the directories. PostgreSQL insists on mode 0700 (Creating a Database Cluster). */
  create(): void {
    mkdirSync(this.control, { recursive: true, mode: 0o700 });
    chmodSync(this.path, 0o700);
  }

  /** Where a fresh initdb may work, unknown to any other. */
  newInitDirectory(): string {
    return join(this.control, `init-${randomBytes(6).toString("hex")}`);
  }

  /**
   * Moves what initdb made to its place, PG_VERSION last, so that a start that is killed in the middle is done again by the
   * next one. Only what initdb makes is ever replaced.
   */
  adoptInit(directory: string, durable: boolean): void {
    const entries = readdirSync(directory).filter((entry) => entry !== "PG_VERSION");
    for (const entry of [...entries, "PG_VERSION"]) {
      rmSync(join(this.path, entry), { recursive: true, force: true });
      if (entry === "PG_VERSION" && durable) syncDirectory(this.path);
      renameSync(join(directory, entry), join(this.path, entry));
    }
    if (durable) syncDirectory(this.path);
  }

  /** Removes what interrupted starts left. One that is still being written is left to the next start. */
  removeInitDirectories(): void {
    for (const entry of readdirSync(this.control)) {
      if (!entry.startsWith("init-")) continue;
      try {
        rmSync(join(this.control, entry), { recursive: true, force: true, maxRetries: 3 });
      } catch {
        // An initdb that outlived its killed parent still writes there; it ends by itself.
      }
    }
  }

  newPassword(): string {
    const password = randomBytes(24).toString("base64url");
    this.write("password", password);
    return password;
  }

  /** @throws PasswordRejected when the file is missing or empty. */
  password(): string {
    const password = this.read("password")?.trim();
    if (!password) throw new PasswordRejected(this.passwordFile);
    return password;
  }

  /** The port of the last run, or undefined when there was none or the file makes no sense. */
  get lastPort(): number | undefined {
    const port = Number(this.read("port"));
    return Number.isInteger(port) && port > 0 && port < 65536 ? port : undefined;
  }

  /** Remembered if it can be: a full disk is no reason not to start. */
  set lastPort(port: number) {
    if (port === this.lastPort) return;
    try {
      this.write("port", String(port));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    }
  }

  get detached(): boolean {
    return existsSync(join(this.control, "detached"));
  }

  set detached(value: boolean) {
    if (value) this.write("detached", "");
    else rmSync(join(this.control, "detached"), { force: true });
  }

  /** The contents of a file of ours, or undefined. */
  read(name: string): string | undefined {
    try {
      return readFileSync(join(this.control, name), "utf8");
    } catch {
      return undefined;
    }
  }

  /** Writes a file of ours whole or not at all, mode 0600. */
  write(name: string, contents: string): void {
    const path = join(this.control, name);
    const temporary = `${path}.${randomBytes(6).toString("hex")}`;
    const file = openSync(temporary, "wx", 0o600);
    try {
      this.#handOver(file);
      writeFileSync(file, contents);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  }

  /** Opens the log to write on at its end. */
  openLog(): number {
    const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW = 0 } = constants;
    const file = openSync(this.logFile, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
    this.#handOver(file);
    return file;
  }

  /** What root writes in another user's directory is that user's. By descriptor: a path could have become a link. */
  #handOver(file: number): void {
    const { uid, gid } = statSync(this.control);
    if (process.getuid?.() === 0 && uid !== 0) fchownSync(file, uid, gid);
  }

  /**
   * Deletes the cluster and everything of ours but `keep`, the owner file of the caller: it goes last, so that nobody takes
   * a half-deleted directory for a free one. PG_VERSION goes first: from then on it counts as not initialised.
   */
  delete(keep: string): void {
    rmSync(join(this.path, "PG_VERSION"), { force: true });
    for (const entry of this.#entries()) {
      if (entry !== "hypertroq") rmSync(join(this.path, entry), { recursive: true, force: true, maxRetries: 3 });
    }
    for (const entry of readdirSync(this.control)) {
      if (entry !== keep) rmSync(join(this.control, entry), { recursive: true, force: true, maxRetries: 3 });
    }
  }

  #entries(): string[] {
    try {
      if (!statSync(this.path).isDirectory()) throw new NotADataDirectory(this.path, "is not a directory");
      return readdirSync(this.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  }
}

function syncDirectory(path: string): void {
  // Windows can't open a directory; its file systems journal the rename.
  if (process.platform === "win32") return;
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
