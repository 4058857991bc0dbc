import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import type { Catalog } from "../../src/migrations/catalog/catalog.ts";
import { catalogOf, find } from "./catalog-of.ts";
import { CREATE_ROLES } from "./catalog-sample.ts";

const database = await createTestDatabase();
let catalog: Catalog;
beforeAll(async () => {
  await database.query(`${CREATE_ROLES};
    create schema app;
    create type mood as enum ('a');
    create function touch() returns trigger language plpgsql as 'begin return null; end';
    create table t (id int primary key, name text, at date);
    create table partitioned (id int) partition by range (id); create table part partition of partitioned default;
    create trigger a before update of name, at on t for each row when (old.name is distinct from new.name and (new.id > 1 or ('when (' = '('))) execute function touch('a', 'b''c', '', 'ü');
    create trigger b after insert or delete or update or truncate on t execute function touch();
    create trigger c after update on t referencing old table as "old" new table as n for each statement execute function touch();
    create constraint trigger d after insert on t from partitioned deferrable initially deferred for each row execute function touch();
    create constraint trigger "e when" after insert on t for each row when (new.id = 1) execute function touch();
    create trigger f after insert on partitioned for each row execute function touch();
    alter table t disable trigger b, enable always trigger a, enable replica trigger c;
    create policy own on t for select to catalog_writer, catalog_reader using (id = 1);
    create policy ins on t as restrictive for insert with check (id > 3);
    create policy upd on t for update using (exists (select from part where part.id = t.id)) with check (true);
    create policy del on t for delete to current_user using (false);
    create policy every on t;
    create view v with (security_barrier, security_invoker = true) as select t.id, t.name, 'a'::mood as mood from t where id > 1 with cascaded check option;
    alter view v alter column name set default 'x'; comment on column v.name is 'the name';
    create view app.w (first, "Second") as select id, upper(name) from v;
    create trigger g instead of insert or update on v for each row execute function touch();
    create materialized view m with (fillfactor = 80) as select name, count(*) from t group by name;
    create unique index mi on m (name) where count > 1; create materialized view empty as select 1 as one with no data;
    create statistics s (mcv, ndistinct) on name, id from t; create statistics app.s2 on lower(name), id from t;
    create statistics s3 on (id + 1) from t; alter statistics s set statistics 77; comment on statistics s is 'guess';
    comment on trigger a on t is 'tr'; comment on policy own on t is 'po'; comment on materialized view m is 'ma';
  `);
  catalog = await catalogOf(database);
});
afterAll(() => database.drop());

test.each<[key: string, object: object]>([
  // Triggers.
  [
    "trigger public.t.a",
    {
      comment: "tr",
      fires: "always",
      text: expect.stringMatching(/^CREATE TRIGGER a BEFORE UPDATE OF name, at ON public.t/),
      definition: {
        timing: "before",
        events: [{ updateOf: ["name", "at"] }],
        forEach: "row",
        when: "(old.name IS DISTINCT FROM new.name) AND ((new.id > 1) OR ('when ('::text = '('::text))",
        function: "touch",
        arguments: ["a", "b'c", "", "ü"],
      },
    },
  ],
  [
    "trigger public.t.b",
    {
      fires: "never",
      definition: { timing: "after", events: ["insert", "delete", "update", "truncate"], function: "touch" },
    },
  ],
  [
    "trigger public.t.c",
    {
      fires: "replica",
      definition: { timing: "after", events: ["update"], oldTable: "old", newTable: "n", function: "touch" },
    },
  ],
  [
    "trigger public.t.d",
    {
      definition: {
        timing: "after",
        events: ["insert"],
        constraint: true,
        deferrable: "initially deferred",
        from: "partitioned",
        function: "touch",
      },
    },
  ],
  [
    'trigger public.t."e when"',
    { definition: { timing: "after", events: ["insert"], constraint: true, when: "new.id = 1", function: "touch" } },
  ],
  [
    "trigger public.v.g",
    { definition: { timing: "instead of", events: ["insert", "update"], forEach: "row", function: "touch" } },
  ],
  // Policies.
  [
    "policy public.t.own",
    { comment: "po", definition: { command: "select", roles: ["catalog_writer", "catalog_reader"], using: "id = 1" } },
  ],
  ["policy public.t.ins", { definition: { command: "insert", permissive: false, check: "id > 3" } }],
  [
    "policy public.t.upd",
    {
      definition: {
        command: "update",
        check: "true",
        using: "EXISTS ( SELECT\n   FROM public.part\n  WHERE (part.id = t.id))",
      },
    },
  ],
  ["policy public.t.del", { definition: { command: "delete", roles: ["postgres"], using: "false" } }],
  ["policy public.t.every", { definition: {} }],
  // Views.
  [
    "view public.v",
    {
      materialized: false,
      definition: {
        query: "SELECT id,\n    name,\n    'a'::public.mood AS mood\n   FROM public.t\n  WHERE (id > 1)",
        with: { security_barrier: "true", security_invoker: "true" },
        checkOption: "cascaded",
      },
      columns: [
        { name: "id", type: "integer" },
        { name: "name", type: "text", default: "'x'::text", comment: "the name" },
        { name: "mood", type: "mood" },
      ],
    },
  ],
  [
    "view app.w",
    { name: "app.w", definition: { query: 'SELECT id AS first,\n    upper(name) AS "Second"\n   FROM public.v' } },
  ],
  [
    "view public.m",
    {
      materialized: true,
      isPopulated: true,
      comment: "ma",
      definition: {
        query: "SELECT name,\n    count(*) AS count\n   FROM public.t\n  GROUP BY name",
        with: { fillfactor: 80 },
      },
    },
  ],
  [
    "index public.mi",
    { definition: { table: "m", keys: ["name"], unique: true, where: "count > 1" }, columns: ["name", "count"] },
  ],
  ["view public.empty", { isPopulated: false }],
  // Statistics.
  [
    "statistics public.s",
    { comment: "guess", target: 77, definition: { table: "t", on: ["id", "name"], kinds: ["ndistinct", "mcv"] } },
  ],
  ["statistics app.s2", { name: "app.s2", definition: { table: "t", on: ["id", { expression: "lower(name)" }] } }],
  ["statistics public.s3", { definition: { table: "t", on: [{ expression: "id + 1" }] } }],
])("%s", (key, object) => {
  expect(find(catalog, key)).toMatchObject(object);
});

test("a trigger of a partitioned table is not one of its partitions, and those that keep constraints are none", () => {
  const names = (table: string) => catalog.tables.find(({ name }) => name === table)?.triggers.map(({ name }) => name);
  expect([names("partitioned"), names("part"), names("t")]).toEqual([["f"], [], ["a", "b", "c", "d", "e when"]]);
});
