import { afterAll, expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import type { Connection } from "../../src/connection/connection.ts";
import { reflect } from "../../src/migrations/catalog/reflect.ts";
import { readRowsWithin } from "../../src/migrations/catalog/rows.ts";
import { catalogText } from "../../src/migrations/catalog/text.ts";
import { catalogOf, find, objectsOf, withConnection } from "./catalog-of.ts";
import { CREATE_ROLES, SAMPLE } from "./catalog-sample.ts";
import { differingKeys } from "./differing-keys.ts";

const database = await createTestDatabase();
afterAll(() => database.drop());

/** How many statements it takes, in how many round trips, and what the connection's transaction is like meanwhile. */
async function costOf(connection: Connection): Promise<{ trips: number; statements: number; mode: unknown }> {
  let [trips, statements, mode] = [0, 0, undefined as unknown];
  const query = async (text: string): Promise<unknown> => {
    trips++;
    statements++;
    return connection.query(text);
  };
  const fly: Connection["fly"] = async (steps, signal) => {
    trips++;
    statements += steps.length;
    const text = "select current_setting('transaction_isolation') || ' ' || current_setting('transaction_read_only')";
    mode = (await connection.query(text)).rows[0]![0];
    return connection.fly(steps, signal);
  };
  await reflect({ query, fly } as unknown as Connection, { defaultSchema: "public" });
  return { trips, statements, mode };
}

test("the number of queries does not grow with what the database holds, and they see one moment", async () => {
  await using empty = await createTestDatabase();
  await using full = await createTestDatabase();
  await full.query(CREATE_ROLES);
  await full.query(SAMPLE);
  const mode = "repeatable read on";
  // BEGIN; settings and fourteen queries; ROLLBACK.
  expect(await withConnection(empty, costOf)).toEqual({ trips: 3, statements: 17, mode });
  // And once more, for what no operation makes.
  expect(await withConnection(full, costOf)).toEqual({ trips: 4, statements: 18, mode });
});

test.for([
  ["collation", "create collation other (provider = libc, locale = 'C')"],
  ["rule", "create table t (); create rule other as on insert to t do instead nothing"],
  ["operator", "create operator @@@ (rightarg = int, function = int4abs)"],
  ["operator family", "create operator family other using hash"],
  ["operator class", "create operator class other for type int using hash as operator 1 ="],
  ["conversion", "create conversion other for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8"],
  ["text search configuration", "create text search configuration other (copy = simple)"],
  ["text search dictionary", "create text search dictionary other (template = simple)"],
  [
    "text search parser",
    `create text search parser other (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end,
      lextypes = prsd_lextype)`,
  ],
  ["text search template", "create text search template other (init = dsimple_init, lexize = dsimple_lexize)"],
  ["type", "create type other"],
  [
    "event trigger",
    `create function f() returns event_trigger language plpgsql as 'begin end';
      create event trigger other on ddl_command_start execute function f()`,
  ],
  ["cast", "create type mood as enum ('glad'); create cast (mood as int) with inout"],
  ["publication", "create publication other"],
  ["foreign-data wrapper", "create foreign data wrapper other"],
  ["server", "create foreign data wrapper other; create server other foreign data wrapper other"],
  ["language", "create language other handler plpgsql_call_handler"],
  ["access method", "create access method other type index handler bthandler"],
] as const)("one %s is enough for those to be asked for that no operation makes", async ([kind, sql]) => {
  await withConnection(database, async (connection) => {
    await connection.query("begin");
    for (const statement of sql.split(";")) await connection.query(statement);
    const { others } = await readRowsWithin(connection, null, undefined);
    await connection.query("rollback");
    expect(others.map((other) => other.kind)).toContain(kind);
  });
});

test("a connection is left as it was", async () => {
  await using database = await createTestDatabase();
  await withConnection(database, async (connection) => {
    const settings = "select current_setting('search_path'), current_setting('TimeZone'), current_setting('DateStyle')";
    await connection.query("set timezone = 'Asia/Tokyo'");
    const before = (await connection.query(settings)).rows;
    await reflect(connection, { defaultSchema: "public" });
    expect((await connection.query(settings)).rows).toEqual(before);
    expect(connection.inTransaction).toBe(false);
  });
});

test("texts do not go by the settings of the session", async () => {
  await using database = await createTestDatabase();
  await database.query(`create table t (at timestamptz default '2026-01-01 00:00:00+00', i interval default '1 day 02:00',
    d date default '2026-02-01') partition by range (at);
    create table p partition of t for values from ('2026-01-01 00:00:00+00') to ('2026-02-01 00:00:00+00')`);
  const plain = await catalogOf(database);
  await database.query(`alter database ${database.name} set timezone = 'Asia/Tokyo';
    alter database ${database.name} set datestyle = 'SQL, DMY'; alter database ${database.name} set intervalstyle = 'iso_8601';
    alter database ${database.name} set quote_all_identifiers = on; alter database ${database.name} set search_path = nowhere`);
  expect(catalogText(await catalogOf(database))).toBe(catalogText(plain));
  expect(find(plain, "table public.p")).toMatchObject({
    partitionOf: { table: "t", bound: "for values from ('2026-01-01 00:00:00+00') to ('2026-02-01 00:00:00+00')" },
  });
});

test("an abort ends it", async () => {
  await using database = await createTestDatabase();
  await withConnection(database, async (connection) => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(reflect(connection, { defaultSchema: "public", signal })).rejects.toThrow("enough");
    expect(connection.inTransaction).toBe(false);
  });
});

