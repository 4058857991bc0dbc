import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { createBackup } from "../../src/backup/create.ts";
import { listBackups } from "../../src/backup/directory.ts";
import { drillBackup } from "../../src/backup/drill.ts";
import { BackupRefused, RestoreFailed, RestoreRefused } from "../../src/backup/errors.ts";
import { backupFacts } from "../../src/backup/newest.ts";
import { type RestoreBackupOptions, restoreBackup } from "../../src/backup/restore.ts";
import { type RestoreTableOptions, restoreTable } from "../../src/backup/restore-table.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { FaultProxy } from "../faults/proxy.ts";
import { fingerprint } from "../migrations/fingerprint.ts";
import { backUp, backupDirectory } from "./backup-directory.ts";

const directory = backupDirectory();
const [reader, clerk] = ["backup_test_reader", "backup_test_clerk"];
let source: TestDatabase;
beforeAll(async () => {
  source = await createTestDatabase();
  await source.query(`
    create role ${reader}; create role ${clerk} login password 'clerk';
    create schema shop; grant usage on schema shop to ${clerk};
    create table shop.customers (id int generated always as identity primary key, name text not null);
    create table shop.orders (id serial primary key, customer int not null references shop.customers, made timestamptz);
    create table shop.visits (at date not null, customer int) partition by range (at);
    create table shop.visits_old partition of shop.visits for values from (minvalue) to ('2026-01-01');
    create table shop.visits_new partition of shop.visits for values from ('2026-01-01') to (maxvalue);
    create table public.customers (id int);
    create table shop.trail (what text);
    create function shop.note() returns trigger language plpgsql as
      $$ begin insert into shop.trail values (tg_table_name); new.made = '1999-01-01'; return new; end $$;
    create trigger note before insert on shop.orders for each row execute function shop.note();
    create trigger never before insert on shop.orders for each row execute function shop.note();
    alter table shop.orders disable trigger never;
    alter table shop.orders owner to ${clerk};
    grant select on shop.orders to ${reader};
    insert into shop.customers (name) select 'c' || i from generate_series(1, 20) i;
    insert into shop.orders (customer, made) select i, now() from generate_series(1, 20) i;
    insert into shop.visits select date '2025-12-31' + i, i from generate_series(0, 9) i;
    truncate shop.trail`);
  await backUp(source.url, directory.path);
});
afterAll(async () => {
  directory[Symbol.dispose]();
  await source.drop();
  await using other = await createTestDatabase();
  await other.query(`drop role ${reader}, ${clerk}`);
});

const into = ({ url }: { url: string }, more: Partial<RestoreBackupOptions> = {}): ReturnType<typeof restoreBackup> =>
  restoreBackup({ connect: connectOptions({ url }), directory: directory.path, ...more });
const tableInto = (
  { url }: { url: string },
  table: string,
  more: Partial<RestoreTableOptions> = {},
): ReturnType<typeof restoreTable> =>
  restoreTable({ connect: connectOptions({ url }), directory: directory.path, table, ...more });

it("refuses a database that holds anything, unless it may drop it", async () => {
  for (const thing of [
    "create table mine (id int)",
    "create schema mine",
    "create function mine() returns int language sql as 'select 1'",
    "create type mine as enum ('a')",
    "create publication mine",
  ]) {
    await using target = await createTestDatabase();
    await target.query(thing);
    await expect(into(target), thing).rejects.toThrow(/^The database is not empty: it holds .*mine/);
  }
  await using target = await createTestDatabase();
  await target.query(`create schema mine; create table mine.t as select 1; create type public.e as enum ('a');
    create function ev() returns event_trigger language plpgsql as 'begin end';
    create event trigger ev on ddl_command_end execute function ev(); create extension citext`);
  await into(target, { replace: true });
  expect(await fingerprint(target.url)).toEqual(await fingerprint(source.url));
  await into(target, { replace: true });
  expect(await fingerprint(target.url)).toEqual(await fingerprint(source.url));
});

