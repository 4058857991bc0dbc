import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { connect } from "../../src/connection/connect.ts";
import type { Connection } from "../../src/connection/connection.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { splitStatements } from "../../src/migrations/index.ts";
import { readSurroundings } from "../../src/migrations/locks/read-surroundings.ts";
import type { Surroundings } from "../../src/migrations/locks/surroundings.ts";
import { vectorFile } from "./graph-cases.ts";
import { comparable, type Effects, measure, modeOf, predict, together } from "./measured-locks.ts";

interface MatrixCase {
  readonly name: string;
  readonly ddl: string;
  readonly locks: Readonly<Record<string, string>>;
  readonly rewrites: readonly string[];
  readonly scans: readonly string[];
  readonly index_rebuilds: readonly string[];
}

/** What the cases of lock-matrix.json are run on, told from what they say. */
const SETUP = `
  create domain dplain as int;
  create domain dpos as int check (value > 0);
  create type mood as enum ('a', 'b');
  create function trgf() returns trigger language plpgsql as 'begin return new; end';
  create table ref (id int primary key);
  insert into ref select generate_series(1, 1000);
  create table t (id int primary key, a int, b varchar(10), c text, ci char(5), n numeric(10, 2), tz timestamptz(3),
    ts timestamp, j json, e mood, nn int, chk int, r int, u int, d dplain, constraint chk_nn check (chk is not null));
  insert into t select i, i, 'b', 'c', 'ci', 1, now(), now(), '{}', 'a', 1, 1, 1, i, 1 from generate_series(1, 1000) i;
  alter table t add constraint t_a_pos check (a > 0) not valid, add constraint t_r_fk foreign key (r) references ref (id) not valid;
  create index t_b on t (b);
  create unique index t_u on t (u);
  create view vw as select id, a from t;
  create materialized view mv as select id from t;
  create unique index mv_id on mv (id);
  create table p (id int, d int) partition by range (d);
  create table p1 partition of p for values from (0) to (10);
  create table p2 (id int, d int);
  create table p3 (id int, d int, check (d is not null and d >= 20 and d < 30));
  insert into p1 values (1, 1);
  insert into p2 values (1, 11);
  insert into p3 values (1, 21);
  analyze`;

let database: TestDatabase;
let connection: Connection;
let surroundings: Surroundings;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(
    "do $$ begin create role lk; exception when duplicate_object or unique_violation then null; end $$",
  );
  await database.query(SETUP);
  connection = await connect({ ...connectOptions({ url: database.url }), statementCacheSize: 0 });
  surroundings = await readSurroundings(connection);
});

afterAll(async () => {
  await connection.close();
  await database.drop();
});

const file = vectorFile("lock-matrix.json");
const matrix: readonly MatrixCase[] = file === undefined ? [] : JSON.parse(readFileSync(file, "utf8")).cases;

/** The matrix has the locks of tables that are there afterwards, by what they are called then, and no views. */
async function asInMatrix(said: Effects, before: ReadonlyMap<string, string>): Promise<Effects> {
  const { rows } = await connection.query("select oid::text, relname, relkind, reloftype from pg_class");
  const after = new Map(rows.map(([oid, name, kind]) => [oid, { name: name as string, kind: kind as string }]));
  const locks = Object.entries(said.locks).flatMap(([name, mode]) => {
    const now = after.get(before.get(name)!);
    return now === undefined || !"rpm".includes(now.kind) ? [] : [[now.name, mode] as const];
  });
  return { ...said, locks: Object.fromEntries(locks), rebuilds: said.rebuilds.filter((index) => index !== "mv_id") };
}

test.skipIf(file === undefined && process.env["CI"] === undefined)("lock-matrix.json is there", () => {
  expect(matrix.length).toBeGreaterThanOrEqual(94);
});

test.each(matrix)("$name", async (one) => {
  await connection.query("begin");
  try {
    const { rows } = await connection.query("select relname, oid::text from pg_class");
    const before = new Map(rows as unknown as [string, string][]);
    const statements = splitStatements(one.ddl).map(({ text }) => text);
    const { all, run } = await predict(connection, statements, surroundings);
    const measured = await measure(connection, run);
    const said = together(all);
    expect(said.unknown).toEqual([]);
    expect(comparable(said)).toEqual(comparable(measured));
    expect(comparable(await asInMatrix(said, before))).toEqual(
      comparable({
        locks: Object.fromEntries(Object.entries(one.locks).map(([table, mode]) => [table, modeOf(mode)])),
        rewrites: one.rewrites,
        scans: one.scans,
        rebuilds: one.index_rebuilds,
      }),
    );
  } finally {
    await connection.query("rollback");
  }
});
