import type { Connection } from "../../connection/connection.ts";
import { CommitOutcomeUnknown } from "../../errors.ts";
import { abortable } from "../../session/abortable.ts";
import { ConsentNeeded, MigrationFailed, UnfinishedRevisionEdited, VersionRowsChanged } from "../errors.ts";
import { quoteName } from "../operations/identifier.ts";
import { becauseOfAge } from "../operations/server-age.ts";
import type { DataStep, RecordedStep, SqlStep } from "../operations/step.ts";
import type { Revision } from "../script/revision.ts";
import type { Step } from "../script/revision-graph.ts";
import { countLosses, requireConsent } from "./consent.ts";
import { MigrationData, type Stepwise } from "./data.ts";
import type { MigrationEvent, Move } from "./events.ts";
import { type LogEntry, type LogTable, type Position, stepDigest } from "./log-table.ts";
import { type Patience, withPatience } from "./patience.ts";
import { whatIsLeft } from "./recovery.ts";
import { isSetting } from "./session-state.ts";
import { inTransaction } from "./transaction.ts";
import { callHook, type VersionHook } from "./version-hook.ts";
import { CREATE_VERSION_TABLE, writeVersionRows } from "./version-table.ts";

/** One revision to be applied or reverted. */
export interface Work {
  readonly revision: Revision;
  readonly move: Move;
  readonly step: Step;
  /** What it has recorded. */
  readonly steps: readonly RecordedStep[];
  /** Whether it runs step by step; otherwise it is one transaction. */
  readonly isStepwise: boolean;
  /** What an earlier run has left of it. */
  readonly unfinished: LogEntry | undefined;
}

/** What all revisions of one run have in common. */
export interface Run extends Patience {
  readonly connection: Connection;
  readonly signal: AbortSignal | undefined;
  readonly allowDrop: readonly string[];
  /** What revisions run as; undefined: the role that connects. */
  readonly role: string | undefined;
  readonly onVersionApply: VersionHook | undefined;
  readonly onEvent: (event: MigrationEvent) => void;
  /** Makes the session again what it was when the run began, whatever a revision has SET. */
  readonly restoreSettings: () => Promise<void>;
  readonly log: LogTable;
  /** Which of our tables are there; what a revision makes is noted. */
  readonly tables: { version: boolean; log: boolean };
}

/** Applies or reverts one revision. It is made for one. */
export class Application {
  readonly #run: Run;
  readonly #work: Work;
  /** What is being run, for an error that comes from it. */
  #statement: string | undefined;
  #step: string | undefined;
  #stepsDone = 0;

  constructor(run: Run, work: Work) {
    this.#run = run;
    this.#work = work;
    this.#stepsDone = work.unfinished?.stepsDone ?? 0;
  }

  /**
   * Does it: in one transaction with its version row, so that a process killed at any moment leaves the database before
   * or after it; or step by step, each noted when it is done, so that the next run goes on behind it.
   *
   * Aborting the run's signal cancels the statement under way; a commit is never cancelled.
   *
   * @throws {MigrationFailed} when a step fails. @throws {VersionRowsChanged} @throws {ConsentNeeded}
   * @throws {CommitOutcomeUnknown} when the connection dies while committing; the version row tells how it went.
   */
  async apply(): Promise<void> {
    const { revision, move, steps, isStepwise } = this.#work;
    try {
      await (isStepwise ? this.#stepByStep() : this.#atOnce());
    } catch (error) {
      if (this.#run.signal?.aborted || PLAIN.some((kind) => error instanceof kind)) throw error;
      // What comes without a statement comes from our tables or, by a deferred constraint, from the commit.
      const { direction } = move;
      const file = direction === "upgrade" ? revision.file : revision.downgradeFile;
      const facts = { revision: revision.id, file, direction };
      const progress = isStepwise ? { stepsDone: this.#stepsDone, steps: steps.length } : {};
      throw new MigrationFailed(
        { ...facts, ...progress, step: this.#step, statement: this.#statement },
        await becauseOfAge(this.#run.connection, this.#statement ?? "", asError(error)),
      );
    }
  }

  async #atOnce(): Promise<void> {
    const { signal, tables } = this.#run;
    const { revision, steps, step, move } = this.#work;
    const startedAt = new Date();
    await this.#patiently(async () => {
      for (const [index, recorded] of steps.entries()) {
        this.#announce(index);
        await this.#consent(recorded);
        if (recorded.kind === "data") await this.#runData(recorded, undefined);
        else await this.#send(recorded);
      }
      this.#begun(undefined);
      signal?.throwIfAborted();
      await this.#restore();
      await this.#makeTables();
      await this.#run.log.done({
        revision: revision.id,
        direction: move.direction,
        checksum: revision.checksum,
        startedAt,
      });
      await this.#moveVersion(step);
    });
    Object.assign(tables, { version: true, log: true });
  }

