import type { ConnectOptions } from "../../connection/connect.ts";
import type { Step, Targets } from "../script/revision-graph.ts";
import { ScriptDirectory } from "../script/script-directory.ts";
import { Connections } from "./connections.ts";
import type { MigrationEvent } from "./events.ts";
import { editedSince, type Journal, journal, type MigrationStatus, statusOf } from "./journal.ts";
import { LogTable, type NewEntry, unfinished } from "./log-table.ts";
import type { Patience } from "./patience.ts";
import type { MigrationPlan } from "./plan.ts";
import { readTables } from "./read-tables.ts";
import { inTransaction } from "./transaction.ts";
import { callHook, type VersionHook } from "./version-hook.ts";
import { CREATE_VERSION_TABLE, readVersionRows, type VersionReader, writeVersionRows } from "./version-table.ts";

/** Options of a {@link Migrator}. */
export interface MigratorOptions {
  /** Where to migrate: a direct connection, because the lock lives as long as the connection does. */
  readonly connect: ConnectOptions;
  /** The migrations directory; its revision files are in `versions/` below it. */
  readonly directory: string;
  /** Further directories of revision files. */
  readonly versions?: readonly string[];
  /** Revisions that are loaded already, to be run instead of those of the directories. */
  readonly script?: ScriptDirectory;
  /** The role that revisions run as and whose the objects are that they create (SET ROLE); default: the one that connects. */
  readonly role?: string;
  /**
   * Seconds that a statement waits for a lock before it gives way and is tried again; 0: as long as it takes. Default: the
   * connection's lock timeout if it has one, else 2.
   */
  readonly lockTimeout?: number;
  /**
   * How often a lock is waited for before it counts as a failure, with a pause in between that doubles each time, from half
   * a second to half a minute; default 10.
   */
  readonly lockAttempts?: number;
  /** Called whenever the version table changes, in the same transaction. */
  readonly onVersionApply?: VersionHook;
  /** Told what happens, as it happens. */
  readonly onEvent?: (event: MigrationEvent) => void;
}

/** Options of a run, up or down. */
export interface RunOptions {
  /**
   * Aborting it rolls the revision under way back, or stops it between two steps, releases the lock and throws
   * {@link MigrationInterrupted}.
   */
  readonly signal?: AbortSignal;
  /** Refuse unless there is exactly one revision to run; default false. */
  readonly expectOne?: boolean;
}

/** Options of `upgrade`. */
export interface UpgradeOptions extends RunOptions {
  /** Objects whose data may be destroyed, by name: `users.nickname`. See {@link ConsentNeeded}. */
  readonly allowDrop?: readonly string[];
}

/** Options of `stamp`. */
export interface StampOptions extends Pick<RunOptions, "signal"> {
  /** Empty the version table first, whatever it says; default false. */
  readonly purge?: boolean;
}

/** Seconds; long enough for a busy table, short enough for those who wait behind us. */
const LOCK_TIMEOUT = 2;

/**
 * Moves a database along its revisions. Each run opens one connection, takes an advisory lock on it, and only then reads
 * the version rows, so that of many runs at once one applies and the others find nothing left to do. A run with nothing
 * to do writes nothing.
 *
 * `statement_timeout` and the timeouts of idle sessions are off on that connection, because they are meant for requests.
 *
 * The revision files are read once, when first needed. All methods throw what {@link ScriptDirectory.load} throws, and
 * `ConnectionFailed` when the database cannot be reached; those that take the lock throw `TransactionPooler`.
 */
export class Migrator {
  readonly #connections: Connections;
  readonly #load: () => Promise<ScriptDirectory>;
  readonly #role: string | undefined;
  readonly #patience: Patience;
  readonly #onVersionApply: VersionHook | undefined;
  readonly #onEvent: (event: MigrationEvent) => void;
  #script: Promise<ScriptDirectory> | undefined;

  constructor({
    connect,
    directory,
    versions,
    script,
    role,
    lockTimeout,
    lockAttempts = 10,
    onVersionApply,
    onEvent = () => {},
  }: MigratorOptions) {
    this.#connections = new Connections(connect, role, onEvent);
    this.#role = role;
    this.#load = async () => script ?? ScriptDirectory.load(directory, versions);
    this.#patience = { lockTimeout: lockTimeout ?? (connect.lockTimeout || LOCK_TIMEOUT), lockAttempts };
    this.#onVersionApply = onVersionApply;
    this.#onEvent = onEvent;
  }