test("left out: what belongs to extensions, and the tables of migrations", async () => {
  await using database = await createTestDatabase();
  const before = objectsOf(await catalogOf(database)).map(({ key }) => key);
  expect(before).toEqual(["schema public"]);
  await database.query(`create extension citext; create extension hstore; create extension btree_gist;
    create table alembic_version (version_num varchar(32) primary key);
    create table hypertroq_migration_log (id bigint generated always as identity primary key, n serial)`);
  const keys = objectsOf(await catalogOf(database)).map(({ key }) => key);
  expect(keys).toEqual(["schema public", "extension citext", "extension hstore", "extension btree_gist"]);
});

test("only the schemas that are named, and then nothing that belongs to none but extensions", async () => {
  await using database = await createTestDatabase();
  await database.query(`create schema a; create schema b; create extension citext schema b;
    create type b.mood as enum ('ok'); create table b.t (id int primary key);
    create table a.t (id int references b.t, mood b.mood, email b.citext); create cast (b.mood as integer) with inout;
    create view b.v as select * from a.t`);
  const some = await catalogOf(database, { schemas: ["a", "nowhere"], defaultSchema: "a" });
  expect(objectsOf(some).map(({ key }) => key)).toEqual([
    "schema a",
    "extension citext",
    "table a.t",
    "column a.t.id",
    "column a.t.mood",
    "column a.t.email",
    "constraint a.t.t_id_fkey",
  ]);
  expect(find(some, "constraint a.t.t_id_fkey")).toMatchObject({
    needs: [],
    definition: { foreignKey: { columns: ["id"], target: { table: "b.t", columns: ["id"] } } },
  });
  expect(find(some, "column a.t.mood")?.["userType"]).toBeUndefined();
  const all = await catalogOf(database);
  expect(all.schemas.map(({ name }) => name)).toEqual(["public", "a", "b"]);
  expect(find(all, "column a.t.mood")?.["userType"]).toBe("type b.mood");
  expect(all.others.map(({ what }) => what)).toEqual(["cast from b.mood to integer"]);
});

test("names say no schema where it is the default one, and no name of PostgreSQL's own would be found first", async () => {
  await using database = await createTestDatabase();
  await database.query(`create schema app; create table app.users (id int primary key, up int references app.users);
    create table app.pg_class (id int); create table public.users (id int); create index pg_index on app.users (id);
    create type app.path as enum ('a'); create type app.mood as enum ('a');
    create function app.now() returns trigger language plpgsql as 'begin end';
    create trigger t before insert on app.users for each row execute function app.now();
    create table app."a.b" (id int); create view app.pg_views as select 1 as one`);
  const { tables, enums, views } = await catalogOf(database, { defaultSchema: "app" });
  expect(tables.map(({ name }) => name)).toEqual(["users", "app.pg_class", "public.users", ["a.b"]]);
  expect(enums.map(({ name }) => name)).toEqual(["app.path", "mood"]);
  expect(views.map(({ name }) => name)).toEqual(["app.pg_views"]);
  expect(tables[0]!.indexes[0]!.name).toBe("app.pg_index");
  expect(tables[0]!.triggers[0]!.definition.function).toBe("app.now");
  expect(tables[0]!.constraints[1]!.definition).toMatchObject({ foreignKey: { target: { table: "users" } } });
  expect(tables[0]!.constraints[1]!.text).toBe("FOREIGN KEY (up) REFERENCES app.users(id)");
});

test("what differs is told by its key, whatever the order in which things were made", async () => {
  await using one = await createTestDatabase();
  await using other = await createTestDatabase();
  await one.query("create type m as enum ('a'); create table a (x int, y m); create table b (id int primary key)");
  await other.query("create table b (id int); create type m as enum ('a'); create table a (y m, x int)");
  await other.query("alter table b add primary key (id)");
  expect(differingKeys(await catalogOf(one), await catalogOf(other))).toEqual([]);
  await other.query(`create function f() returns int language sql return 1; alter table a alter x set not null;
    create index on a (x); comment on table b is 'b'; create view v as select 1 as one`);
  const keys = ["column public.a.x", "function public.f()", "index public.a_x_idx", "table public.b", "view public.v"];
  expect(differingKeys(await catalogOf(one), await catalogOf(other))).toEqual(keys);
  expect(differingKeys(await catalogOf(other), await catalogOf(one))).toEqual(keys);
});