it("leaves what was there when it fails while it replaces", async () => {
  await using target = await createTestDatabase();
  await target.query("create table mine as select 7 as id");
  await using proxy = await FaultProxy.start(target.url);
  proxy.when(/^copy "shop"."orders"/, () => proxy.cut("rst"));
  const failure = await into(proxy, { replace: true }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(RestoreFailed);
  expect(failure).toMatchObject({ at: "the rows of shop.orders", isUncertain: false });
  expect((failure as Error).message).toMatch(/All of it was rolled back\.$/);
  expect(await target.query("select * from mine")).toEqual([{ id: 7 }]);
  proxy.when(/^commit/, () => proxy.cut("rst", "client"));
  const unsure = await into(proxy, { replace: true }).catch((error: unknown) => error);
  expect(unsure).toMatchObject({ at: "the commit", isUncertain: true });
});

it("asks for the roles, or does without owners and privileges", async () => {
  using own = backupDirectory();
  await using other = await createTestDatabase();
  await other.query("create role backup_test_gone; create table t (id int); grant select on t to backup_test_gone");
  await other.query("insert into t values (1); alter table t owner to backup_test_gone");
  await backUp(other.url, own.path);
  await other.query("drop owned by backup_test_gone; drop role backup_test_gone");
  await using target = await createTestDatabase();
  const connect = connectOptions({ url: target.url });
  await expect(restoreBackup({ connect, directory: own.path })).rejects.toThrow(
    /^The server has no role backup_test_gone,/,
  );
  // A drill makes them for itself, and takes them away.
  expect(await drillBackup({ directory: own.path, scratch: connect })).toMatchObject({ ok: true, problems: [] });
  expect(await target.query("select from pg_roles where rolname = 'backup_test_gone'")).toEqual([]);
  await restoreBackup({ connect, directory: own.path, owners: false });
  expect(await target.query("select * from t")).toEqual([{ id: 1 }]);
});

it("drills on a server where it leaves nothing, whatever comes between", async () => {
  using own = backupDirectory();
  await using other = await createTestDatabase();
  await other.query("create role backup_test_gone; create table t (id int); grant select on t to backup_test_gone");
  await other.query("insert into t select generate_series(1, 20000)");
  await backUp(other.url, own.path);
  await other.query("drop owned by backup_test_gone; drop role backup_test_gone");
  await using target = await createTestDatabase();
  await using proxy = await FaultProxy.start(target.url);
  const scratch = connectOptions({ url: proxy.url, applicationName: "drill" });
  const left = async (): Promise<unknown> =>
    await target.query(`select application_name as name from pg_stat_activity where application_name ~ '^(drill|hypertroq backup)$'
      union all select rolname from pg_roles where rolname = 'backup_test_gone'
      union all select datname from pg_database
        where datname like (select 'hypertroq_scratch_' || oid || '_%' from pg_database where datname = current_database())`);

  const [abort, reason] = [new AbortController(), new Error("enough")];
  proxy.when(/^copy .* to stdout/, () => abort.abort(reason));
  await expect(drillBackup({ directory: own.path, scratch, signal: abort.signal })).rejects.toBe(reason);
  await expect.poll(left).toEqual([]);
  expect((await listBackups(own.path))[0]).not.toHaveProperty("drill");

  let granting: Promise<unknown> | undefined;
  const grant = `grant connect on database ${target.name} to backup_test_gone`;
  const drilling = drillBackup({
    directory: own.path,
    scratch,
    onProgress: () => {
      granting ??= target.query(grant);
    },
  });
  await expect(drilling).rejects.toThrow(/"backup_test_gone" cannot be dropped/);
  await granting;
  await target.query("drop owned by backup_test_gone; drop role backup_test_gone");
  await expect.poll(left).toEqual([]);
});

it("says at which object a restore stopped, and nothing of its text", async () => {
  using own = backupDirectory();
  await using other = await createTestDatabase();
  await other.query(`create extension postgres_fdw; create server far foreign data wrapper postgres_fdw;
    create user mapping for current_user server far options (user 'me', password 'tr0ub4dor');
    create table t (id int check (id > 0)); alter table t add constraint odd check (id % 2 = 1) not valid`);
  await backUp(other.url, own.path);
  const [entry] = await listBackups(own.path);
  expect(JSON.stringify(entry)).not.toContain("tr0ub4dor");
  await using target = await createTestDatabase();
  await target.query("create user guest with password 'guest'").catch(() => {});
  await target.query(`grant all on database ${target.name} to guest; grant all on schema public to guest`);
  const url = new URL(target.url);
  [url.username, url.password] = ["guest", "guest"];
  const failure = await into({ url: url.href }, { directory: own.path, owners: false }).catch(
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ code: "RESTORE_FAILED", at: "extension postgres_fdw" });
  expect(String(failure)).not.toContain("tr0ub4dor");
  await target.query("drop owned by guest; drop role guest");
});