  /** The revision files. */
  script(): Promise<ScriptDirectory> {
    this.#script ??= this.#load().catch((error: unknown) => {
      this.#script = undefined; // the next call may find the file corrected
      throw error;
    });
    return this.#script;
  }

  /**
   * Applies targets and all they need; `head` by default.
   *
   * @returns the steps done; none when the target was applied already.
   * @throws {MigrationFailed} when a revision fails; those before it stay.
   * @throws {ConsentNeeded} when data would be destroyed that nobody has agreed to.
   * @throws {RevisionUnfinished} @throws {UnfinishedRevisionEdited} when an earlier run was broken off.
   * @throws {DatabaseNewerThanCode} @throws {ExpectedOneRevision} @throws {MigrationInterrupted}, and what
   *   `RevisionGraph.upgrade` throws.
   */
  upgrade(targets: Targets = "head", options: UpgradeOptions = {}): Promise<readonly Step[]> {
    return this.#move("upgrade", targets, options);
  }

  /**
   * Reverts whatever was applied on top of a target; `base` reverts everything.
   *
   * @returns the steps done.
   * @throws {NotDowngradeTarget}, what `RevisionGraph.downgrade` throws, and what {@link upgrade} throws but for the consent:
   *   what a downgrade takes away was asked for.
   */
  downgrade(target: string, options: RunOptions = {}): Promise<readonly Step[]> {
    return this.#move("downgrade", target, options);
  }

  /**
   * Makes the version table say that targets are applied, and runs nothing. A revision that was broken off counts as given
   * up.
   *
   * @returns the steps done.
   */
  async stamp(targets: Targets, { signal, purge = false }: StampOptions = {}): Promise<readonly Step[]> {
    const script = await this.script();
    return this.#connections.locked(signal, async ({ connection, rows, log }) => {
      const before = rows ?? [];
      const purged = purge ? emptying(before) : [];
      const { steps, warnings } = script.graph.plan("stamp", targets, purge ? [] : before);
      this.#warn(warnings);
      const isBroken = unfinished(log.entries ?? []) !== undefined;
      const table = new LogTable(connection, log.table);
      if (steps.length === 0 && purged.length === 0 && !isBroken) return steps;
      await inTransaction(connection, this.#patience.lockTimeout, async () => {
        if (rows === undefined) await connection.query(CREATE_VERSION_TABLE);
        if (isBroken) await table.abandon();
        for (const step of [...purged, ...steps]) {
          await writeVersionRows(connection, step);
          if (log.entries !== undefined) await table.done(stampEntry(script, step.revision));
          await callHook(this.#onVersionApply, connection, { ...step, direction: "stamp" });
        }
      });
      const rowsAfter = [...purged, ...steps].at(-1)?.rowsAfter ?? before;
      this.#onEvent({ kind: "stamped", rowsBefore: before, rowsAfter });
      return steps;
    });
  }

  /**
   * What {@link upgrade} or {@link downgrade} would do as the database is now. It takes no lock and changes nothing.
   *
   * @throws what they throw before they run anything, but for the consent.
   */
  async plan(direction: "upgrade" | "downgrade", targets: Targets): Promise<MigrationPlan> {
    const [{ describePlan, prepare }, script] = await Promise.all([import("./plan.ts"), this.script()]);
    return this.#connections.connected(undefined, async (connection) => {
      const { rows = [], log } = await readTables(connection);
      return describePlan(prepare(script, direction, targets, rows, log.entries ?? []));
    });
  }

  /** The version table's rows, sorted; none when there is no table. Takes no lock. */
  async current(): Promise<readonly string[]> {
    return this.#connections.connected(undefined, async (connection) => (await readVersionRows(connection)) ?? []);
  }

  /**
   * Where the database stands, by one SELECT and no lock: fit for a readiness check.
   *
   * @param reader what to ask; by default a connection is opened for it and closed again.
   */
  async status(reader?: VersionReader): Promise<MigrationStatus> {
    const rows = reader === undefined ? this.current() : readVersionRows(reader);
    const [script, current = []] = await Promise.all([this.script(), rows]);
    return statusOf(script, current);
  }

  /** Where the database stands, what was done to it and when, and what does not fit the files any more. Takes no lock. */
  async journal(): Promise<Journal> {
    const [script, { rows = [], log }] = await Promise.all([
      this.script(),
      this.#connections.connected(undefined, readTables),
    ]);
    return journal(script, rows, log.entries ?? []);
  }

  /**
   * Takes the files of applied revisions as they are now for what was applied, where they were edited since: they are not
   * reported any more. Nothing is run.
   *
   * @returns the revisions that had been edited.
   */
  async acceptEdits({ signal }: Pick<RunOptions, "signal"> = {}): Promise<readonly string[]> {
    const script = await this.script();
    return this.#connections.locked(signal, async ({ connection, rows, log }) => {
      const edited = editedSince(script, rows ?? [], log.entries ?? []).map(({ revision }) => revision);
      const table = new LogTable(connection, log.table);
      await inTransaction(connection, this.#patience.lockTimeout, async () => {
        for (const revision of edited) await table.done(stampEntry(script, revision));
      });
      return edited;
    });
  }

  async #move(direction: "upgrade" | "downgrade", targets: Targets, options: UpgradeOptions): Promise<readonly Step[]> {
    const [{ runPlan }, script] = await Promise.all([import("./run-plan.ts"), this.script()]);
    return this.#connections.locked(options.signal, (found) =>
      runPlan(script, direction, targets, found, {
        ...this.#patience,
        ...options,
        role: this.#role,
        onVersionApply: this.#onVersionApply,
        onEvent: this.#onEvent,
        restoreSettings: () => this.#connections.restoreSettings(found.connection),
      }),
    );
  }

  #warn(messages: readonly string[]): void {
    for (const message of messages) this.#onEvent({ kind: "warning", message });
  }
}

/** The steps that take away all rows, also those that are no revision. */
function emptying(rows: readonly string[]): readonly Step[] {
  return rows.map((revision, index) => ({ revision, rowsBefore: rows.slice(index), rowsAfter: rows.slice(index + 1) }));
}

function stampEntry(script: ScriptDirectory, revision: string): NewEntry {
  const checksum = script.graph.has(revision) ? script.get(revision).checksum : undefined;
  return { revision, direction: "stamp", checksum, startedAt: new Date() };
}
