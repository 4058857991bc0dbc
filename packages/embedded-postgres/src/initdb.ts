import { spawn } from "node:child_process";
import type { Place } from "./account.ts";
import { atExit } from "./at-exit.ts";
import type { DataDirectory } from "./data-directory.ts";
import { InitFailed } from "./errors.ts";

/**
 * What texts are sorted and classed by. On Linux the C library's C.UTF-8, as in the postgres:16-alpine image: code point
 * order, Unicode letters, the same on every machine (Locale Support).
 */
const locale = { linux: "C.UTF-8", darwin: "en_US.UTF-8" }[process.platform as string] ?? "C";

/** What every cluster is made with, beside its place and its password. */
export const INITDB_OPTIONS: readonly string[] = [
  ...["--username", "postgres", "--auth", "scram-sha-256", "--data-checksums"],
  ...["--encoding", "UTF8", "--locale", locale],
];

/**
 * The environment of PostgreSQL's programs: ours, without the variables that would redirect them, in English and in UTC,
 * which a cluster keeps as its time zone when it is made.
 */
export function environment(libraries: string | undefined): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^PG[A-Z]/.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: "C", TZ: "UTC", ...(libraries && { LD_LIBRARY_PATH: libraries }) };
}

/**
 * Makes a cluster: UTF-8, data checksums, scram-sha-256 for every connection with a generated password that no command line
 * shows, UTC. An abort ends initdb and leaves nothing behind.
 *
 * @param durable - whether to wait until it is on disk.
 * @throws InitFailed with what initdb said; the signal's reason when aborted.
 */
export async function initialise(
  directory: DataDirectory,
  place: Place,
  options: { durable: boolean; libraries: string | undefined; signal: AbortSignal | undefined },
): Promise<void> {
  directory.removeInitDirectories();
  directory.newPassword();
  const target = directory.newInitDirectory();
  const [file, args] = place.account.command(place.binaries.initdb, [
    ...["--pgdata", target, "--pwfile", directory.passwordFile, "--no-instructions"],
    ...INITDB_OPTIONS,
    ...(options.durable ? [] : ["--no-sync"]),
  ]);
  const { uid, gid } = place.account;
  const child = spawn(file, args, {
    cwd: directory.path,
    // A group of its own: a Ctrl-C on the terminal is ours to handle, and an abort ends its helpers as well.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: environment(options.libraries),
    ...(uid !== undefined && { uid, gid: gid! }),
  });
  const end = (): void => {
    // On Windows there are no groups to signal.
    if (child.pid !== undefined) process.kill(process.platform === "win32" ? child.pid : -child.pid, "SIGKILL");
  };
  const withdraw = atExit(end);
  options.signal?.addEventListener("abort", end, { once: true });
  let said = "";
  child.stdout.on("data", (chunk) => (said += chunk));
  child.stderr.on("data", (chunk) => (said += chunk));
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject).on("close", resolve);
    });
    options.signal?.throwIfAborted();
    if (code !== 0) throw new InitFailed(directory.path, said);
    directory.adoptInit(target, options.durable);
  } finally {
    withdraw();
    options.signal?.removeEventListener("abort", end);
    directory.removeInitDirectories();
  }
}
