import { randomBytes } from "node:crypto";
import pg from "pg";
import { type DiffStep, diff } from "../../src/migrations/index.ts";
import type { DiffCase } from "./diff-cases.ts";
import { factsOf } from "./fingerprint.ts";

export interface Outcome {
  readonly one: DiffCase;
  /** Where it ended; undefined: it is as it should be, all the way. */
  readonly failed?: "unsupported" | "not refused" | "up" | "up again" | "down" | "empty" | "error";
  /** The first lines of what is wrong. */
  readonly lines: readonly string[];
}

/**
 * Runs cases, some at the same time. Each worker has two databases, which are emptied for each case: that is quicker.
 *
 * @param more a query for facts that the fingerprint does not look at.
 */
export async function runAll(cases: readonly DiffCase[], server: string, more?: string): Promise<readonly Outcome[]> {
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
    const [from, to] = (await Promise.all(names.map((name) => Side.open(server, name, more)))) as [Side, Side];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, one] = next;
      outcomes[index] = await runOne(one, server, from, to).catch((error) => ({
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

async function runOne(one: DiffCase, server: string, from: Side, to: Side): Promise<Outcome> {
  await from.fill(one.from_sql);
  await to.fill(one.to_sql);
  const facts = async (side: Side): Promise<readonly string[]> => {
    const lines = await side.facts();
    return one.column_order_unreachable === true ? lines.map((line) => line.replace(/ #\d+ /, " ")).sort() : lines;
  };
  const [was, wanted] = [await facts(from), await facts(to)];
  const renames = one.catalog_equal ? [] : (one.rename_hints ?? []).map((hint) => hint.replace("->", "="));
  const sides = { from: { url: from.url }, to: { url: to.url }, scratch: { url: server } };
  const plan = await diff({ ...sides, renames });
  const fail = (failed: NonNullable<Outcome["failed"]>, lines: readonly string[]): Outcome => ({ one, failed, lines });
  if (one.refused !== undefined) {
    return plan.unsupported.some((sentence) => one.refused!.test(sentence))
      ? { one, lines: [] }
      : fail("not refused", [...plan.unsupported, ...sqlOf(plan.up)]);
  }
  if (plan.unsupported.length > 0) return fail("unsupported", [...plan.unsupported, ...sqlOf(plan.up)]);
  if (one.catalog_equal && plan.up.length > 0) return fail("empty", sqlOf(plan.up));
  await from.apply(plan.up);
  const reached = difference(await facts(from), wanted);
  if (reached.length > 0) return fail("up", [...reached, ...sqlOf(plan.up)]);
  const upgraded = await from.run(one.after_up ?? "");
  if (upgraded.length > 0) return fail("up", [...upgraded, ...sqlOf(plan.up)]);
  const again = await diff(sides);
  if (again.up.length > 0) return fail("up again", sqlOf(again.up));
  await from.apply(plan.down);
  const back = difference(await facts(from), was);
  if (back.length > 0) return fail("down", [...back, ...sqlOf(plan.down)]);
  const downgraded = await from.run(one.after_down ?? "");
  return downgraded.length > 0 ? fail("down", [...downgraded, ...sqlOf(plan.down)]) : { one, lines: [] };
}

function sqlOf(steps: readonly DiffStep[]): readonly string[] {
  return steps.map(({ sql }) => sql);
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
