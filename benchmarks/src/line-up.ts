import { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import { SEMANTICS, type Semantics, type WorkName } from "./client.ts";
import { CONNECTIONS, Database } from "./database.ts";
import type { RunOptions } from "./findings.ts";
import { startNode } from "./racers/node.ts";
import { startPgbench } from "./racers/pgbench.ts";
import type { Course, LeftOut, Racer } from "./racers/racer.ts";
import { startSqlAlchemy } from "./racers/sqlalchemy.ts";
import { WORKS } from "./works/index.ts";
import type { Work } from "./works/work.ts";

/** The contestants that do not run on Node. */
export const OUTSIDERS: readonly string[] = ["pgbench", "sqlalchemy"];

export interface LineUpOptions extends RunOptions {
  readonly works: readonly WorkName[];
  /** Who takes part, by name. */
  readonly contestants: readonly string[];
  /** Default both. */
  readonly semantics?: readonly Semantics[];
  /** What to multiply the sizes of large works by: the rows of bulk inserts, the table that is paged. Default 1. */
  readonly scale?: number;
}

/** Everybody is up, and has shown that it does its work. */
export interface LineUp {
  readonly racers: readonly Racer[];
  readonly leftOut: readonly LeftOut[];
  readonly database: Database;
  readonly server: EmbeddedPostgres;
  /** The version of PostgreSQL. */
  readonly postgres: string;
}

/**
 * Starts the contestants on a throw-away server, checks everybody's work, has them `run`, and ends them.
 *
 * @throws {AssertionError} when a contestant's work was not what it should be.
 */
export async function lineUp<T>(options: LineUpOptions, run: (lineUp: LineUp) => Promise<T>): Promise<T> {
  const { works, contestants, semantics = SEMANTICS, scale = 1, signal, log } = options;
  const server = await EmbeddedPostgres.start({
    settings: { max_connections: 500, autovacuum: false },
    ...(signal === undefined ? {} : { signal }),
  });
  const racers: Racer[] = [];
  let database: Database | undefined;
  try {
    const url = await server.createDatabase("benchmarks");
    const tables = new Set(works.flatMap((name) => WORKS[name].tables?.(scale) ?? []));
    database = await Database.open(url, tables);
    const leftOut: LeftOut[] = [];
    for (const start of starters(contestants, semantics)) {
      signal?.throwIfAborted();
      const racer = await start({ url, connections: CONNECTIONS, scale });
      if (!("reason" in racer)) racers.push(racer);
      else if (leftOut.every(({ name }) => name !== racer.name)) leftOut.push(racer);
    }
    log("checking that everybody does the work");
    await check(racers, works, database, scale);
    const [version] = await database.rows<{ server_version: string }>("show server_version");
    return await run({ racers, leftOut, database, server, postgres: version!.server_version });
  } finally {
    for (const racer of racers) await racer.close();
    await database?.close();
    await server.stop({ mode: "immediate" });
  }
}

function starters(
  names: readonly string[],
  semantics: readonly Semantics[],
): ((course: Course) => Promise<Racer | LeftOut>)[] {
  return names.flatMap((name) => {
    if (name === "sqlalchemy") return semantics.includes("transaction") ? [startSqlAlchemy] : [];
    const start = name === "pgbench" ? startPgbench : startNode.bind(undefined, name);
    return semantics.map((one) => (course: Course) => start(one, course));
  });
}

async function check(
  racers: readonly Racer[],
  works: readonly WorkName[],
  database: Database,
  scale: number,
): Promise<void> {
  for (const racer of racers) {
    for (const work of works.filter((name) => racer.works.includes(name))) {
      await database.reset();
      try {
        await (WORKS[work] as Work).check((input) => racer.once(work, input), database, scale);
      } catch (error) {
        throw new Error(`${racer.name} (${racer.semantics}) does not do the work "${work}" as it should.`, {
          cause: error,
        });
      }
    }
  }
}
