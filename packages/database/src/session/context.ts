import { AsyncResource } from "node:async_hooks";
import { type ConnectOptions, connect } from "../connection/connect.ts";
import { type DatabaseOptions, poolOptions } from "../connection/options.ts";
import { Pool } from "../connection/pool/pool.ts";
import { type Logger, silentLogger } from "../logger.ts";
import { type Replicas, replicasOf } from "../replicas/replicas.ts";
import { ActiveSessions } from "./active-sessions.ts";
import type { Lender } from "./autocommit.ts";
import { genericPlan } from "./explain.ts";
import { Observers } from "./observers.ts";
import { PlainTables } from "./plain-tables.ts";
import { SlowQueries } from "./slow-queries.ts";

/** What a session needs from the manager that makes it. */
export interface SessionContext extends Lender {
  readonly replicas: Replicas | undefined;
  readonly logger: Logger;
  readonly tables: PlainTables;
  /** Whether transactions are READ COMMITTED unless they say otherwise; known once a connection was made. */
  readonly isReadCommitted: () => boolean;
  readonly active: ActiveSessions;
}

/** What all sessions of one manager share. Connects to nothing yet. @param target what the options say of connecting. */
export function contextOf(options: DatabaseOptions, target: ConnectOptions): SessionContext & { readonly pool: Pool } {
  const { logger = silentLogger, slowQueryMs = 200, prePing = true } = options;
  const slow = slowQueryMs < 0 ? undefined : new SlowQueries(slowQueryMs, (text) => genericPlan(target, text));
  let isolation: string | undefined;
  const outside = new AsyncResource("DatabaseManager");
  const pool = new Pool({
    ...poolOptions(options),
    open: async (signal) => {
      // Not in the context of whoever needs it first, which a connection would keep alive for as long as it lives.
      const connection = await outside.runInAsyncScope(() => connect(target, signal));
      isolation = connection.facts.isolation;
      return connection;
    },
  });
  const replicas = replicasOf(options, target);
  return {
    pool,
    replicas,
    tellsPositions: replicas !== undefined,
    prePing,
    wantsWritable: ["read-write", "primary"].includes(target.targetSessionAttrs),
    logger,
    observers: new Observers(logger, slow),
    tables: new PlainTables(),
    active: new ActiveSessions(),
    isReadCommitted: () => isolation === "read committed",
  };
}
