import { pause } from "../../pause.ts";
import type { Connection } from "../connection.ts";
import type { PoolObservations, ServerLimits } from "./advisor.ts";

/** Milliseconds between two looks. */
const INTERVAL = 100;

/** Connections of one application to one database in one state, as pg_stat_activity has them. */
export interface ActivityCount {
  readonly application: string;
  readonly database: string;
  /** Whether it is the application that was asked about. */
  readonly isOwn: boolean;
  /** Null where this user may not see it. */
  readonly state: string | null;
  readonly count: number;
}

export interface ServerSurvey {
  readonly version: string;
  readonly limits: ServerLimits;
  /** All connections but the one that looks; the application's first. */
  readonly activity: readonly ActivityCount[];
  readonly observed: PoolObservations;
}

/** What to look for. */
export interface SurveyOptions {
  readonly applicationName: string;
  /** The most connections that one pool of the application may open. */
  readonly limit: number;
  /** Processes of the application, each with a pool. */
  readonly instances: number;
  /** How long to watch. */
  readonly seconds: number;
  readonly signal?: AbortSignal | undefined;
}

/** Which rows of pg_stat_activity are clients; what a user may not see of others is null there. */
const CLIENTS = `datid is not null and coalesce(backend_type, 'client backend') = 'client backend'
                 and pid <> pg_backend_pid()`;

/**
 * Asks a server for its limits and watches for a while what an application does on it. The work of several processes is
 * divided evenly among them.
 *
 * @throws the signal's reason. @throws {ConnectionLost}
 */
export async function surveyServer(connection: Connection, options: SurveyOptions): Promise<ServerSurvey> {
  const { applicationName, instances, signal } = options;
  const { rows } = await connection.query(
    `select current_setting('server_version'), current_setting('max_connections')::int,
            current_setting('superuser_reserved_connections')::int
              + coalesce(current_setting('reserved_connections', true)::int, 0)`,
    [],
    signal,
  );
  const [version, maxConnections, reserved] = rows[0] as [string, number, number];
  const activity = await connection.query(
    `select application_name, datname::text, application_name = $1 and datname = current_database(), state, count(*)::int
       from pg_stat_activity where ${CLIENTS} group by 1, 2, 3, 4 order by 3 desc, 5 desc, 1, 2, 4`,
    [applicationName],
    signal,
  );
  const counts = activity.rows.map(([application, database, isOwn, state, count]) => {
    return { application, database, isOwn, state, count } as ActivityCount;
  });
  const others = counts.filter(({ isOwn }) => !isOwn).reduce((sum, { count }) => sum + count, 0);
  return {
    version,
    limits: {
      maxConnections,
      reserved,
      others,
      instances,
      ...(connection.facts.process === undefined && { isPooled: true }),
    },
    activity: counts,
    observed: await watch(connection, options),
  };
}

async function watch(connection: Connection, options: SurveyOptions): Promise<PoolObservations> {
  const { applicationName, limit, instances, seconds, signal } = options;
  const looks: number[] = [];
  let longestHold = 0;
  const start = performance.now();
  do {
    const { rows } = await connection.query(
      `select count(*)::int, coalesce(max(extract(epoch from clock_timestamp() - xact_start)), 0)::float8
         from pg_stat_activity
        where ${CLIENTS} and datname = current_database() and application_name = $1 and state <> 'idle'`,
      [applicationName],
      signal,
    );
    const [busy, oldest] = rows[0] as [number, number];
    looks.push(busy);
    longestHold = Math.max(longestHold, oldest);
    await pause(INTERVAL, signal);
  } while (performance.now() - start < seconds * 1000);
  const total = looks.reduce((sum, look) => sum + look, 0);
  return {
    seconds: (performance.now() - start) / 1000,
    limit,
    busy: total / looks.length / instances,
    demand: Math.ceil(Math.max(...looks) / instances),
    longestHold,
  };
}
