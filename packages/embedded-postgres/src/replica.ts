import { appendFileSync, cpSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { locateDataDirectory } from "./account.ts";
import { DataDirectory } from "./data-directory.ts";
import { DataDirectoryInUse, NotADataDirectory } from "./errors.ts";
import { Ownership } from "./ownership.ts";
import { runningPostmaster } from "./postmaster-file.ts";

export interface ReplicaOptions {
  /** Where the replica's data is to be kept: a directory that is empty or not there. */
  readonly dataDir: string;
  /** The port that the primary will listen on. */
  readonly port: number;
  /** What it is called by the primary (`application_name`, in synchronous_standby_names). Default: its directory's name. */
  readonly name?: string;
}

/**
 * Makes the data directory of a streaming replica, as a copy of a stopped server's (PostgreSQL, "Log-Shipping Standby
 * Servers"). `EmbeddedPostgres.start({ dataDir })` starts it; then or before, start the primary on `port` again. The replica
 * has the same password. It becomes a server of its own by `select pg_promote()`.
 *
 * @param primary - the data directory of the server that is stopped.
 * @throws NotADataDirectory, DataDirectoryInUse; nothing is written then.
 */
export function makeReplica(primary: string, { dataDir, port, name = basename(dataDir) }: ReplicaOptions): void {
  const from = new DataDirectory(locateDataDirectory(resolve(primary)));
  const to = new DataDirectory(resolve(dataDir));
  from.checkOurs();
  if (!from.initialised) throw new NotADataDirectory(from.path, "holds no database cluster yet");
  const running = runningPostmaster(from.path);
  const owner = Ownership.current(from);
  if (running !== undefined || owner !== undefined) {
    throw new DataDirectoryInUse(from.path, owner ?? running!.pid, running);
  }
  if (to.ours || to.initialised)
    throw new NotADataDirectory(to.path, "is in use already: a replica needs an empty one");
  to.checkOurs();
  cpSync(from.path, to.path, { recursive: true });
  for (const left of ["port", "postgres.log", "postgres.previous.log", "detached"]) {
    rmSync(join(to.control, left), { force: true });
  }
  for (const entry of readdirSync(to.path)) if (/^postmaster\.(pid|opts)$/.test(entry)) rmSync(join(to.path, entry));
  to.create();
  // In a file, which the server's user alone can read: a command line is for everybody to see.
  const conninfo = Object.entries({
    host: "127.0.0.1",
    port,
    user: "postgres",
    password: to.password(),
    application_name: name,
  }).map(([key, value]) => `${key}=${quoted(String(value))}`);
  appendFileSync(join(to.path, "postgresql.auto.conf"), `primary_conninfo = ${quoted(conninfo.join(" "))}\n`);
  writeFileSync(join(to.path, "standby.signal"), "", { mode: 0o600 });
}

/** For a connection string, and for a configuration file: both take a backslash in front of either. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
