import { DefinitionError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { type DatabaseManager, targetOf } from "../session/manager.ts";
import type { SlowQuery } from "../session/slow-queries.ts";
import { type Alert, type AlertChange, Alerts, type AlertsOptions } from "./alerts/alerts.ts";
import type { AlertRule } from "./alerts/rule.ts";
import { DEFAULT_RULES } from "./alerts/rules/index.ts";
import { replicaRules } from "./alerts/rules/replicas.ts";
import { Webhook, type WebhookOptions } from "./alerts/webhook.ts";
import { DatabaseMetrics } from "./metrics.ts";
import { type Metric, prometheusText } from "./prometheus.ts";
import { type RepeatedStatement, RepeatedStatements } from "./repeated.ts";
import { type Sample, Samples } from "./samples.ts";
import { type Activity, readActivity } from "./server/activity.ts";
import { type Entity, readEntities } from "./server/entities.ts";
import { type LockNode, readLocks } from "./server/locks.ts";
import { SideConnection } from "./server/side-connection.ts";
import { readStatements, type StatementTotals } from "./server/statements.ts";
import { readTables, type TableSize } from "./server/tables.ts";
import { SlowList, type SlowQuerySummary } from "./slow-list.ts";

/** What an application says about its monitoring; in `hypertroq.config.ts` it also holds for `hypertroq doctor`. */
export interface MonitoringConfig extends Omit<AlertsOptions, "logger"> {
  /** Rules beside the ones that every database is looked at with, `backupRules` for one. */
  readonly rules?: readonly AlertRule[] | undefined;
}

/** Options of a {@link Monitor}. */
export interface MonitorOptions extends MonitoringConfig {
  /** Seconds of a sample. Default 1. */
  readonly sampleInterval?: number | undefined;
  /** Samples kept. Default 900. */
  readonly samples?: number | undefined;
  /** Seconds between two looks by the rules; 0: only when `look` is called. Default 15. */
  readonly alertInterval?: number | undefined;
  /** A statement that one session sends more often than this is told, and logged; 0: none. Default 10. */
  readonly repeated?: number | undefined;
  /** The share of sessions in which repeated statements are looked for, 0 to 1. Default 1. */
  readonly repeatedSample?: number | undefined;
  /** Where alerts are posted to. */
  readonly webhook?: WebhookOptions | undefined;
  /** `db.client.connection.pool.name`. Default hypertroq. */
  readonly poolName?: string | undefined;
  /** Where alerts and repeated statements are logged. Default the manager's logger. */
  readonly logger?: Logger | undefined;
}

/** What a monitor has to tell. */
export type MonitorEvent =
  | { readonly kind: "sample"; readonly sample: Sample }
  | { readonly kind: "slow query"; readonly query: SlowQuery }
  | { readonly kind: "repeated"; readonly repeated: RepeatedStatement }
  | { readonly kind: "alert"; readonly change: AlertChange };

/** Repeated statements kept. */
const MOST_REPEATED = 100;

/**
 * Watches an application's database: figures of each second in memory, slow and repeated statements with their place in the
 * code, metrics, alerts by rules, and what the server says of itself. Asks the server on a connection of its own, so that
 * it can look when the pool is used up. All of it holds no values of parameters, and texts without literals.
 */
export class Monitor {
  readonly #manager: DatabaseManager;
  readonly #options: MonitorOptions;
  readonly #logger: Logger;
  readonly #side: SideConnection;
  readonly #samples: Samples;
  readonly #slow = new SlowList();
  readonly #repeated: RepeatedStatement[] = [];
  readonly #alerts: Alerts;
  readonly #metrics: DatabaseMetrics;
  readonly #webhook: Webhook | undefined;
  readonly #listeners = new Set<(event: MonitorEvent) => void>();
  readonly #stopObserving: () => void;
  #timers: readonly NodeJS.Timeout[] = [];
  #looking: Promise<void> | undefined;

  /**
   * Watches from now on, and asks nothing yet; see `start`.
   *
   * @throws {DefinitionError} when an interval is no number of seconds, or a threshold is for no rule.
   */
  constructor(manager: DatabaseManager, options: MonitorOptions = {}) {
    const { rules = [], samples = 900, repeated = 10, repeatedSample = 1, webhook, poolName } = options;
    const target = targetOf(manager);
    this.#manager = manager;
    this.#options = options;
    this.#logger = options.logger ?? target.logger;
    this.#alerts = new Alerts(
      [...DEFAULT_RULES, ...replicaRules(manager), ...rules],
      { ...options, logger: this.#logger },
      (change) => this.#onAlert(change),
    );
    assertSeconds("sampleInterval", options.sampleInterval);
    assertSeconds("alertInterval", options.alertInterval);
    this.#side = new SideConnection(target, "hypertroq monitor");
    this.#samples = new Samples(manager, samples);
    this.#metrics = new DatabaseMetrics(manager, { poolName });
    this.#webhook = webhook === undefined ? undefined : new Webhook(webhook, this.#logger);
    const counter =
      repeated === 0 ? undefined : new RepeatedStatements(repeated, repeatedSample, (each) => this.#onRepeated(each));
    this.#stopObserving = manager.observe({
      statement: (statement) => {
        this.#samples.note(statement);
        counter?.note(statement);
      },
      transaction: (transaction) => this.#samples.noteTransaction(transaction),
      slowQuery: (query) => {
        this.#slow.add(query);
        this.#tell({ kind: "slow query", query });
      },
    });
  }

  /** Begins to take samples and to look by the rules. Its timers keep no process alive; its connection does, until `stop`. */
  start(): void {
    if (this.#timers.length > 0) return;
    const { sampleInterval = 1, alertInterval = 15 } = this.#options;
    const sample = (): void => this.#tell({ kind: "sample", sample: this.#samples.take() });
    this.#timers = [
      setInterval(sample, sampleInterval * 1000).unref(),
      ...(alertInterval === 0 ? [] : [setInterval(() => void this.look(), alertInterval * 1000).unref()]),
    ];
  }

  /** Ends all of it, and what is under way. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
    this.#stopObserving();
    this.#metrics.stop();
    this.#listeners.clear();
    await this.#looking;
    await this.#webhook?.close();
    await this.#side.close();
  }

  /** Looks by the rules now; those who ask at the same time share one look. Never rejects. */
  async look(): Promise<void> {
    this.#looking ??= this.#alerts.look({ ask: this.#side.ask, pool: this.#manager.pool }).finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  /** Tells a listener what happens from now on; returns what ends it. A failure in it is logged. */
  subscribe(listener: (event: MonitorEvent) => void): () => void {
    const own = (event: MonitorEvent): void => listener(event);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /** What the last intervals were like, oldest first. */
  samples(): readonly Sample[] {
    return this.#samples.list();
  }

  /** Slow statements since the monitor began, those that took longest first. */
  slowQueries(): readonly SlowQuerySummary[] {
    return this.#slow.list();
  }

  /** Statements that one session sent again and again, the last found first. */
  repeatedStatements(): readonly RepeatedStatement[] {
    return [...this.#repeated].reverse();
  }

  /** What is wrong now, critical first. */
  alerts(): readonly Alert[] {
    return this.#alerts.current();
  }

  /** The manager's figures, and what the rules have measured. */
  metrics(): readonly Metric[] {
    const measures = this.#alerts.measures();
    return [
      ...this.#metrics.metrics(),
      {
        name: "hypertroq.rule.value",
        type: "gauge",
        help: "The worst that a rule found at its last look, in the rule's unit.",
        points: measures.flatMap(({ id, worst }) =>
          worst === undefined ? [] : [{ labels: { rule: id }, value: worst }],
        ),
      },
      {
        name: "hypertroq.alert",
        type: "gauge",
        help: "1 while an alert is told.",
        points: measures.flatMap(({ id, severity }) =>
          severity === undefined ? [] : [{ labels: { rule: id, severity }, value: 1 }],
        ),
      },
    ];
  }

  /** The same in Prometheus' text format, version 0.0.4. */
  expose(): string {
    return prometheusText(this.metrics());
  }

  /** Who waits for whose locks, as trees. @throws what the server has against it. */
  async locks(): Promise<readonly LockNode[]> {
    return await readLocks(this.#side.ask);
  }

  /** The largest tables, with their sizes and dead rows. @throws what the server has against it. */
  async tables(limit?: number): Promise<readonly TableSize[]> {
    return await readTables(this.#side.ask, limit);
  }

  /** The tables with their columns and foreign keys. @throws what the server has against it. */
  async entities(limit?: number): Promise<readonly Entity[]> {
    return await readEntities(this.#side.ask, limit);
  }

  /** What the server's sessions do now. @throws what the server has against it. */
  async activity(limit?: number): Promise<readonly Activity[]> {
    return await readActivity(this.#side.ask, limit);
  }

  /** The statements that took most of the server's time; undefined without pg_stat_statements. @throws as above. */
  async statements(limit?: number): Promise<readonly StatementTotals[] | undefined> {
    return await readStatements(this.#side.ask, limit);
  }

  #onAlert(change: AlertChange): void {
    const { kind, alert } = change;
    const { id, severity, title, remedy, findings } = alert;
    const facts = {
      alert: id,
      severity,
      findings: findings.map(({ subject, detail }) => `${subject}: ${detail}`),
      remedy,
    };
    if (kind === "cleared") this.#logger.info({ alert: id }, `over: ${title}`);
    else this.#logger[severity === "critical" ? "error" : "warn"](facts, title);
    this.#webhook?.send(change);
    this.#tell({ kind: "alert", change });
  }

  #onRepeated(repeated: RepeatedStatement): void {
    this.#repeated.push(repeated);
    if (this.#repeated.length > MOST_REPEATED) this.#repeated.shift();
    const { text: sql, times, stack } = repeated;
    const at = stack.slice(0, 3).map((line) => line.trim());
    this.#logger.warn({ sql, times, at }, "a session sends one statement again and again; can one do the work of all?");
    this.#tell({ kind: "repeated", repeated });
  }

  #tell(event: MonitorEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#logger.error({ err: error }, "a listener of the monitor failed");
      }
    }
  }
}

function assertSeconds(name: string, value: number | undefined): void {
  if (value === undefined || (value >= 0 && value <= 86_400)) return;
  throw new DefinitionError(`A monitor's ${name} is a number of seconds, a day at most.`);
}
