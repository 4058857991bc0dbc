import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseManager, integer, Model, type Session, type SessionOptions, select, text } from "@hypertroq/database";
import { EmbeddedPostgres, makeReplica } from "@hypertroq/embedded-postgres";
import pg from "pg";
import type { RunOptions } from "../findings.ts";
import { measure } from "../measure.ts";
import { inTurn } from "../rounds.ts";
import { type Summary, summarize } from "../statistics.ts";
import { type WarmUp, warmUp } from "../warm-up.ts";

class Place extends Model.define({ id: integer().primaryKey(), name: text(), visits: integer() }) {}

const ROWS = 10_000;
const VISITS = 1000;

/** Connections of each pool. */
const CONNECTIONS = 4;

interface Read {
  readonly options: SessionOptions;
  run(db: Session): Promise<unknown>;
}

/**
 * What a session reads, by name: what costs the client most, what costs the server most, and what takes time but no CPU, as on
 * servers that have machines of their own.
 */
const READS: Readonly<Record<string, Read>> = {
  "a row by its key": {
    options: { readOnly: true },
    run: (db) => db.first(select(Place).where(Place.c.id.eq(1 + Math.floor(Math.random() * ROWS)))),
  },
  "a scan of 10,000 rows": {
    options: { readOnly: true },
    run: (db) => db.first(select(Place).where(Place.c.visits.eq(Math.floor(Math.random() * VISITS)))),
  },
  "5 ms of waiting": { options: { replica: true }, run: (db) => db.sql`select pg_sleep(0.005)` },
};

export interface ReplicasOptions extends RunOptions {
  readonly rounds?: number;
  /** Of each measurement. Default 1. */
  readonly seconds?: number;
  /** How many sessions each has before any is measured. */
  readonly warmUp?: WarmUp;
}

/** Read-only sessions with so many replicas. */
export interface ReplicasStanding {
  readonly read: string;
  readonly replicas: number;
  /** Sessions per second. */
  readonly throughput: Summary;
  /** How many times as much as without replicas: of the ratios within each round. */
  readonly ratio: Summary;
}

/**
 * How many read-only sessions a process gets through with 0, 1 and 2 streaming replicas, on one machine: 20 at a time, each
 * with one read, with four connections to each server.
 *
 * @throws when reads did not go to the replicas.
 */
export async function compareReplicas(options: ReplicasOptions): Promise<readonly ReplicasStanding[]> {
  const root = await mkdtemp(join(tmpdir(), "hypertroq-replicas-"));
  const servers: EmbeddedPostgres[] = [];
  const start = async (name: string, port?: number): Promise<EmbeddedPostgres> => {
    const at = port === undefined ? {} : { port };
    const server = await EmbeddedPostgres.start({ dataDir: join(root, name), ...at });
    servers.push(server);
    return server;
  };
  try {
    options.log("a primary and two replicas start");
    const first = await start("primary");
    await first.stop();
    for (const name of ["one", "two"])
      makeReplica(join(root, "primary"), { dataDir: join(root, name), port: first.port });
    const primary = await start("primary", first.port);
    const replicas = [await start("one"), await start("two")].map(({ url }) => url);
    await fill(primary.url);
    return await compare(primary.url, replicas, options);
  } finally {
    for (const server of servers.reverse()) await server.stop({ mode: "immediate" });
    await rm(root, { recursive: true, force: true });
  }
}

async function fill(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`create table places (id int primary key, name text not null, visits int not null);
    insert into places select n, 'place ' || n, n % ${VISITS} from generate_series(1, ${ROWS}) n`);
  await client.query("vacuum analyze");
  await client.end();
}

async function compare(
  url: string,
  replicas: readonly string[],
  { rounds = 5, seconds = 1, log, signal, ...given }: ReplicasOptions,
): Promise<readonly ReplicasStanding[]> {
  const counts = [0, ...replicas.map((_, i) => i + 1)];
  const managers = counts.map(
    (count) => new DatabaseManager({ url, replicas: replicas.slice(0, count), poolSize: CONNECTIONS }),
  );
  try {
    for (const [i, manager] of managers.entries()) {
      await manager.start();
      await manager.first(select(Place));
      while (manager.replicas().some(({ state }) => state !== "up")) await new Promise((go) => setTimeout(go, 100));
      log(`${counts[i]} replicas: ready`);
    }
    const standings: ReplicasStanding[] = [];
    for (const [read, { options, run }] of Object.entries(READS)) {
      const before = managers.map(lent);
      const entries = managers.map((manager) => ({
        during: (seconds: number) => measure(() => manager.session(run, options), { concurrency: 20, seconds }),
        rates: [] as number[],
      }));
      await inTurn(entries, 0, signal, ({ during }) => warmUp(during, given.warmUp));
      for (let round = 0; round < rounds; round++) {
        await inTurn(entries, round, signal, async ({ during, rates }) => {
          const { operations, seconds: took } = await during(seconds);
          rates.push(operations / took);
        });
        log(`${read}: round ${round + 1} of ${rounds}`);
      }
      const rates = entries.map(({ rates }) => rates);
      for (const [i, count] of counts.entries()) {
        const isRead = lent(managers[i]!).every((reads, each) => reads > before[i]![each]!);
        if (!isRead) throw new Error(`a replica of ${count} was not read from: ${read}`);
        const ratio = summarize(rates[i]!.map((rate, round) => rate / rates[0]![round]!));
        standings.push({ read, replicas: count, throughput: summarize(rates[i]!), ratio });
      }
    }
    return standings;
  } finally {
    await Promise.all(managers.map((manager) => manager.close()));
  }
}

/** How many connections each replica has lent. */
function lent(manager: DatabaseManager): readonly number[] {
  return manager.replicas().map(({ reads }) => reads);
}

/** For people. */
export function renderReplicas(standings: readonly ReplicasStanding[]): string {
  const lines = standings.map(({ read, replicas, throughput, ratio }) => {
    const spread = `${ratio.median.toFixed(2)} (${ratio.lower.toFixed(2)} to ${ratio.upper.toFixed(2)})`;
    return `${read.padEnd(24)}${String(replicas).padEnd(10)}${Math.round(throughput.median).toLocaleString("en").padStart(12)}  ${spread}`;
  });
  return [
    `${"each session reads".padEnd(24)}${"replicas".padEnd(10)}${"sessions/s".padStart(12)}  as many as without`,
    ...lines,
  ].join("\n");
}
