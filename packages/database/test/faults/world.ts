import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import pg from "pg";
import { FaultProxy } from "./proxy.ts";

/** How many connections the server takes, those kept for superusers included. */
const MAX_CONNECTIONS = 40;
/** Kept for superusers: how the tests look in when all slots are taken. */
const RESERVED = 3;

/**
 * A durable server of the tests' own, which can be stopped and started again on the same port and data, a proxy in front
 * of it, and a way in that passes by the proxy.
 */
export class World {
  readonly proxy: FaultProxy;
  /** The server's URL, as a user without privileges, not through the proxy. */
  readonly url: string;
  readonly #dataDir: string;
  #server: EmbeddedPostgres;

  private constructor(server: EmbeddedPostgres, dataDir: string, url: string, proxy: FaultProxy) {
    this.#server = server;
    this.#dataDir = dataDir;
    this.url = url;
    this.proxy = proxy;
  }

  static async make(): Promise<World> {
    const dataDir = await mkdtemp(join(tmpdir(), "hypertroq-faults-"));
    const server = await start(dataDir);
    try {
      // An ordinary user: superusers may take the slots that are kept for the tests' own look into the server.
      await run(server.url, "create role app login password 'app'");
      await run(server.url, "create database app owner app");
      const url = new URL(server.url);
      Object.assign(url, { username: "app", password: "app", pathname: "/app" });
      return new World(server, dataDir, url.href, await FaultProxy.start(url.href));
    } catch (error) {
      await server.stop({ mode: "immediate" });
      await rm(dataDir, { recursive: true, force: true });
      throw error;
    }
  }

  /** Runs SQL in the application's database as superuser, outside the layer under test and by a slot of its own. */
  async query<Row extends object = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Row[]> {
    const url = new URL(this.#server.url);
    url.pathname = "/app";
    return await run(url.href, sql, values);
  }

  /** The server processes that serve an application. */
  async backends(applicationName: string): Promise<number[]> {
    const rows = await this.query<{ pid: number }>("select pid from pg_stat_activity where application_name = $1", [
      applicationName,
    ]);
    return rows.map(({ pid }) => pid);
  }

  async stop(mode: "fast" | "immediate"): Promise<void> {
    await this.#server.stop({ mode });
  }

  /** Starts the server that was stopped, where it was. */
  async start(): Promise<void> {
    this.#server = await start(this.#dataDir, this.#server.port);
  }

  /** Takes every slot that is left for ordinary users. @returns how to give them back. */
  async takeAllSlots(): Promise<() => Promise<void>> {
    const taken: pg.Client[] = [];
    const url = new URL(this.url);
    url.searchParams.set("application_name", "greedy");
    for (;;) {
      const client = new pg.Client({ connectionString: url.href });
      client.on("error", () => {});
      try {
        await client.connect();
        taken.push(client);
      } catch (error) {
        if ((error as { code?: string }).code !== "53300") throw error;
        return async () => {
          await Promise.all(taken.map((one) => one.end()));
        };
      }
    }
  }

  async end(): Promise<void> {
    await this.proxy.close();
    await this.#server.stop({ mode: "immediate" });
    await rm(this.#dataDir, { recursive: true, force: true });
  }
}

function start(dataDir: string, port?: number): Promise<EmbeddedPostgres> {
  return EmbeddedPostgres.start({
    dataDir,
    settings: {
      max_connections: MAX_CONNECTIONS,
      superuser_reserved_connections: RESERVED,
      wal_writer_delay: "10s", // what no commit has written out is lost in a crash, and not by luck only
    },
    ...(port !== undefined && { port }),
  });
}

async function run<Row extends object>(url: string, sql: string, values?: unknown[]): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}
