import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { choosePlace, give, locateDataDirectory, type Place } from "./account.ts";
import { atExit } from "./at-exit.ts";
import { checkDatabaseName, createDatabase, urlOf } from "./connection.ts";
import { DataDirectory } from "./data-directory.ts";
import { InvalidOption, NotRunning } from "./errors.ts";
import { initialise } from "./initdb.ts";
import { KeptCluster } from "./kept-cluster.ts";
import { checkOptions, type Request, type StartOptions } from "./options.ts";
import { Ownership } from "./ownership.ts";
import { linkLibraries, locateBinaries } from "./platform.ts";
import type { Exit, StopMode } from "./postmaster.ts";
import { runningPostmaster } from "./postmaster-file.ts";
import { bringUp, type Running } from "./supervisor.ts";
import { sweep } from "./throw-away.ts";

/** A server found on a data directory. */
export interface FoundServer {
  readonly pid: number;
  readonly port: number;
  /** Of the database postgres. */
  readonly url: string;
  readonly dataDir: string;
  /** Connections are taken when it is ready. */
  readonly status: "starting" | "ready" | "stopping";
  /** The live process that answers for it; absent when it was detached or its owner has died. */
  readonly ownerPid?: number;
}

/** For the development server: leaves a server to those who use it, the last of whom stops it. */
export let handOver: (server: EmbeddedPostgres) => void;

/**
 * A real PostgreSQL 16 in a process of its own, which this process owns: nobody else stops it, and when this process exits
 * by itself it stops it. It listens on 127.0.0.1 only, wants a password (scram-sha-256), and is reached as `postgres`.
 */
export class EmbeddedPostgres {
  /** Where the cluster really is: elsewhere than asked when namespaces are blocked for root (see the README). */
  readonly dataDir: string;
  readonly port: number;
  /** Of the database postgres, with the password. */
  readonly url: string;
  /** Whether the server ran already, left by an owner that died or gave it up. */
  readonly adopted: boolean;
  /** With `tls`: the server's certificate, PEM. A client that trusts it can verify host and chain. */
  readonly certificate: string | undefined;
  /** Resolves when the server has gone, asked for or not, with its own log lines. Never rejects. */
  readonly exited: Promise<Exit>;
  readonly #running: Running;
  readonly #holding: Holding;
  #ended: Promise<void> | undefined;
  #detached = false;

