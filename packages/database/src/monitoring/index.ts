/**
 * What a manager does and what the server says of itself: samples, metrics, alerts, locks.
 *
 * @module @hypertroq/database/monitoring
 */
export type { SlowQuery } from "../session/slow-queries.ts";
export type { Alert, AlertChange, Thresholds } from "./alerts/alerts.ts";
export type { AlertRule, Finding, Limits, Look, Severity } from "./alerts/rule.ts";
export { type BackupFacts, backupRules } from "./alerts/rules/backups.ts";
export { DEFAULT_RULES } from "./alerts/rules/index.ts";
export { isWebhookFrom, signWebhook, type WebhookOptions } from "./alerts/webhook.ts";
export { type CheckUp, type CheckUpOptions, checkUp } from "./check-up.ts";
export type { Percentiles } from "./latencies.ts";
export { DatabaseMetrics, type DatabaseMetricsOptions } from "./metrics.ts";
export { Monitor, type MonitorEvent, type MonitoringConfig, type MonitorOptions } from "./monitor.ts";
export { type HistogramValue, type Metric, type MetricPoint, prometheusText } from "./prometheus.ts";
export type { RepeatedStatement } from "./repeated.ts";
export type { Sample } from "./samples.ts";
export type { Activity } from "./server/activity.ts";
export type { Entity, EntityColumn, EntityReference } from "./server/entities.ts";
export type { LockNode } from "./server/locks.ts";
export type { Ask } from "./server/side-connection.ts";
export type { StatementTotals } from "./server/statements.ts";
export type { TableSize } from "./server/tables.ts";
export type { SlowQuerySummary } from "./slow-list.ts";
