import { randomBytes } from "node:crypto";
import pg from "pg";
import type { DiffStep } from "../../src/migrations/index.ts";
import { factsOf } from "./fingerprint.ts";

/** A database of a comparison that is tested, which is emptied for each case: that is quicker than another one. */
export class Side {
  readonly url: string;
  readonly #client: pg.Client;
  readonly #more: string | undefined;

  constructor(url: string, client: pg.Client, more: string | undefined) {
    this.url = url;
    this.#client = client;
    this.#more = more;
  }

  static async open(server: string, name: string, more: string | undefined): Promise<Side> {
    const url = Object.assign(new URL(server), { pathname: `/${name}` }).href;
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return new Side(url, client, more);
  }

  /** Makes it what the SQL makes of an empty database. */
  async fill(sql: string): Promise<void> {
    await this.#client.query("discard all");
    await this.#client.query(EMPTY);
    await this.#client.query(sql);
  }

  async apply(steps: readonly DiffStep[]): Promise<void> {
    await this.#client.query("discard all");
    for (const { sql } of steps) await this.#client.query(sql);
  }

  async facts(): Promise<readonly string[]> {
    await this.#client.query("discard all");
    const facts = await factsOf(this.#client);
    if (this.#more === undefined) return facts;
    const { rows } = await this.#client.query<[string]>({ text: this.#more, rowMode: "array" });
    return [...facts, ...rows.map(([fact]) => fact)].sort();
  }

  /** The first column of what queries find, with the number of the query. */
  async lines(queries: readonly string[]): Promise<readonly string[]> {
    if (queries.length === 0) return [];
    await this.#client.query("discard all");
    const found = await this.#client.query<[string]>({ text: queries.join(";"), rowMode: "array" });
    const results = Array.isArray(found) ? (found as (typeof found)[]) : [found];
    return results.flatMap(({ rows }, index) => rows.map(([line]) => `${index}: ${line}`));
  }

  /** Runs what a case says about its rows. */
  async run(sql: string): Promise<readonly string[]> {
    await this.#client.query("discard all");
    return this.#client.query(sql).then(
      () => [],
      (error: Error) => [error.message],
    );
  }

  close(): Promise<void> {
    return this.#client.end();
  }
}

/** Runs `work` with two databases of a server, which are dropped afterwards. @param more a query for more facts. */
export async function withTwoSides<T>(
  server: string,
  more: string | undefined,
  work: (from: Side, to: Side) => Promise<T>,
): Promise<T> {
  const maintenance = new pg.Client({ connectionString: server });
  await maintenance.connect();
  const names = ["from", "to"].map((side) => `vector_${side}_${randomBytes(6).toString("hex")}`);
  try {
    for (const name of names) await maintenance.query(`create database ${name} template template0 strategy file_copy`);
    const [from, to] = (await Promise.all(names.map((name) => Side.open(server, name, more)))) as [Side, Side];
    const result = await work(from, to);
    for (const side of [from, to]) await side.close();
    return result;
  } finally {
    for (const name of names) await maintenance.query(`drop database if exists ${name} with (force)`);
    await maintenance.end();
  }
}

/** Makes the roles that are not there. */
export async function makeRoles(server: string, roles: Iterable<string>): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  for (const role of roles) {
    const { rows } = await client.query("select from pg_roles where rolname = $1", [role]);
    if (rows.length === 0) await client.query(`create role "${role}"`);
  }
  await client.end();
}

/** What one list has and the other does not. */
export function difference(is: readonly string[], shall: readonly string[]): readonly string[] {
  const [has, wants] = [new Set(is), new Set(shall)];
  return [
    ...is.filter((line) => !wants.has(line)).map((line) => `is    ${line}`),
    ...shall.filter((line) => !has.has(line)).map((line) => `shall ${line}`),
  ];
}

/** SQL that leaves a database as CREATE DATABASE does. */
export const EMPTY = `
  do $$ declare one record; begin
    for one in select evtname from pg_event_trigger loop execute format('drop event trigger %I', one.evtname); end loop;
    for one in select extname from pg_extension where extname <> 'plpgsql' loop execute format('drop extension %I cascade', one.extname); end loop;
    for one in select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' loop
      execute format('drop schema %I cascade', one.nspname);
    end loop;
    create schema public authorization pg_database_owner;
    grant usage on schema public to public;
  end $$`;
