import { type ConnectOptions, connect } from "../../connection/connect.ts";
import type { Connection } from "../../connection/connection.ts";
import { CommitOutcomeUnknown } from "../../errors.ts";
import { MigrationInterrupted } from "../errors.ts";
import type { Step } from "../script/revision-graph.ts";
import { ScriptDirectory } from "../script/script-directory.ts";
import { applyRevision, inTransaction } from "./apply.ts";
import type { MigrationEvent, Move } from "./events.ts";
import { acquireLock, releaseLock } from "./lock.ts";
import { createVersionTable, readVersionRows, type VersionReader, writeVersionRows } from "./version-table.ts";

export interface MigratorOptions {
  /** Where to migrate: a direct connection, because the lock lives as long as the connection does. */
  readonly connect: ConnectOptions;
  /** The migrations directory; its revision files are in `versions/` below it. */
  readonly directory: string;
  /** Told what happens, as it happens. */
  readonly onEvent?: (event: MigrationEvent) => void;
}

export interface RunOptions {
  /** Aborting it rolls the revision under way back, releases the lock and throws {@link MigrationInterrupted}. */
  readonly signal?: AbortSignal;
}

export interface StampOptions extends RunOptions {
  /** Empty the version table first, whatever it says; default false. */
  readonly purge?: boolean;
}

/** Where a database stands against the revision files. */
export interface MigrationStatus {
  /** The version table's rows; empty when there is no table. */
  readonly current: readonly string[];
  readonly heads: readonly string[];
  /** Whether everything is applied and nothing is unknown. */
  readonly atHead: boolean;
  /** Rows of which there is no revision file: the database is newer than the code. */
  readonly unknown: readonly string[];
}

/**
 * Moves a database along its revisions. Each run opens one connection, takes an advisory lock on it, and only then reads
 * the version rows, so that of many runs at once one applies and the others find nothing left to do. A run with nothing
 * to do writes nothing.
 *
 * `statement_timeout` is off on that connection, because it is meant for requests; `lockTimeout` holds.
 *
 * The revision files are read once, when first needed. All methods throw what {@link ScriptDirectory.load} throws, and
 * `ConnectionFailed` when the database cannot be reached.
 */
export class Migrator {
  readonly #connect: ConnectOptions;
  readonly #directory: string;
  readonly #onEvent: (event: MigrationEvent) => void;
  #script: Promise<ScriptDirectory> | undefined;

  constructor({ connect, directory, onEvent = () => {} }: MigratorOptions) {
    this.#connect = { ...connect, statementTimeout: 0 };
    this.#directory = directory;
    this.#onEvent = onEvent;
  }

  /** The revision files. */
  script(): Promise<ScriptDirectory> {
    this.#script ??= ScriptDirectory.load(this.#directory).catch((error: unknown) => {
      this.#script = undefined; // the next call may find the file corrected
      throw error;
    });
    return this.#script;
  }

  /**
   * Applies a target and all it needs; `head` by default.
   *
   * @returns the steps done; none when the target was applied already.
   * @throws {MigrationFailed} when a revision fails; it was rolled back, those before it stay.
   * @throws {DatabaseNewerThanCode} @throws {MigrationInterrupted}, and what `RevisionGraph.upgrade` throws.
   */
  upgrade(target = "head", options: RunOptions = {}): Promise<readonly Step[]> {
    return this.#move("upgrade", target, options);
  }

  /**
   * Reverts whatever was applied on top of a target; `base` reverts everything.
   *
   * @returns the steps done.
   * @throws {MigrationFailed} @throws {NotDowngradeTarget} @throws {MigrationInterrupted}, and what
   *   `RevisionGraph.downgrade` throws.
   */
  downgrade(target: string, options: RunOptions = {}): Promise<readonly Step[]> {
    return this.#move("downgrade", target, options);
  }

  /**
   * Makes the version table say that a target is applied, and runs nothing.
   *
   * @returns the steps done.
   */
  async stamp(target: string, { signal, purge = false }: StampOptions = {}): Promise<readonly Step[]> {
    const script = await this.script();
    return this.#locked(signal, async (connection, rows) => {
      const before = purge ? [] : (rows ?? []);
      const steps = script.graph.stamp(target, before);
      const purged = purge ? (rows ?? []) : [];
      if (steps.length === 0 && purged.length === 0) return steps;
      await inTransaction(connection, async () => {
        if (rows === undefined) await createVersionTable(connection);
        if (purged.length > 0) await connection.query("delete from alembic_version");
        for (const step of steps) await writeVersionRows(connection, step);
      });
      this.#onEvent({ kind: "stamped", rowsBefore: rows ?? [], rowsAfter: steps.at(-1)?.rowsAfter ?? [] });
      return steps;
    });
  }

  /** The version table's rows, sorted; none when there is no table. Takes no lock. */
  async current(): Promise<readonly string[]> {
    return this.#connected(async (connection) => (await readVersionRows(connection)) ?? []);
  }

  /**
   * Where the database stands, by one SELECT and no lock: fit for a readiness check.
   *
   * @param reader what to ask; by default a connection is opened for it and closed again.
   */
  async status(reader?: VersionReader): Promise<MigrationStatus> {
    const { graph } = await this.script();
    const current = reader === undefined ? await this.current() : ((await readVersionRows(reader)) ?? []);
    const { heads } = graph;
    const atHead = current.length === heads.length && heads.every((head) => current.includes(head));
    return { current, heads, atHead, unknown: graph.unknown(current) };
  }

  async #move(direction: "upgrade" | "downgrade", target: string, { signal }: RunOptions): Promise<readonly Step[]> {
    const script = await this.script();
    return this.#locked(signal, async (connection, rows) => {
      const steps = script.graph[direction](target, rows ?? []);
      let withTable = rows === undefined;
      const done: string[] = [];
      for (const step of steps) {
        if (signal?.aborted) throw new MigrationInterrupted(done);
        const revision = script.get(step.revision);
        const move: Move = { direction, revision: revision.id, parents: revision.down, message: revision.message };
        this.#onEvent({ kind: "started", ...move });
        const started = performance.now();
        try {
          await applyRevision(connection, { revision, direction, step, withTable }, signal);
        } catch (error) {
          throw signal?.aborted && !(error instanceof CommitOutcomeUnknown) ? new MigrationInterrupted(done) : error;
        }
        withTable = false;
        done.push(step.revision);
        this.#onEvent({ kind: "finished", milliseconds: performance.now() - started, ...move });
      }
      return steps;
    });
  }

  /** Runs `work` under the migration lock, with the version rows as they are under it; undefined: no table. */
  async #locked<T>(
    signal: AbortSignal | undefined,
    work: (connection: Connection, rows: readonly string[] | undefined) => Promise<T>,
  ): Promise<T> {
    return this.#connected(async (connection) => {
      try {
        await acquireLock(connection, (holder) => this.#onEvent({ kind: "waiting", holder }), signal);
      } catch (error) {
        throw signal?.aborted ? new MigrationInterrupted([]) : error;
      }
      try {
        return await work(connection, await readVersionRows(connection));
      } finally {
        await releaseLock(connection);
      }
    });
  }

  async #connected<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await connect(this.#connect);
    try {
      return await work(connection);
    } finally {
      await connection.close();
    }
  }
}
