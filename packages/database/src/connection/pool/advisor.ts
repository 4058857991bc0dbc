/** What is known of a pool's work. Durations are in seconds. */
export interface PoolObservations {
  /** How long it was watched. */
  readonly seconds: number;
  /** The most connections there may be; Infinity: any number. */
  readonly limit: number;
  /** Connections in use, on average: by Little's law, checkouts in a second times the mean hold. */
  readonly busy: number;
  /** Connections wanted at the same time, in use or waited for, that were enough in 99 of 100 cases. */
  readonly demand: number;
  readonly longestHold: number;
  /** What only the application itself can tell. */
  readonly callers?: CallerObservations | undefined;
}

/** How those who asked a pool for connections fared. */
export interface CallerObservations {
  readonly checkouts: number;
  /** How long a connection was held, on average. */
  readonly hold: number;
  /** How many had to wait and got a connection. */
  readonly waits: number;
  /** What 95 of 100 of them got by with. */
  readonly wait: number;
  /** How many waited in vain. */
  readonly timeouts: number;
}

/** What a server has to give. */
export interface ServerLimits {
  /** `max_connections`. */
  readonly maxConnections: number;
  /** `superuser_reserved_connections` and `reserved_connections`, which an application does not get. */
  readonly reserved: number;
  /** Connections of others than this application. */
  readonly others: number;
  /** Processes of this application, each with a pool of its own. */
  readonly instances: number;
  /** Whether a pooler stands before it, so that a pool's connections are clients, which share those of the server. */
  readonly isPooled?: boolean | undefined;
}

/** Something to know: critical ones fail sooner or later, warnings cost something. */
export interface PoolFinding {
  readonly severity: "critical" | "warning" | "info";
  readonly message: string;
}

/** What {@link advisePool} says. */
export interface PoolAdvice {
  /** The `poolSize` that fits. */
  readonly size: number;
  /** Why, a sentence each. */
  readonly reasons: readonly string[];
  readonly findings: readonly PoolFinding[];
}

/** The least that is advised: one connection makes every pair of requests wait for each other. */
const LEAST = 2;
/** Below so many checkouts, what was seen may be chance. */
const ENOUGH = 100;
/** A mean hold beyond this is no longer a request's work but a wait for something else. */
const LONG_HOLD = 1;
/** As is a single one beyond this. */
const VERY_LONG_HOLD = 60;

/**
 * Says what pool size fits what was seen and what the server has. A pool needs as many connections as are wanted at the
 * same time, rarely more (Little's law: the mean is arrivals times hold; peaks come on top), and together the pools of
 * all processes cannot have more than the server gives.
 */
export function advisePool(observed: PoolObservations, server: ServerLimits): PoolAdvice {
  const left = Math.max(0, server.maxConnections - server.reserved - server.others);
  const fair = Math.floor(left / server.instances);
  const share = server.isPooled ? Number.POSITIVE_INFINITY : fair;
  const isKnown = observed.callers !== undefined && observed.callers.checkouts >= ENOUGH;
  const wanted = isKnown ? Math.max(LEAST, observed.demand) : observed.limit;
  return {
    size: Math.max(1, Math.min(wanted, wanted === Number.POSITIVE_INFINITY ? fair : share)),
    reasons: [
      ...workload(observed),
      capacity(server, left, fair),
      ...(server.isPooled ? [behindPooler(server, Math.min(wanted * server.instances, left))] : []),
    ],
    findings: [
      ...serverFindings(observed, server, left, share),
      ...(isKnown ? callerFindings(observed, observed.callers, wanted, share) : momentFindings(observed)),
    ],
  };
}

function workload({ seconds, busy, demand, longestHold, callers }: PoolObservations): string[] {
  if (callers === undefined && demand === 0) {
    return [`The application was idle for ${duration(seconds)}: nothing to judge by. Look again under load.`];
  }
  if (callers === undefined) {
    return [
      `In ${duration(seconds)}, ${number(busy)} of the application's connections were busy on average and ${demand} at most; ` +
        `the longest transaction was ${duration(longestHold)} old.`,
    ];
  }
  const { checkouts, hold, waits, wait, timeouts } = callers;
  if (checkouts < ENOUGH) return [`${checkouts} checkouts are too few to judge by, so the size stays as it is.`];
  const rate = number(checkouts / seconds);
  return [
    `${rate} checkouts a second, held for ${duration(hold)} on average, keep ${number(busy)} connections busy (Little's law).`,
    `99 of 100 callers found at most ${demand} wanted at the same time, themselves included.`,
    waits + timeouts === 0
      ? "Nobody had to wait."
      : `${percent(waits + timeouts, checkouts + timeouts)} had to wait, 95 of 100 of them for at most ${duration(wait)}; ` +
        `${timeouts} waited in vain.`,
  ];
}

