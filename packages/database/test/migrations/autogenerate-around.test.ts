import { expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { sample } from "../../../../test/sample.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { defineSchema, integer, Model, text } from "../../src/index.ts";
import { autogenerate, compareModels } from "../../src/migrations/index.ts";
import { factsOf } from "./fingerprint.ts";
import { client, migratorOf } from "./migrator-of.ts";
import { temporaryApp } from "./temporary-app.ts";

class Thing extends Model.define({ id: integer().primaryKey(), name: text() }) {}

const THINGS = "create table things (id integer primary key, name varchar(9) not null)";

/** What models do not speak of makes way for what they want, and is there again afterwards. */
const CASES = [
  {
    what: "views of a column whose type changes, with what is said of them",
    sql: `${THINGS}; create view v with (security_barrier) as select id, name from things;
      create view vv as select count(*) as count from v; comment on view v is 'all things'; grant select on v to pg_monitor;
      create materialized view m as select name from vv, things; create unique index ix_m on m (name)`,
    stays: /^(comment|view|rel [vm]|idx .*ix_m)/,
  },
  {
    what: "a trigger, a policy and a function on a column whose type changes",
    sql: `${THINGS}; create function f() returns trigger language plpgsql as 'begin return new; end';
      create trigger touch before update of name on things for each row when (old.name is distinct from new.name)
      execute function f(); alter table things enable row level security, force row level security;
      create policy p on things for select to pg_monitor using (name <> ''); create function g() returns bigint
      begin atomic select count(name) from things; end`,
    stays: /^(func|pol|trig|rel r)/,
  },
  {
    what: "all that hangs on a table that goes",
    sql: `create table things (id integer primary key, name text not null); create table gone (id serial, name text);
      create function f() returns trigger language plpgsql as 'begin return new; end'; create index on gone (name);
      create trigger touch before insert on gone for each row execute function f(); alter table gone enable row level security;
      create policy p on gone using (true); comment on constraint things_pkey on things is 'theirs'; grant select (name) on gone to pg_monitor;
      create statistics st on id, name from gone; alter table gone alter column name set statistics 50`,
    stays: /^(func|comment)/,
  },
  {
    what: "partitions of a table that a model has",
    sql: `create table things (id integer primary key) partition by range (id);
      create table first partition of things for values from (0) to (100)`,
    stays: /^(rel|inh)/,
  },
  {
    what: "a serial, whose sequence goes when the model has another source of values",
    sql: "create table things (id serial primary key, name text not null, n serial)",
    stays: /^rel r/,
  },
  {
    what: "owners, storage and parameters that models do not speak of",
    sql: `${THINGS}; alter table things set (fillfactor = 50); alter table things alter column name set storage external;
      alter table things owner to pg_monitor; alter table things replica identity full`,
    stays: /^rel r/,
  },
  {
    what: "what models have no words for in constraints",
    sql: `create table parts (id integer primary key) partition by range (id);
      create table things (id integer, name varchar(9) not null,
        constraint things_pkey primary key (id) include (name) with (fillfactor = 60) deferrable,
        constraint part foreign key (id) references parts match full on delete cascade)`,
    stays: /^con/,
  },
];

test.each(sample(CASES, 4))("$what", async ({ sql, stays }) => {
  await using app = await temporaryApp();
  await using database = await createTestDatabase();
  await database.query(sql);
  await using looking = await client(database.url);
  const was = await factsOf(looking);
  const options = { connect: connectOptions({ url: database.url }), schema: defineSchema({ Thing }) };
  const { revision } = await autogenerate({ ...options, directory: app.migrations, message: "x" });
  expect(revision?.files).toHaveLength(1);
  const { migrator } = migratorOf(app, database);
  await migrator.upgrade("head", { allowDrop: ["things_id_seq", "things_n_seq"] });
  expect((await compareModels(options)).detected).toEqual([]);
  // A column that is text by itself needs no cast to be compared with text.
  const kept = (facts: readonly string[]): readonly string[] =>
    facts
      .filter((fact) => stays.test(fact) && !/alembic/.test(fact))
      .map((fact) => fact.replace(/\((\w+(?:\.\w+)?)\)::text/g, "$1").replace(/[()]/g, ""));
  const is = await factsOf(looking);
  expect(kept(is)).toEqual(kept(was));
  expect(kept(is)).not.toEqual([]);
  await migrator.downgrade("base");
  expect((await factsOf(looking)).filter((fact) => !/alembic/.test(fact))).toEqual(was);
});
