import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Place } from "./account.ts";
import { atExit } from "./at-exit.ts";
import { execute, urlOf } from "./connection.ts";
import type { DataDirectory } from "./data-directory.ts";
import { PasswordRejected, PortTaken, StartFailed } from "./errors.ts";
import type { Request } from "./options.ts";
import { Postmaster, removeStalePidFile, rotateLog, type StopMode } from "./postmaster.ts";
import { runningPostmaster } from "./postmaster-file.ts";
import { prepareTls } from "./tls.ts";

/** A server that takes connections. */
export interface Running {
  readonly postmaster: Postmaster;
  readonly port: number;
  readonly adopted: boolean;
  readonly password: string;
  readonly certificate: string | undefined;
  /** Withdraws the stop at exit. */
  readonly withdraw: () => void;
}

const nonDurable = ["fsync=off", "full_page_writes=off", "synchronous_commit=off"];

/**
 * Brings up the server of an initialised data directory which the caller owns: the one that runs there already, when it was
 * started with the very same command line, else a new one.
 *
 * @throws PortTaken, StartFailed, PasswordRejected, InvalidOption (tls), the signal's reason.
 */
export async function bringUp(
  directory: DataDirectory,
  place: Place,
  request: Request,
  libraries?: string,
): Promise<Running> {
  const password = directory.password();
  const tls = prepareTls(request.tls, directory);
  const durable = request.dataDir !== undefined;
  const settings = [...(durable ? [] : nonDurable), ...tls.settings, ...request.settings];
  const timeout = AbortSignal.timeout(request.startTimeout * 1000);
  const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout;
  const exitMode: StopMode = durable ? "fast" : "immediate";

  let held = "";
  const tooLate = (log: string, cause?: unknown): StartFailed => {
    const what = `PostgreSQL in ${directory.path} was not ready after ${request.startTimeout} s`;
    return new StartFailed(what, log || held, { cause });
  };

  /** Waits until it serves us; undefined when it ended instead. */
  const finish = async (postmaster: Postmaster, port: number, adopted: boolean): Promise<Running | undefined> => {
    const withdraw = atExit(() => postmaster.stopSync(exitMode));
    try {
      do {
        if (!(await postmaster.ready(signal))) {
          withdraw();
          return undefined;
        }
      } while (!(await letsUsIn(urlOf(port, password, "postgres"))));
      directory.lastPort = port;
      return { postmaster, port, adopted, password, certificate: tls.certificate, withdraw };
    } catch (error) {
      withdraw();
      if (!postmaster.alive) return undefined;
      // What ran before us and does not let us in is not ours to end.
      if (!adopted) await postmaster.stop("immediate");
      if ((error as { code?: unknown }).code === "28P01")
        throw new PasswordRejected(directory.passwordFile, { cause: error });
      if (!timeout.aborted || request.signal?.aborted) throw error;
      throw tooLate(adopted ? "" : (await postmaster.gone()).log, error);
    }
  };

  const running = runningPostmaster(directory.path);
  if (running) {
    const postmaster = Postmaster.adopt(directory, place.binaries.pgCtl, running);
    const same =
      wasStartedWith(directory, commandLine(directory, request.port ?? running.port, settings)) && !tls.changed;
    if (same && running.status !== "stopping") {
      const adopted = await finish(postmaster, running.port, true);
      if (adopted) return adopted;
    }
    await postmaster.stop("fast");
  }

  removeStalePidFile(directory);
  rotateLog(directory);
  let preferred = request.port ?? directory.lastPort;
  for (;;) {
    const port = preferred ?? (await freePort());
    const postmaster = await Postmaster.spawn(directory, place, commandLine(directory, port, settings), libraries);
    const started = await finish(postmaster, port, false);
    if (started) return started;
    const { log } = await postmaster.gone();
    request.signal?.throwIfAborted();
    if (timeout.aborted) throw tooLate(log);
    if (log.includes("Address already in use")) {
      if (request.port !== undefined) throw new PortTaken(request.port);
      preferred = undefined;
    } else if (log.includes("pre-existing shared memory block")) {
      // Its postmaster was killed and the backends are about to notice.
      held = log;
      await sleep(100);
    } else {
      throw new StartFailed(`PostgreSQL did not start in ${directory.path}`, log);
    }
  }
}

/**
 * Whether a session of ours gets to its answer. One that is ended on the way (by an administrator, a crash of its neighbour,
 * or on a standby by what is being replayed: SQLSTATE classes 57 and 40) is no refusal, and may be tried again.
 */
async function letsUsIn(url: string): Promise<boolean> {
  try {
    await execute(url, "SELECT 1");
    return true;
  } catch (error) {
    // A connection that breaks without a word has no code at node-postgres, or the system's.
    const { code = "ECONNRESET" } = error as { code?: string };
    if (!/^(40...|57P..|ECONNRESET|EPIPE)$/.test(code)) throw error;
    return false;
  }
}

function commandLine(directory: DataDirectory, port: number, settings: readonly string[]): string[] {
  const fixed = ["listen_addresses=127.0.0.1", "unix_socket_directories="];
  return ["-D", directory.path, "-p", String(port), ...[...fixed, ...settings].flatMap((setting) => ["-c", setting])];
}

/** PostgreSQL keeps the command line of its last start in postmaster.opts. */
function wasStartedWith(directory: DataDirectory, args: readonly string[]): boolean {
  const file = join(directory.path, "postmaster.opts");
  return existsSync(file) && readFileSync(file, "utf8").endsWith(`${args.map((arg) => ` "${arg}"`).join("")}\n`);
}

/** A port that is free now. Somebody may take it until PostgreSQL does: then the start is repeated with another. */
async function freePort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
  });
  await new Promise((resolve) => server.close(resolve));
  return port === 5432 ? freePort() : port;
}