function capacity({ maxConnections, reserved, others, instances }: ServerLimits, left: number, share: number): string {
  const each = instances === 1 ? "" : `, ${share} for each of ${instances} processes`;
  return (
    `The server gives ${maxConnections} connections; ${reserved} are reserved and ${others} used by others, so ${left} are ` +
    `left${each}.`
  );
}

function behindPooler({ instances }: ServerLimits, servers: number): string {
  const who = instances === 1 ? "this process" : `these ${instances} processes`;
  return (
    `A pooler stands between: the size is one of clients. Of server connections it needs at most ${servers} for ${who} ` +
    "(PgBouncer's default_pool_size)."
  );
}

function serverFindings(observed: PoolObservations, server: ServerLimits, left: number, share: number): PoolFinding[] {
  const { limit } = observed;
  const pools = server.instances === 1 ? "The pool" : `Each of the ${server.instances} pools`;
  if (left === 0) {
    return [critical("The server has no connection left for this application. Raise max_connections, or free some.")];
  }
  if (server.isPooled) return [];
  if (limit === Number.POSITIVE_INFINITY) {
    return [warning(`${pools} has no limit, and the server has ${share} for it. Set DB_POOL_SIZE.`)];
  }
  if (limit > share) {
    return [
      critical(
        `${pools} may open ${limit} connections, and the server has ${share} for it: under load, connects will be refused ` +
          "(53300). Lower DB_POOL_SIZE and DB_MAX_OVERFLOW, raise max_connections, or put a pooler between.",
      ),
    ];
  }
  return [];
}

function callerFindings(
  { limit, longestHold }: PoolObservations,
  { hold, waits, timeouts }: CallerObservations,
  wanted: number,
  share: number,
): PoolFinding[] {
  const findings: PoolFinding[] = [];
  const isShort = waits + timeouts > 0 && wanted > limit;
  if (hold >= LONG_HOLD) {
    findings.push(
      warning(
        `Connections are held for ${duration(hold)} on average, ${duration(longestHold)} at most: a larger pool would only ` +
          "move the queue into the server. Look for slow statements, and for transactions that wait for something else.",
      ),
    );
  } else if (isShort && wanted > share) {
    findings.push(
      warning(
        `${wanted} connections are wanted and the server has ${share}: a larger pool would not help. Hold connections for ` +
          "less time, raise max_connections, or put a pooler between.",
      ),
    );
  } else if (isShort) {
    findings.push(warning(`The pool is too small: callers waited. Raise DB_POOL_SIZE to ${wanted}.`));
  }
  if (timeouts > 0) findings.push(critical(`${timeouts} callers waited in vain for a connection, and failed.`));
  if (wanted * 2 < limit && limit < Number.POSITIVE_INFINITY) {
    findings.push(info(`${wanted} of the ${limit} connections would do; each costs the server memory.`));
  }
  return findings;
}

/** What can be said after a look from outside. */
function momentFindings({ limit, demand, longestHold, callers }: PoolObservations): PoolFinding[] {
  if (callers !== undefined) return [];
  const findings: PoolFinding[] = [];
  if (demand >= limit) {
    findings.push(warning(`All ${limit} connections of the pool were busy at the same time: callers may be waiting.`));
  }
  if (longestHold >= VERY_LONG_HOLD) {
    findings.push(
      warning(
        `A transaction has been open for ${duration(longestHold)}. Meanwhile its connection serves nobody else, its locks ` +
          "are held, and VACUUM keeps what it might see.",
      ),
    );
  }
  return findings;
}

const info = (message: string): PoolFinding => ({ severity: "info", message });
const critical = (message: string): PoolFinding => ({ severity: "critical", message });
const warning = (message: string): PoolFinding => ({ severity: "warning", message });

/** Two digits that count: 0.034, 1.2, 340. */
function number(value: number): string {
  return String(Number(value.toPrecision(value >= 100 ? 3 : 2)));
}

function duration(seconds: number): string {
  return seconds < 1 ? `${number(seconds * 1000)} ms` : `${number(seconds)} s`;
}

function percent(part: number, whole: number): string {
  return `${number((part / whole) * 100)} %`;
}
