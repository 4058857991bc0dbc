import { randomBytes } from "node:crypto";
import pg from "pg";
import { connect } from "../../src/connection/connect.ts";
import type { Connection } from "../../src/connection/connection.ts";
import { connectOptions } from "../../src/connection/options.ts";
import type { Catalog } from "../../src/migrations/catalog/catalog.ts";
import { reflect } from "../../src/migrations/catalog/reflect.ts";
import { type Call, perform } from "../../src/migrations/compare/call.ts";
import { compare } from "../../src/migrations/compare/compare.ts";
import { followRenames } from "../../src/migrations/diff/follow-renames.ts";
import { parseRename, renameCalls } from "../../src/migrations/diff/rename.ts";
import { reverseCalls } from "../../src/migrations/diff/reverse-calls.ts";
import { inline } from "../../src/migrations/operations/literal.ts";
import { record } from "../../src/migrations/operations/record.ts";
import type { DiffCase } from "./diff-cases.ts";
import { factsOf } from "./fingerprint.ts";

export interface Outcome {
  readonly one: DiffCase;
  /** Where it ended; undefined: it is as it should be, all the way. */
  readonly failed?: "up" | "up again" | "down" | "empty" | "error";
  /** The first lines of what is wrong. */
  readonly lines: readonly string[];
}

const UNCHANGED = "-- nothing";

/** Runs cases, some at the same time. Each worker has two databases, which are emptied for each case: that is quicker. */
export async function runAll(cases: readonly DiffCase[], server: string): Promise<readonly Outcome[]> {
  const maintenance = new pg.Client({ connectionString: server });
  await maintenance.connect();
  for (const role of new Set(cases.flatMap((one) => one.roles ?? []))) {
    const { rows } = await maintenance.query("select from pg_roles where rolname = $1", [role]);
    if (rows.length === 0) await maintenance.query(`create role "${role}"`);
  }
  const outcomes: Outcome[] = [];
  const queue = [...cases.entries()];
  const work = async (): Promise<void> => {
    const names = ["from", "to"].map((side) => `vector_${side}_${randomBytes(6).toString("hex")}`);
    for (const name of names) await maintenance.query(`create database ${name} template template0 strategy wal_log`);
    const [from, to] = (await Promise.all(names.map((name) => Side.open(server, name)))) as [Side, Side];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, one] = next;
      outcomes[index] = await runOne(one, from, to).catch((error) => ({
        one,
        failed: "error",
        lines: [error.message],
      }));
    }
    for (const side of [from, to]) await side.close();
    for (const name of names) await maintenance.query(`drop database ${name} with (force)`);
  };
  const workers = [work()];
  if (cases.length > 1) workers.push(work());
  await Promise.all(workers);
  await maintenance.end();
  return outcomes;
}

/** One of a worker's databases. */
class Side {
  /** The library's, for what is under test. */
  readonly connection: Connection;
  readonly #client: pg.Client;

  constructor(connection: Connection, client: pg.Client) {
    this.connection = connection;
    this.#client = client;
  }

  static async open(server: string, name: string): Promise<Side> {
    const url = Object.assign(new URL(server), { pathname: `/${name}` }).href;
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return new Side(await connect({ ...connectOptions({ url }), statementCacheSize: 0 }), client);
  }

  /** Makes it what the SQL makes of an empty database. */
  async fill(sql: string): Promise<void> {
    if (this.connection.inTransaction) await this.connection.query("rollback");
    await this.#client.query("discard all");
    await this.#client.query(EMPTY);
    await this.#client.query(sql);
    await this.#client.query("discard all");
  }

