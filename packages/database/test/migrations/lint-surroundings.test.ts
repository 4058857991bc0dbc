import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { sample } from "../../../../test/sample.ts";
import { connect } from "../../src/connection/connect.ts";
import type { Connection } from "../../src/connection/connection.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { splitStatements } from "../../src/migrations/index.ts";
import { after } from "../../src/migrations/locks/after.ts";
import { readSurroundings } from "../../src/migrations/locks/read-surroundings.ts";
import type { Surroundings } from "../../src/migrations/locks/surroundings.ts";
import { vectorFile } from "./graph-cases.ts";

interface SchemaCase {
  readonly name: string;
  readonly from_sql: string;
  readonly roles?: readonly string[];
}

/** Some schemas of our own, for where the vectors are not. */
const OWN: readonly SchemaCase[] = [
  {
    name: "constraints and indexes of every kind",
    from_sql: `create table team (id serial primary key, name text constraint named check (name <> ''));
      create table member (id bigint generated always as identity, team_id int references team (id), born date not null,
        primary key (id), constraint adult check (born < '2010-01-01'));
      create unique index on member (born, id) where id > 5; create index by_name on team (lower(name), id);
      alter table member add constraint again foreign key (team_id) references team (id) not valid;
      alter table member add column note varchar(10) default 'x' unique, drop column born,
        add column age int default case when 1 is not null then 1 end;`,
  },
  {
    name: "names that change, and partitions",
    from_sql: `create schema s; create table a (b int, c int); alter table a rename column b to d; alter table a rename to e;
      alter table e set schema s; create table p (k int not null) partition by range (k);
      create table p1 partition of p for values from (1) to (2); alter table p add column n int; drop table p1;
      alter table s.e add constraint k check (c > 0) not valid; alter table s.e validate constraint k;
      create view v as select * from s.e; drop view v;`,
  },
];

const file = vectorFile("diff-cases.json");
const cases: readonly SchemaCase[] = file === undefined ? [] : JSON.parse(readFileSync(file, "utf8"));

let database: TestDatabase;
let connection: Connection;

beforeAll(async () => {
  database = await createTestDatabase();
  connection = await connect({ ...connectOptions({ url: database.url }), statementCacheSize: 0 });
});

afterAll(async () => {
  await connection.close();
  await database.drop();
});

/** Tables with what rules ask: columns that are NOT NULL, constraints that are valid, keys of indexes. */
function told({ tables = {} }: Surroundings): object {
  const names = Object.keys(tables).sort();
  return names.flatMap((name): object[] => {
    const { kind, columns, constraints, indexes } = tables[name]!;
    if (kind === "sequence") return [];
    if (kind === "view" || kind === "materialized view") return [{ name, kind }];
    const keys = Object.values(indexes).map((index) => index.keys.join());
    const valid = Object.entries(constraints).map(
      ([constraint, { isValid, kind: of }]) => `${constraint} ${of} ${isValid}`,
    );
    const full = Object.entries(columns).map(([column, { isNotNull }]) => `${column} ${isNotNull}`);
    return [{ name, kind, columns: full.sort(), constraints: valid.sort(), indexes: keys.sort() }];
  });
}

test.each([
  ...OWN,
  ...sample(
    cases.filter(({ roles }) => roles === undefined),
    40,
  ),
])("statements tell what the catalog has: $name", async ({ from_sql: sql }) => {
  await connection.query("begin");
  try {
    let surroundings: Surroundings = { tables: {}, domains: {} };
    for (const { text } of splitStatements(sql)) {
      await connection.query(text);
      surroundings = after(surroundings, text);
    }
    expect(told(surroundings)).toEqual(told(await readSurroundings(connection)));
  } finally {
    await connection.query("rollback");
  }
});
