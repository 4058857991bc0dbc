import type { DatabaseManager, ReplicaStatus } from "@hypertroq/database";
import { type BackupEntry, listBackups } from "@hypertroq/database/backup";
import type { Migrator, ScriptDirectory } from "@hypertroq/database/migrations";
import type {
  Activity,
  Alert,
  Entity,
  LockNode,
  Monitor,
  RepeatedStatement,
  Sample,
  SlowQuerySummary,
  StatementTotals,
  TableSize,
} from "@hypertroq/database/monitoring";
import type { Metrics, RequestCount } from "../monitoring/metrics.ts";
import type { Readiness, ReadinessReport } from "../monitoring/readiness.ts";
import { type Read, Reading } from "./reading.ts";
import { MOST_ENTITIES } from "./sections/entities.ts";

/** What the dashboard shows: one moment. */
export interface OpsFacts {
  readonly environment: string;
  /** Without its password. */
  readonly database: string;
  /** Seconds since the process started. */
  readonly uptime: number;
  readonly draining: boolean;
  readonly pool: ReturnType<DatabaseManager["pool"]["status"]>;
  /** Most connections the pool may have open; Infinity: no limit. */
  readonly maxConnections: number;
  /** In the order of REPLICA_URLS. */
  readonly replicas: readonly ReplicaStatus[];
  readonly readiness: Read<ReadinessReport>;
  /** Oldest first. */
  readonly samples: readonly Sample[];
  readonly alerts: readonly Alert[];
  readonly slowQueries: readonly SlowQuerySummary[];
  readonly repeated: readonly RepeatedStatement[];
  readonly requests: readonly RequestCount[];
  readonly locks: Read<readonly LockNode[]>;
  readonly activity: Read<readonly Activity[]>;
  readonly tables: Read<readonly TableSize[]>;
  readonly entities: Read<readonly Entity[]>;
  /** The value's `totals` is undefined where pg_stat_statements is not loaded. */
  readonly statements: Read<{ readonly totals: readonly StatementTotals[] | undefined }>;
  readonly script: Read<ScriptDirectory>;
  readonly backups: Read<readonly BackupEntry[]>;
  /** Whether backups are made by the clock. */
  readonly backupsScheduled: boolean;
}

export interface FactsOptions {
  readonly environment: string;
  readonly database: string;
  readonly maxConnections: number;
  readonly backupDirectory: string;
  readonly backupsScheduled: boolean;
  readonly draining: () => boolean;
  readonly manager: DatabaseManager;
  readonly migrator: Migrator;
  readonly monitor: Monitor;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
}

/** Longest time in milliseconds that a page waits for a server that does not answer. */
const PATIENCE = 1500;

/** Gathers what the dashboard shows. Nothing is asked of the server while nobody looks. */
export class Facts {
  readonly #options: FactsOptions;
  readonly #readings: ReturnType<typeof readingsOf>;

  constructor(options: FactsOptions) {
    this.#options = options;
    this.#readings = readingsOf(options);
  }

  /** What is known now. What takes longer to find out is as it was at the last look, and looked at anew. */
  async now(): Promise<OpsFacts> {
    const { manager, monitor, metrics, draining, environment, database, maxConnections, backupsScheduled } =
      this.#options;
    const { readiness, locks, activity, tables, entities, statements, script, backups } = this.#readings;
    return {
      environment,
      database,
      maxConnections,
      backupsScheduled,
      uptime: process.uptime(),
      draining: draining(),
      pool: manager.pool.status(),
      replicas: manager.replicas(),
      samples: monitor.samples(),
      alerts: monitor.alerts(),
      slowQueries: monitor.slowQueries(),
      repeated: monitor.repeatedStatements(),
      requests: await metrics.requests(),
      readiness: readiness.now(),
      locks: locks.now(),
      activity: activity.now(),
      tables: tables.now(),
      entities: entities.now(),
      statements: statements.now(),
      script: script.now(),
      backups: backups.now(),
    };
  }

  /** The same, all of it looked at just now, unless the server does not answer. */
  async fresh(): Promise<OpsFacts> {
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, PATIENCE);
    });
    await Promise.race([enough, Promise.all(Object.values(this.#readings).map((reading) => reading.refresh()))]);
    clearTimeout(timer);
    return await this.now();
  }
}

function readingsOf({ monitor, migrator, readiness, backupDirectory }: FactsOptions) {
  return {
    readiness: new Reading(2, () => readiness.check()),
    locks: new Reading(0.8, () => monitor.locks()),
    activity: new Reading(0.8, () => monitor.activity()),
    tables: new Reading(10, () => monitor.tables()),
    entities: new Reading(30, () => monitor.entities(MOST_ENTITIES)),
    statements: new Reading(5, async () => ({ totals: await monitor.statements() })),
    script: new Reading(60, () => migrator.script()),
    backups: new Reading(30, () => listBackups(backupDirectory)),
  };
}