  async facts(): Promise<readonly string[]> {
    await this.#client.query("discard all");
    return factsOf(this.#client);
  }

  async close(): Promise<void> {
    await this.connection.close();
    await this.#client.end();
  }
}

/** As CREATE DATABASE leaves it. */
const EMPTY = `
  do $$ declare one record; begin
    for one in select evtname from pg_event_trigger loop execute format('drop event trigger %I', one.evtname); end loop;
    for one in select extname from pg_extension where extname <> 'plpgsql' loop execute format('drop extension %I cascade', one.extname); end loop;
    for one in select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' loop
      execute format('drop schema %I cascade', one.nspname);
    end loop;
    create schema public authorization pg_database_owner;
    grant usage on schema public to public;
  end $$`;

async function runOne(one: DiffCase, from: Side, to: Side): Promise<Outcome> {
  await from.fill(one.from_sql);
  await to.fill(one.to_sql);
  const facts = async (side: Side): Promise<readonly string[]> => {
    const lines = await side.facts();
    return one.column_order_unreachable === true ? lines.map((line) => line.replace(/ #\d+ /, " ")).sort() : lines;
  };
  const [was, wanted] = [await facts(from), await facts(to)];
  const schemas = await schemasOf(from.connection, to.connection);
  const look = (side: Side): Promise<Catalog> => reflect(side.connection, { defaultSchema: "public", schemas });
  const goal = await look(to);
  const renames: Call[] = [];
  const hint = async (calls: readonly Call[]): Promise<void> => {
    await apply(from.connection, calls);
    renames.push(...calls);
  };
  for (const text of one.catalog_equal ? [] : (one.rename_hints ?? [])) {
    await hint(await renameCalls(from.connection, parseRename(text.replace("->", "=")), "public"));
  }
  if (renames.length > 0) {
    const renamed = { catalog: await look(from), connection: from.connection };
    await hint(await followRenames(renamed, { catalog: goal, connection: to.connection }));
  }
  const start = await look(from);
  const [up, down] = [compare(start, goal), [...compare(goal, start), ...reverseCalls(renames)]];
  if (one.catalog_equal && up.length > 0) return { one, failed: "empty", lines: textOf(up) };
  await apply(from.connection, up);
  const reached = difference(await facts(from), wanted);
  if (reached.length > 0) return { one, failed: "up", lines: [...reached, ...textOf([...renames, ...up])] };
  const again = compare(await look(from), goal);
  if (again.length > 0) return { one, failed: "up again", lines: textOf(again) };
  await apply(from.connection, down);
  const back = difference(await facts(from), was);
  if (back.length > 0) return { one, failed: "down", lines: [...back, ...textOf(down)] };
  return { one, lines: [] };
}

async function schemasOf(...connections: readonly Connection[]): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const connection of connections) {
    const { rows } = await connection.query(
      "select nspname::text from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'",
    );
    for (const [name] of rows) found.add(name as string);
  }
  return [...found];
}

async function apply(connection: Connection, calls: readonly Call[]): Promise<void> {
  for (const statement of textOf(calls)) {
    try {
      await connection.query(statement);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${statement}\nof\n${textOf(calls).join("\n")}`);
    }
  }
}

function textOf(calls: readonly Call[]): readonly string[] {
  return record(perform(calls)).map((step) => (step.kind === "sql" ? inline(step.statement) : UNCHANGED));
}

/** What one list has and the other does not. */
function difference(is: readonly string[], shall: readonly string[]): readonly string[] {
  const [has, wants] = [new Set(is), new Set(shall)];
  return [
    ...is.filter((line) => !wants.has(line)).map((line) => `is    ${line}`),
    ...shall.filter((line) => !has.has(line)).map((line) => `shall ${line}`),
  ];
}

/** For people: how many of each tag are as they should be, and of each other case where it fails. */
export function report(outcomes: readonly Outcome[]): string {
  const failed = outcomes.filter((outcome) => outcome.failed !== undefined);
  const tags = [...new Set(outcomes.flatMap(({ one }) => one.tags))].sort();
  const count = (tag: string): string => {
    const tagged = outcomes.filter(({ one }) => one.tags.includes(tag));
    return `${tag} ${tagged.filter((outcome) => outcome.failed === undefined).length}/${tagged.length}`;
  };
  return [
    ...failed.map(
      ({ one, failed: where, lines }) =>
        `FAIL ${where}: ${one.name} [${one.tags.join(" ")}]\n${lines
          .slice(0, 12)
          .map((line) => `    ${line.replaceAll("\n", "\n    ")}`)
          .join("\n")}`,
    ),
    tags.map(count).join(", "),
    `${outcomes.length - failed.length} of ${outcomes.length} are as they should be`,
  ].join("\n");
}
