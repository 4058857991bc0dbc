import { isAbsolute, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { locateDataDirectory } from "./account.ts";
import { checkDatabaseName, createDatabase, withDatabase } from "./connection.ts";
import { DataDirectory } from "./data-directory.ts";
import { EmbeddedPostgres, handOver } from "./embedded-postgres.ts";
import { DataDirectoryInUse, InvalidOption } from "./errors.ts";
import type { StartOptions } from "./options.ts";
import { Ownership } from "./ownership.ts";
import { locateBinaries } from "./platform.ts";
import { type Exit, Postmaster } from "./postmaster.ts";
import { runningPostmaster } from "./postmaster-file.ts";
import { Presence } from "./presence.ts";
import { identify } from "./process-identity.ts";

export interface DevelopmentServerOptions extends Pick<StartOptions, "port" | "settings" | "startTimeout" | "log"> {
  /** Where the data is kept; an absolute path, because commands run in any directory of the app mean the same server. */
  readonly dataDir: string;
  /** The app's database, made when missing. */
  readonly database: string;
}

/** Milliseconds that an owner without a server may take to start one. PostgreSQL's process is there at once; only initdb takes long. */
const IDLE = 5_000;

/** Its log has the statements that take longer, in milliseconds, without the values of their parameters. */
const LOGGED = { log_min_duration_statement: 200, log_parameter_max_length: 0 };

/** The server an app is developed on: one per data directory, shared by all terminals. */
export interface DevelopmentServer {
  /** What runs. `url` names the app's database, `ownerPid` the live process that answers for it. Changes nothing. */
  status(): Promise<{
    running: boolean;
    url?: string;
    pid?: number;
    port?: number;
    dataDir: string;
    ownerPid?: number;
  }>;
  /**
   * Attaches to the server that runs, or starts one that this process owns; makes the database when missing. `release`
   * stops a server that this process owns, or that nobody owns any more, but never under another process that still uses
   * it: the last one to release does it then. A server left running by `start` is left alone. `exited` resolves when the
   * server has gone, released or not, with its own log lines; the next one to use it starts it again.
   *
   * @throws DataDirectoryInUse when a live process owns it that has no server, and starts none; what `start` throws.
   */
  use(): Promise<{ url: string; exited: Promise<Exit>; release(): Promise<void> }>;
  /** Starts the server, when none runs, and leaves it running. */
  start(): Promise<{ url: string }>;
  /**
   * Stops the server, whoever started it.
   *
   * @returns whether one ran.
   * @throws DataDirectoryInUse when a live process owns it: that one is to be stopped.
   */
  stop(): Promise<boolean>;
  /**
   * Stops the server and deletes the data directory.
   *
   * @throws DataDirectoryInUse as `stop`; NotADataDirectory when it is not one of ours.
   */
  reset(): Promise<void>;
}

/**
 * Describes an app's development server; nothing is started yet.
 *
 * @throws InvalidOption for a name no database can have, and for a relative `dataDir`.
 */
export function developmentServer(options: DevelopmentServerOptions): DevelopmentServer {
  if (!isAbsolute(options.dataDir)) {
    throw new InvalidOption(
      "dataDir",
      'must be an absolute path, such as fileURLToPath(new URL(".hypertroq/data", import.meta.url))',
    );
  }
  checkDatabaseName("database", options.database);
  return new Development(options);
}

class Development implements DevelopmentServer {
  readonly #options: DevelopmentServerOptions;
  readonly #asked: string;

  constructor(options: DevelopmentServerOptions) {
    this.#options = options;
    this.#asked = resolve(options.dataDir);
  }

  async status(): ReturnType<DevelopmentServer["status"]> {
    const found = await EmbeddedPostgres.find(this.#asked);
    const ownerPid = Ownership.current(this.#directory);
    const owner = ownerPid === undefined ? {} : { ownerPid };
    if (!found) return { running: false, dataDir: this.#directory.path, ...owner };
    const { pid, port, url, dataDir } = found;
    return { running: true, url: withDatabase(url, this.#options.database), pid, port, dataDir, ...owner };
  }

  async use(): ReturnType<DevelopmentServer["use"]> {
    const { url, exited, server, presence } = await this.#attachOrStart();
    return {
      url,
      exited,
      release: async () => {
        presence?.leave();
        if (server)
          await this.#close(
            () => server.stop(),
            () => handOver(server),
          );
        else await this.#stopIfUnused();
      },
    };
  }

  async start(): ReturnType<DevelopmentServer["start"]> {
    const { url, server, presence } = await this.#attachOrStart();
    await server?.detach();
    presence?.leave();
    return { url };
  }

  async stop(): Promise<boolean> {
    const directory = this.#directory;
    if (!directory.ours) return false;
    const ownership = await this.#takeForGood(directory);
    try {
      return await end(directory);
    } finally {
      ownership.release();
    }
  }

  async reset(): Promise<void> {
    const directory = this.#directory;
    directory.checkOurs();
    if (!directory.ours) return;
    const ownership = await this.#takeForGood(directory);
    try {
      await end(directory);
      ownership.deleteDirectory();
    } finally {
      ownership.release();
    }
  }

  get #directory(): DataDirectory {
    return new DataDirectory(locateDataDirectory(this.#asked));
  }

  /** Attaches to a server that somebody keeps; else starts one, or takes over what a killed owner left. */
  async #attachOrStart(): Promise<Use> {
    const { database, startTimeout = 60, settings, ...rest } = this.#options;
    const patience = Date.now() + startTimeout * 1000;
    for (;;) {
      const attached = await this.#attach();
      if (attached) return attached;
      await this.#untilSettled(patience);
      const { detached } = this.#directory;
      let server: EmbeddedPostgres;
      try {
        server = await EmbeddedPostgres.start({
          ...rest,
          settings: { ...LOGGED, ...settings },
          startTimeout,
          dataDir: this.#asked,
        });
      } catch (error) {
        // Another one came first, or is about to stop it: a moment later it is ready or free.
        if (!(error instanceof DataDirectoryInUse) || Date.now() > patience) throw error;
        await sleep(20);
        continue;
      }
      // It was not ready a moment ago, but somebody means it to stay.
      if (detached && server.adopted) {
        await server.detach();
        continue;
      }
      try {
        const url = await server.createDatabase(database, { ifNotExists: true });
        return { url, exited: server.exited, server };
      } catch (error) {
        await server.stop();
        throw error;
      }
    }
  }

  /** Waits while another process is about to start the server or to stop it. */
  async #untilSettled(patience: number): Promise<void> {
    const directory = this.#directory;
    for (let idleSince = Date.now(); ; await sleep(20)) {
      const owner = Ownership.current(directory);
      const running = runningPostmaster(directory.path);
      if (owner === undefined || running?.status === "ready") return;
      const now = Date.now();
      if (running || !directory.initialised) idleSince = now;
      if (now > patience || now - idleSince > IDLE) throw new DataDirectoryInUse(directory.path, owner, running);
    }
  }

  async #attach(): Promise<Use | undefined> {
    const found = await EmbeddedPostgres.find(this.#asked);
    if (found?.status !== "ready") return undefined;
    const { control, detached } = this.#directory;
    const users = Presence.list(control, "user");
    if (found.ownerPid === undefined && !detached && users.size === 0) return undefined;
    const presence = Presence.enter(control, "user");
    try {
      // Entered first, then looked: either we see who closes, or they see us.
      if (Presence.list(control, "closing").size === 0) {
        const url = await createDatabase(found.url, this.#options.database, true);
        return { url, exited: (await adopt(this.#directory, found.pid)).exited, presence };
      }
    } catch (error) {
      presence.leave();
      if ((await EmbeddedPostgres.find(this.#asked))?.pid === found.pid) throw error;
    }
    presence.leave();
    return undefined;
  }

  /** Stops the server unless somebody uses it; to be called by its owner. */
  async #close(stop: () => Promise<unknown>, leave: () => void): Promise<void> {
    const { control } = this.#directory;
    const closing = Presence.enter(control, "closing");
    try {
      if (Presence.list(control, "user").size === 0) await stop();
      else leave();
    } finally {
      closing.leave();
    }
  }

  /** The last user of a server that lost its owner stops it. */
  async #stopIfUnused(): Promise<void> {
    const directory = this.#directory;
    if (!directory.ours || directory.detached || Ownership.current(directory) !== undefined) return;
    if (Presence.list(directory.control, "user").size > 0) return;
    try {
      const ownership = await Ownership.take(directory);
      await this.#close(
        () => end(directory),
        () => {},
      ).finally(() => ownership.release());
    } catch (error) {
      // Somebody else sees to it.
      if (!(error instanceof DataDirectoryInUse)) throw error;
    }
  }

  /** Ownership, unless a live process owns the server, be it by using one whose owner has left. */
  async #takeForGood(directory: DataDirectory): Promise<Ownership> {
    const ownership = await Ownership.take(directory);
    const user = [...Presence.list(directory.control, "user").values()][0];
    const running = runningPostmaster(directory.path);
    if (user === undefined || directory.detached || running === undefined) return ownership;
    ownership.release();
    throw new DataDirectoryInUse(directory.path, user.pid, running);
  }
}

/** A server attached to (with our presence) or owned (with the server itself). */
interface Use {
  readonly url: string;
  readonly exited: Promise<Exit>;
  readonly server?: EmbeddedPostgres;
  readonly presence?: Presence;
}

async function adopt(directory: DataDirectory, pid: number): Promise<Postmaster> {
  const identity = identify(pid) ?? { pid, startedAt: "gone" };
  return Postmaster.adopt(directory, (await locateBinaries()).pgCtl, identity);
}

/** Stops what runs; to be called by its owner. */
async function end(directory: DataDirectory): Promise<boolean> {
  const running = runningPostmaster(directory.path);
  if (running) await (await adopt(directory, running.pid)).stop("fast");
  directory.detached = false;
  return running !== undefined;
}
