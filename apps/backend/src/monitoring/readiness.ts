import type { DatabaseManager } from "@hypertroq/database";
import type { MigrationStatus, Migrator } from "@hypertroq/database/migrations";
import type { FastifyBaseLogger } from "fastify";

export interface Check {
  readonly ok: boolean;
  /** For whoever looks at the answer; names no host and no account. */
  readonly detail: string;
}

/** Whether requests can be served now, and where the database stands. */
export interface ReadinessReport {
  readonly ready: boolean;
  readonly database: Check;
  readonly revision: Check & { readonly current: readonly string[]; readonly head: readonly string[] };
  /** Absent without REPLICA_URLS. Requests can be served without replicas: the primary reads, too. */
  readonly replicas?: Check;
}

export interface ReadinessOptions {
  readonly manager: DatabaseManager;
  readonly migrator: Migrator;
  readonly logger: FastifyBaseLogger;
  /** Seconds until the database counts as not answering. Default 2. */
  readonly timeout?: number;
}

/** Asks the database, over the pool that requests use, for its revision: one SELECT shows that both are as they should be. */
export class Readiness {
  readonly #options: ReadinessOptions;
  #underWay: Promise<ReadinessReport> | undefined;
  #wasReady: boolean | undefined;
  #hasBeenReady = false;

  constructor(options: ReadinessOptions) {
    this.#options = options;
  }

  /** Whether the process has been ready at least once, which is what a startup probe asks. */
  get hasBeenReady(): boolean {
    return this.#hasBeenReady;
  }

  /** Callers at the same time share one look, so that probes cost one connection at most. Never rejects. */
  check(): Promise<ReadinessReport> {
    this.#underWay ??= this.#look().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #look(): Promise<ReadinessReport> {
    const { timeout = 2, logger } = this.#options;
    const replicas = this.#replicas();
    let report: ReadinessReport;
    let reason: unknown;
    try {
      report = judge(await this.#status(AbortSignal.timeout(timeout * 1000)));
    } catch (error) {
      reason = error;
      report = {
        ready: false,
        database: { ok: false, detail: "The database did not answer; the log says why." },
        revision: { ok: false, detail: "Unknown while the database does not answer.", current: [], head: [] },
      };
    }
    if (replicas !== undefined) report = { ...report, replicas };
    this.#hasBeenReady ||= report.ready;
    if (report.ready !== this.#wasReady) {
      if (report.ready) logger.info("ready");
      else logger.warn({ err: reason, database: report.database, revision: report.revision }, "not ready");
      this.#wasReady = report.ready;
    }
    return report;
  }

  #replicas(): Check | undefined {
    const states = this.#options.manager.replicas().map(({ state }) => state);
    if (states.length === 0) return undefined;
    const up = states.filter((state) => state === "up").length;
    return { ok: up === states.length, detail: `Reads go to ${up} of ${states.length} replicas.` };
  }

  async #status(signal: AbortSignal): Promise<MigrationStatus> {
    const { manager, migrator } = this.#options;
    return await manager.session(
      (db) =>
        migrator.status({
          query: async (text) => ({
            rows: await db.all<readonly unknown[]>({ compile: () => ({ text, values: [], reads: [] }) }),
          }),
        }),
      { signal },
    );
  }
}

function judge({ atHead, current, heads, unknown }: MigrationStatus): ReadinessReport {
  const at = current.length === 0 ? "at no revision" : `at ${current.join(", ")}`;
  const detail = atHead
    ? "The database is at head."
    : unknown.length > 0
      ? `The database is newer than this code, or belongs to other code: it is ${at}, which is unknown here. ` +
        "Deploy the code that has this revision."
      : `The database is behind this code: it is ${at}, and head is ${heads.join(", ")}. Run: npx hypertroq upgrade head`;
  return {
    ready: atHead,
    database: { ok: true, detail: "The database answers." },
    revision: { ok: atHead, detail, current, head: heads },
  };
}
