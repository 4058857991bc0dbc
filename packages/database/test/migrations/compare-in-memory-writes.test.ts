import { afterEach, beforeEach, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { integer, Model, type ModelClass, sql, text } from "../../src/index.ts";
import { compareInMemory } from "../../src/migrations/autogenerate/compare-models.ts";
import { compareModels } from "../../src/migrations/index.ts";
import { schemaOf } from "./create-models.ts";

class Thing extends Model.define({
  id: integer().primaryKey(),
  n: integer().check("small", sql`n between 1 and 9`).default(sql`1 + 1`),
}) {}
/** Its n is of another type, so that both cannot be columns of one table. */
class Word extends Model.define({
  id: integer().primaryKey(),
  n: text().check("long", sql`length(n) between 1 and 9`),
}) {}
class Wrong extends Model.define({ id: integer().primaryKey(), n: integer().check("small", sql`no_such(n)`) }) {
  static override readonly table = "things";
}

const TABLES = `
  create table things (id integer primary key, n integer not null default 1 + 1, constraint ck_things_small check (n between 1 and 9));
  create table words (id integer primary key, n text not null, constraint ck_words_long check (length(n) between 1 and 9))`;

let database: TestDatabase;
/** It may make temporary tables, as everybody may, and nothing else. */
const role = `reader_${process.pid}`;
beforeEach(async () => {
  database = await createTestDatabase();
  await database.query(`${TABLES}; create role ${role}`);
});
afterEach(async () => {
  await database.query(`drop owned by ${role}; drop role ${role}`);
  await database.drop();
});

function options(settings: Readonly<Record<string, string>> = {}, models: readonly ModelClass[] = [Thing, Word]) {
  const connect = connectOptions({ url: database.url });
  const serverSettings = { ...connect.serverSettings, role, ...settings };
  return { connect: { ...connect, serverSettings }, schema: schemaOf(models) };
}

/** Has a function look at every statement that defines something. What it counts, no rollback takes back. */
async function watch(body: string, when = ""): Promise<void> {
  await database.query(`create sequence seen; create sequence others;
    create function watch() returns event_trigger language plpgsql security definer as $$ begin ${body} end $$;
    create event trigger watch on ddl_command_start ${when} execute function watch()`);
}

/** Where every row of these catalogs lies, and which transaction has written it. */
async function state(): Promise<readonly object[]> {
  const own = "where dbid = (select oid from pg_database where datname = current_database())";
  const catalogs = ["attrdef", "attribute", "class", "constraint", "depend", "index", "namespace", "type"];
  const rows = [...catalogs, `shdepend ${own}`].map(
    (from) =>
      `select '${from.split(" ")[0]}' name, md5(string_agg(xmin::text || ctid, ' ' order by ctid)) from pg_${from}`,
  );
  return database.query(rows.join(" union all "));
}

test("nothing is written but a temporary table at a time, which is rolled back, by a role that may do nothing else", async () => {
  await watch("perform nextval(case tg_tag when 'CREATE TABLE' then 'public.seen' else 'public.others' end);");
  const was = await state();
  expect((await compareModels(options())).detected).toEqual([]);
  expect(await state()).toEqual(was);
  expect(
    await database.query("select (select last_value from seen) seen, (select is_called from others) others"),
  ).toEqual([{ seen: "2", others: false }]);
  expect((await compareInMemory(options({}, [Thing])))?.detected).toEqual(["Detected removed table 'words'"]);
  expect(await database.query("select last_value from seen")).toEqual([{ last_value: "3" }]);
});

test("a session that is read-only unless it says otherwise", async () => {
  expect((await compareModels(options({ default_transaction_read_only: "on" }))).detected).toEqual([]);
});

test("without the privilege TEMPORARY, what differs in words needs a scratch database, and nothing else does", async () => {
  await database.query(
    "do $$ begin execute format('revoke temporary on database %I from public', current_database()); end $$",
  );
  await expect(compareModels(options())).rejects.toMatchObject({ code: "SCRATCH_UNAVAILABLE" });
  expect((await compareModels(options({}, []))).detected).toEqual([
    "Detected removed table 'words'",
    "Detected removed table 'things'",
  ]);
});

test("what PostgreSQL refuses, the scratch database explains", async () => {
  expect(await compareInMemory(options({}, [Wrong]))).toBeUndefined();
  await expect(compareModels(options({ role: "none" }, [Wrong]))).rejects.toMatchObject({
    code: "MODELS_NOT_CREATABLE",
    message: expect.stringContaining("no_such"),
  });
});

test("a connection that is lost meanwhile is said to be", async () => {
  await watch("perform pg_terminate_backend(pg_backend_pid());", "when tag in ('CREATE TABLE')");
  await expect(compareModels(options())).rejects.toMatchObject({ code: "CONNECTION_LOST" });
});

test("an abort ends it, and leaves no table", async () => {
  await watch("perform pg_sleep(600);", "when tag in ('CREATE TABLE')");
  const was = await state();
  const controller = new AbortController();
  const compared = compareModels({ ...options(), signal: controller.signal });
  const sleeping = "select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'";
  await Promise.all([
    expect(compared).rejects.toMatchObject({ code: "COMPARISON_INTERRUPTED" }),
    expect
      .poll(() => database.query(sleeping))
      .toHaveLength(1)
      .then(() => controller.abort()),
  ]);
  await expect.poll(() => database.query(sleeping)).toHaveLength(0);
  expect(await state()).toEqual(was);
});

test("more expressions than a table has columns", async () => {
  const names = Array.from({ length: 40 }, (_, index) => `c${index}`);
  const columns = Object.fromEntries(names.map((name) => [name, integer().default(sql`1+1`)]));
  const models = names.map(
    (name) =>
      ({
        [name]: class extends Model.define({ id: integer().primaryKey(), ...columns }) {
          static override readonly table = name;
        },
      })[name]!,
  );
  const made = names.map(
    (name) =>
      `create table ${name} (id integer primary key, ${names.map((each) => `${each} integer not null default 1 + 1`).join()})`,
  );
  await database.query(`drop table things, words; ${made.join(";")}`);
  expect((await compareInMemory(options({}, models)))?.detected).toEqual([]);
});
