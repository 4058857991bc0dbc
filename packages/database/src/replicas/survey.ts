import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../connection/connect.ts";
import { connectOptions, type DatabaseOptions } from "../connection/options.ts";
import { formatHost } from "../url.ts";
import { lsnOf } from "./position.ts";
import { Probe } from "./probe.ts";
import { reasonOf } from "./reason.ts";
import type { ReplicaState } from "./replica.ts";

/** Something to know of a replica: of what is critical the configuration or the cluster is wrong. */
export interface ReplicaFinding {
  readonly severity: "critical" | "warning";
  readonly message: string;
}

/** What a survey has found of one replica; null: it is not known. */
export interface ReplicaReport {
  /** `host:port`. */
  readonly host: string;
  /** As a manager would tell it. */
  readonly state: Exclude<ReplicaState, "unknown">;
  readonly inRecovery: boolean | null;
  /** Seconds that it is behind the primary, at most. */
  readonly lag: number | null;
  /** Bytes of the primary's log that it has not replayed. */
  readonly bytes: number | null;
  /** What is wrong, and what to do; null: nothing. */
  readonly finding: ReplicaFinding | null;
}

export interface ReplicaSurveyOptions {
  /** Between two looks at the primary: who has what was written before the first is behind by no more. Default 1. */
  readonly seconds?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What the primary is asked, at the beginning and at the end. */
const PRIMARY = `select (select system_identifier::text from pg_control_system()),
  extract(epoch from pg_postmaster_start_time())::text, pg_current_wal_flush_lsn()::text`;

/** What each replica is asked. The age is by both machines' clocks, and only looked at where the log says that it lags. */
const REPLICA = `select (select system_identifier::text from pg_control_system()),
  extract(epoch from pg_postmaster_start_time())::text, pg_is_in_recovery(), pg_last_wal_replay_lsn()::text,
  extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8`;

/** The primary as it was at the two looks. */
interface Primary {
  readonly system: string;
  readonly startedAt: string;
  /** Where its log ended. */
  readonly before: bigint;
  readonly now: bigint;
  /** Seconds between both. */
  readonly seconds: number;
}

/**
 * Looks at the replicas that the options name, each on a connection of its own with two seconds to answer. Unlike a manager,
 * which has watched for a while, it has only a moment; so how far behind a replica is, is told by the age of the last
 * transaction that it has replayed (PostgreSQL, "Recovery Information Functions"), unless it has all that there is. Changes
 * nothing.
 *
 * @returns in the order of `replicas`; none where there are none.
 * @throws {SettingsError} {ConnectionFailed} of the primary, and the signal's reason when it is aborted.
 */
export async function surveyReplicas(
  options: DatabaseOptions,
  { seconds = 1, signal }: ReplicaSurveyOptions = {},
): Promise<readonly ReplicaReport[]> {
  const { replicas = [], replicaMaxLag: maxLag = 10 } = options;
  if (replicas.length === 0) return [];
  const primary = await lookAtPrimary(options, seconds, signal);
  return await Promise.all(replicas.map((url) => lookAt({ ...options, url }, primary, maxLag, signal)));
}

async function lookAtPrimary(
  options: DatabaseOptions,
  seconds: number,
  signal: AbortSignal | undefined,
): Promise<Primary> {
  const connection = await connect({ ...connectOptions(options), applicationName: "hypertroq doctor" }, signal);
  try {
    const look = async (): Promise<[string, string, string]> =>
      (await connection.query(PRIMARY, [], signal)).rows[0] as [string, string, string];
    const [system, startedAt, before] = await look();
    await sleep(seconds * 1000, undefined, signal === undefined ? {} : { signal });
    const [, , now] = await look();
    return { system, startedAt, before: lsnOf(before), now: lsnOf(now), seconds };
  } finally {
    await connection.close();
  }
}

async function lookAt(
  options: DatabaseOptions,
  primary: Primary,
  maxLag: number,
  signal: AbortSignal | undefined,
): Promise<ReplicaReport> {
  const target = connectOptions(options);
  const host = target.hosts.map(formatHost).join(",");
  const probe = new Probe({ ...target, targetSessionAttrs: "any", applicationName: "hypertroq doctor" });
  const giveUp = (): void => void probe.close();
  signal?.addEventListener("abort", giveUp, { once: true });
  try {
    return reportOf(host, await probe.ask(REPLICA), primary, maxLag);
  } catch (error) {
    signal?.throwIfAborted();
    const reason = reasonOf(error) ?? String(error);
    const message = `${host} cannot be asked: ${reason}. Reads that are for it go to the other replicas, or to the primary.`;
    const finding = { severity: "warning" as const, message };
    return { host, state: "down", inRecovery: null, lag: null, bytes: null, finding };
  } finally {
    signal?.removeEventListener("abort", giveUp);
    await probe.close();
  }
}

function reportOf(host: string, answer: readonly unknown[], primary: Primary, maxLag: number): ReplicaReport {
  const [system, startedAt, inRecovery, replayed, age] = answer as [
    string,
    string,
    boolean,
    string | null,
    number | null,
  ];
  const known = { host, inRecovery, lag: null, bytes: null };
  if (system !== primary.system) {
    const message =
      `${host} is a copy of another cluster (system identifier ${system}, and the primary's is ${primary.system}), so ` +
      "that no reads go there. Correct its URL in REPLICA_URLS, or make it anew as a replica of this primary.";
    return { ...known, state: "foreign", finding: { severity: "critical", message } };
  }
  if (!inRecovery || replayed === null) {
    // The primary may be named among the replicas, any of which may take its place.
    const message =
      `${host} is no replica: it takes writes itself, and so does the primary. Was it promoted? Have one of the two stop, ` +
      "or what is written to both is lost on one.";
    const finding = startedAt === primary.startedAt ? null : { severity: "critical" as const, message };
    return { ...known, state: "primary", finding };
  }
  const lsn = lsnOf(replayed);
  const bytes = primary.now > lsn ? Number(primary.now - lsn) : 0;
  const lag = lagOf(lsn, age, primary);
  if (lag !== null && lag <= maxLag) return { ...known, state: "up", lag, bytes, finding: null };
  const amount = lag === null ? "nothing tells by how much" : `by up to ${lag.toFixed(1)} s`;
  const message =
    `${host} is behind, ${amount}, and may be by ${maxLag} s (DB_REPLICA_MAX_LAG), so that no reads go there. Does it still ` +
    "receive (pg_stat_wal_receiver)? Else look there for paused replay, a long query that holds it up " +
    "(max_standby_streaming_delay), or little bandwidth.";
  return { ...known, state: "lagging", lag, bytes, finding: { severity: "warning", message } };
}

/** Seconds at most; null: it is behind, and nothing tells by how much. */
function lagOf(lsn: bigint, age: number | null, { before, now, seconds }: Primary): number | null {
  if (lsn >= now) return 0;
  // What it has not got was written between both looks.
  if (lsn >= before) return Math.min(Math.max(age ?? seconds, 0), seconds);
  return age === null ? null : Math.max(age, seconds);
}