  async #stepByStep(): Promise<void> {
    const { signal } = this.#run;
    const { revision, steps, step, unfinished } = this.#work;
    const entry = unfinished?.id ?? (await this.#begin());
    const resumedAt = this.#stepsDone;
    let digest = unfinished?.stepsDigest;
    await this.#setAgain(resumedAt);
    for (const [index, recorded] of steps.entries()) {
      if (index < resumedAt) continue;
      signal?.throwIfAborted();
      this.#announce(index);
      digest = stepDigest(digest, recorded);
      const note = (): Promise<void> => this.#note(() => this.#run.log.steps(entry, index + 1, digest!));
      if (recorded.kind === "data") {
        const position = index === resumedAt ? unfinished?.position : undefined;
        await this.#runData(recorded, this.#stepwise(entry, recorded.title, position));
        await this.#patiently(note);
      } else if (recorded.recovery === undefined) {
        await this.#patiently(async () => {
          await this.#consent(recorded);
          await this.#send(recorded);
          await note();
        });
      } else {
        await this.#outside(recorded, unfinished !== undefined && index === resumedAt);
        await this.#patiently(note);
      }
      this.#begun(undefined);
      this.#stepsDone = index + 1;
    }
    await this.#patiently(async () => {
      await this.#restore();
      await this.#run.log.finished(entry, revision.checksum);
      await this.#moveVersion(step);
    });
  }

  /** Notes that the revision has begun, and returns its entry in the log. */
  async #begin(): Promise<string> {
    const { tables } = this.#run;
    const { revision, move } = this.#work;
    const entry = await this.#patiently(async () => {
      await this.#makeTables();
      const { id, checksum } = revision;
      return this.#run.log.begun({ revision: id, direction: move.direction, checksum });
    });
    Object.assign(tables, { version: true, log: true });
    return entry;
  }

  /** What a revision SETs lasts for it, and ends before our own writes. */
  async #restore(): Promise<void> {
    const { connection, lockTimeout, restoreSettings } = this.#run;
    await restoreSettings();
    await connection.query(`set local lock_timeout = ${Math.ceil(lockTimeout * 1000)}`);
  }

  /** A note between two steps, by the role that the log belongs to; the steps go on with theirs. */
  async #note(write: () => Promise<void>): Promise<void> {
    const { connection, role } = this.#run;
    await connection.query(`set local role ${role === undefined ? "none" : quoteName(role)}`);
    await write();
  }

  /** What the steps that are done had SET was gone with their session. */
  async #setAgain(stepsDone: number): Promise<void> {
    for (const step of this.#work.steps.slice(0, stepsDone)) {
      if (step.kind === "sql" && isSetting(step.statement.text)) await this.#send(step);
    }
  }

  /**
   * A step that no transaction may hold. An index is built and dropped concurrently without making anybody wait, so that it
   * may take as long as it takes; whatever else runs outside gives way like any other.
   */
  async #outside(recorded: SqlStep, resumed: boolean): Promise<void> {
    const { connection, signal, lockTimeout } = this.#run;
    const harmless = ["createIndex", "dropIndex", "reindex"].includes(recorded.recovery!.kind);
    const waits = harmless ? 0 : Math.ceil(lockTimeout * 1000);
    await connection.query(`set lock_timeout = ${waits}`, [], signal);
    await this.#again(async () => {
      await this.#consent(recorded);
      const left = await whatIsLeft(connection, recorded, resumed, (what) => this.#emit({ kind: "recovered", what }));
      if (left === undefined) return;
      this.#statement = left.text;
      await connection.query(left.text, left.values, signal);
    });
  }

  #send({ statement: { text, values } }: SqlStep): Promise<unknown> {
    this.#statement = text;
    return this.#run.connection.query(text, values, this.#run.signal);
  }

  /** An abort ends the waiting for it, whatever its function is doing. */
  async #runData({ title, run }: DataStep, stepwise: Stepwise | undefined): Promise<void> {
    const { connection, signal } = this.#run;
    const onProgress = (rows: number, total: number | undefined): void =>
      this.#emit({ kind: "progress", title, rows, total });
    const onStatement = (text: string): void => {
      this.#statement = text;
    };
    const data = new MigrationData({ connection, signal, onProgress, onStatement, stepwise });
    try {
      await abortable((async () => run(data))(), signal);
    } finally {
      data.end();
    }
  }

  /** @param entry the revision's in the log. */
  #stepwise(entry: string, title: string, resumeAt: Position | undefined): Stepwise {
    const { revision } = this.#work;
    return {
      together: (work) => this.#patiently(work),
      remember: (position) => this.#note(() => this.#run.log.position(entry, { title, ...position })),
      resumeAt,
      refuseToResume: () => {
        throw new UnfinishedRevisionEdited(revision.id, revision.file, this.#stepsDone);
      },
    };
  }

  /** An upgrade asks before it destroys; whoever downgrades has asked for what the revision takes back. */
  async #consent({ losses }: RecordedStep): Promise<void> {
    if (losses.length === 0) return;
    const { connection, allowDrop } = this.#run;
    const { revision, move } = this.#work;
    if (move.direction === "upgrade") {
      await requireConsent(connection, [
        { revision: revision.id, losses, allowed: [...allowDrop, ...revision.allowDrop] },
      ]);
    } else {
      const counted = await countLosses(connection, losses);
      if (counted.length > 0) this.#emit({ kind: "losing", losses: counted });
    }
  }

  async #makeTables(): Promise<void> {
    const { connection, tables, log } = this.#run;
    if (!tables.version) await connection.query(CREATE_VERSION_TABLE);
    if (!tables.log) await log.create();
  }

  async #moveVersion(step: Step): Promise<void> {
    const { connection, onVersionApply } = this.#run;
    await writeVersionRows(connection, step);
    await callHook(onVersionApply, connection, { ...step, direction: this.#work.move.direction });
  }

  /** A transaction that is tried again when it had to wait too long for a lock. */
  #patiently<T>(work: () => Promise<T>): Promise<T> {
    const { connection, lockTimeout } = this.#run;
    return this.#again(() => inTransaction(connection, lockTimeout, work));
  }

  #again<T>(work: () => Promise<T>): Promise<T> {
    const { connection, signal, lockAttempts } = this.#run;
    return withPatience(connection, lockAttempts, work, (retry) => this.#emit({ kind: "retrying", ...retry }), signal);
  }

  #announce(index: number): void {
    const { steps } = this.#work;
    const { title } = steps[index]!;
    this.#begun(title);
    this.#emit({ kind: "step", step: index + 1, steps: steps.length, title });
  }

  /** @param step undefined: what comes now is of no step. */
  #begun(step: string | undefined): void {
    this.#step = step;
    this.#statement = undefined;
  }

  #emit(event: Told): void {
    this.#run.onEvent({ ...event, ...this.#work.move } as MigrationEvent);
  }
}

/** An event of one revision, without its way. */
type Told = MigrationEvent extends infer E ? (E extends Move ? Omit<E, keyof Move> : never) : never;

/** Errors that say enough by themselves. */
const PLAIN = [CommitOutcomeUnknown, VersionRowsChanged, ConsentNeeded, UnfinishedRevisionEdited];

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