  private constructor(running: Running, holding: Holding) {
    this.dataDir = holding.directory.path;
    this.port = running.port;
    this.url = urlOf(running.port, running.password, "postgres");
    this.adopted = running.adopted;
    this.certificate = running.certificate;
    this.exited = running.postmaster.exited;
    this.#running = running;
    this.#holding = holding;
    // Who has no server any more answers for none: the next one may start it at once.
    if (!holding.throwAway) void this.exited.then(() => this.#letGo());
  }

  /**
   * Starts a server and waits until it takes connections. With a `dataDir`, whose cluster is made at the first start, the
   * data and, when free, the port are kept; a server that an owner left running there is adopted when it was started with
   * the same settings, else restarted. Without one it is a throw-away server for tests.
   *
   * @throws InvalidOption, UnsupportedPlatform, BinariesMissing, NotADataDirectory, WrongMajorVersion, DataDirectoryInUse,
   * NoAccount, InitFailed, PortTaken, StartFailed, PasswordRejected; the signal's reason. Nothing that it started is left
   * running then; a data directory it has begun or finished to make stays for the next start.
   */
  static async start(options: StartOptions = {}): Promise<EmbeddedPostgres> {
    const request = checkOptions(options);
    request.signal?.throwIfAborted();
    const binaries = await locateBinaries();
    if (request.dataDir === undefined) await sweep(binaries.pgCtl);
    else new DataDirectory(request.dataDir).check(binaries.major);
    const place = await choosePlace(request.dataDir, binaries);
    const directory = new DataDirectory(place.dataDir);
    directory.check(binaries.major);
    const holding = await Holding.take(directory, request.dataDir === undefined);
    try {
      if (place.note !== undefined) request.log(place.note);
      return new EmbeddedPostgres(await run(directory, place, request), holding);
    } catch (error) {
      holding.end();
      throw error;
    }
  }

  /**
   * The server that runs on a data directory, whoever started it, or undefined. Changes nothing, and is not fooled by a
   * postmaster.pid that a dead server left.
   */
  static async find(dataDir: string): Promise<FoundServer | undefined> {
    const directory = new DataDirectory(locateDataDirectory(resolve(dataDir)));
    const running = runningPostmaster(directory.path);
    const password = directory.read("password");
    if (!running || !password) return undefined;
    const { pid, port, status } = running;
    const owner = Ownership.current(directory);
    const url = urlOf(port, password, "postgres");
    return { pid, port, status, url, dataDir: directory.path, ...(owner !== undefined && { ownerPid: owner }) };
  }

  /** PostgreSQL's main process. */
  get pid(): number {
    return this.#running.postmaster.pid;
  }

  /**
   * Makes a database.
   *
   * @param options.ifNotExists - accept one that exists already; default false.
   * @returns its URL.
   * @throws InvalidOption for a name PostgreSQL would cut or refuse, DatabaseExists, NotRunning.
   */
  async createDatabase(name: string, options: { readonly ifNotExists?: boolean } = {}): Promise<string> {
    checkDatabaseName("name", name);
    if (this.#ended || !this.#running.postmaster.alive) {
      throw new NotRunning(`The PostgreSQL server in ${this.dataDir} runs no longer: start another one.`);
    }
    return createDatabase(this.url, name, options.ifNotExists === true);
  }

  /**
   * Stops the server and waits until it is gone; a throw-away server's directory goes with it. Stopping twice, or a server
   * that died, does nothing; a second call with `immediate` hurries a fast stop that is under way. After `detach` it does
   * nothing: the server is no longer ours.
   *
   * @param options.mode - `fast` (default): rolls back what runs, writes everything out. `immediate`: as if the power went,
   * the next start recovers. A fast stop that takes over 30 s becomes an immediate one.
   */
  async stop(options: { readonly mode?: StopMode } = {}): Promise<void> {
    if (this.#detached) return;
    const { mode = "fast" } = options;
    if (this.#ended && mode === "immediate") await this.#running.postmaster.stop(mode);
    this.#ended ??= this.#running.postmaster.stop(mode).then(() => {
      this.#running.withdraw();
      this.#holding.end();
    });
    await this.#ended;
  }

  /**
   * Gives up ownership and leaves the server running; a later `start` on the data directory adopts it.
   *
   * @throws InvalidOption for a throw-away server, NotRunning.
   */
  async detach(): Promise<void> {
    if (this.#holding.throwAway)
      throw new InvalidOption("dataDir", "a throw-away server can't be left running: start it with one");
    if (this.#ended || !this.#running.postmaster.alive)
      throw new NotRunning(`No PostgreSQL server runs in ${this.dataDir}.`);
    this.#holding.directory.detached = true;
    this.#letGo();
  }

  #letGo(): void {
    this.#detached = true;
    this.#running.withdraw();
    this.#holding.end();
  }

  static {
    handOver = (server) => server.#letGo();
  }
}

async function run(directory: DataDirectory, place: Place, request: Request): Promise<Running> {
  directory.check(place.binaries.major);
  directory.create();
  give(place.account, directory.path);
  give(place.account, directory.control);
  directory.detached = false;
  const libraries = await linkLibraries(place.binaries, `${directory.control}/lib`);
  request.signal?.throwIfAborted();
  if (!directory.initialised) await makeCluster(directory, place, { libraries, ...request });
  return bringUp(directory, place, request, libraries);
}

/** By initdb; a throw-away server's of what initdb made for the first one of this user. */
async function makeCluster(
  directory: DataDirectory,
  place: Place,
  { libraries, signal, dataDir }: Pick<Request, "signal" | "dataDir"> & { libraries: string | undefined },
): Promise<void> {
  const durable = dataDir !== undefined;
  // Another account's files are not for us to copy.
  const kept = durable || place.account.kind === "other" ? undefined : KeptCluster.of(place.binaries);
  if (await kept?.copyTo(directory)) return signal?.throwIfAborted();
  await initialise(directory, place, { durable, libraries, signal });
  await kept?.keep(directory);
}

/** A data directory while this process owns it. Ends with it, and with a throw-away one the directory ends. */
class Holding {
  readonly directory: DataDirectory;
  readonly throwAway: boolean;
  readonly #ownership: Ownership;
  readonly #withdraw: () => void;

  private constructor(directory: DataDirectory, ownership: Ownership, throwAway: boolean) {
    this.directory = directory;
    this.throwAway = throwAway;
    this.#ownership = ownership;
    this.#withdraw = atExit(() => this.#end());
  }

  static async take(directory: DataDirectory, throwAway: boolean): Promise<Holding> {
    return new Holding(directory, await Ownership.take(directory), throwAway);
  }

  end(): void {
    this.#withdraw();
    this.#end();
  }

  #end(): void {
    this.#ownership.release();
    if (this.throwAway) rmSync(this.directory.path, { recursive: true, force: true, maxRetries: 3 });
  }
}