it("restores one table: into itself when it is empty, without its triggers", async () => {
  await using target = await createTestDatabase();
  await into(target);
  await expect(tableInto(target, "orders")).rejects.toThrow("The table shop.orders is not empty.");
  await target.query("truncate shop.orders restart identity");
  expect(await tableInto(target, "orders")).toBe(20);
  const read = "select * from shop.orders order by id";
  expect(await target.query(read)).toEqual(await source.query(read));
  expect(await target.query("select * from shop.trail")).toEqual([]);
  expect(await target.query("select nextval('shop.orders_id_seq')::int as next")).toEqual([{ next: 21 }]);
  expect(await fingerprint(target.url)).toEqual(await fingerprint(source.url));
  // A sequence that has gone further stays there.
  await target.query("truncate shop.orders; select setval('shop.orders_id_seq', 500)");
  await tableInto(target, "shop.orders");
  expect(await target.query("select nextval('shop.orders_id_seq')::int as next")).toEqual([{ next: 501 }]);

  // Nor does one go back that has given the value at which it was to begin.
  await target.query("truncate shop.orders; select setval('shop.orders_id_seq', 1)");
  using early = backupDirectory();
  await using begun = await createTestDatabase();
  await begun.query(
    "create schema shop; create table shop.orders (id serial primary key, customer int, made timestamptz)",
  );
  await backUp(begun.url, early.path);
  await tableInto(target, "shop.orders", { directory: early.path });
  expect(await target.query("select nextval('shop.orders_id_seq')::int as next")).toEqual([{ next: 2 }]);

  await target.query("truncate shop.orders; delete from shop.customers where id = 20");
  const failure = await tableInto(target, "orders").catch((error: Error) => error);
  expect(failure).toMatchObject({ code: "RESTORE_FAILED", cause: { code: "FOREIGN_KEY_VIOLATION" } });
  expect(await target.query("select * from shop.orders")).toEqual([]);
  expect(await fingerprint(target.url)).toEqual(await fingerprint(source.url));
});

it("restores one table under another name, and a partitioned one with all of its rows", async () => {
  await using target = await createTestDatabase();
  await into(target);
  await tableInto(target, "shop.customers", { as: 'customers "then"' });
  expect(await target.query(`select * from shop."customers ""then""" order by id`)).toEqual(
    await source.query("select * from shop.customers order by id"),
  );
  await expect(tableInto(target, "shop.customers", { as: "orders" })).rejects.toThrow(
    "There is a table shop.orders already. Choose another name.",
  );
  expect(await tableInto(target, "visits", { as: "visits_then" })).toBe(10);
  await target.query("truncate shop.visits");
  expect(await tableInto(target, "visits")).toBe(10);
  const counts = "select (select count(*)::int from shop.visits_old) o, (select count(*)::int from shop.visits_new) n";
  expect(await target.query(counts)).toEqual([{ o: 1, n: 9 }]);
  await target.query("truncate shop.visits");
  expect(await tableInto(target, "visits_new")).toBe(9);
  await expect(tableInto(target, "customers")).rejects.toThrow(/^Several schemas have a table customers: /);
  await expect(tableInto(target, "nobody")).rejects.toThrow(RestoreRefused);
  await target.query("drop table shop.visits");
  await expect(tableInto(target, "visits")).rejects.toThrow(
    "There is no table shop.visits. Restore the rows under a new name (--as NAME).",
  );
});

it("takes the newest backup of the same database, not one of another that is newer", async () => {
  using own = backupDirectory();
  await using first = await createTestDatabase();
  await using second = await createTestDatabase();
  await using target = await createTestDatabase();
  await first.query("create table of_the_first as select 1 as id");
  await second.query("create table of_the_second as select 1 as id");
  const made = await backUp(first.url, own.path);
  // All are of one database: of whatever name, it is meant.
  await into(target, { directory: own.path });
  expect(await target.query("select id from of_the_first")).toEqual([{ id: 1 }]);
  await backUp(second.url, own.path);
  const replaced = await into(first, { directory: own.path, replace: true });
  expect(replaced.name).toBe(made.name);
  await expect(into(target, { directory: own.path, replace: true })).rejects.toThrow(
    `There is no good backup of the database ${target.name}, and there are some of `,
  );
  const facts = backupFacts(own.path, target.name);
  expect([await facts.newestGood(), await facts.newestDrill()]).toEqual([undefined, undefined]);
  expect(await backupFacts(own.path, first.name).newestGood()).toEqual({ finishedAt: new Date(made.finishedAt) });
  await into(target, { directory: own.path, replace: true, backup: made.name });
});

it("refuses to make a backup that would not hold everything", async () => {
  using own = backupDirectory();
  await using other = await createTestDatabase();
  await other.query(`create table secrets (id int); alter table secrets enable row level security;
    grant select on secrets to ${clerk}; grant usage on schema public to ${clerk}`);
  const url = new URL(other.url);
  [url.username, url.password] = [clerk!, "clerk"];
  const failure = backUp(url.href, own.path);
  await expect(failure).rejects.toThrow(BackupRefused);
  await expect(failure).rejects.toThrow(/^No backup was made\. Policies of row security hide rows of public\.secrets/);
  await other.query("alter table secrets force row level security; select lo_create(0)");
  await expect(backUp(other.url, own.path)).rejects.toThrow("The database holds 1 large object,");
  expect(await listBackups(own.path)).toEqual([]);
});

it("says what to install when no pg_dump fits, and passes over one that is too old", async () => {
  using own = backupDirectory();
  const connect = connectOptions({ url: source.url });
  const { schemaBy } = await createBackup({ connect, directory: own.path });
  expect(schemaBy).toMatch(/^pg_dump (\(PostgreSQL\) (1[6-9]|[2-9]\d)|as WebAssembly)/);
});
