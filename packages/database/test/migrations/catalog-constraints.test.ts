import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import type { Catalog } from "../../src/migrations/catalog/catalog.ts";
import { catalogOf, find } from "./catalog-of.ts";

const database = await createTestDatabase();
let catalog: Catalog;
beforeAll(async () => {
  await database.query(`
    create extension btree_gist;
    create schema other;
    create type mood as enum ('ok', 'sad');
    create table t (id int primary key, bare text, name varchar(50), mood mood, moods mood[], one int, at timestamptz);
    create table other.c (a int, b int, during tstzrange, d text, e int,
      constraint pk primary key (a) include (b) with (fillfactor = 60) deferrable initially deferred,
      constraint u unique nulls not distinct (b, d), constraint u2 unique (e) deferrable, constraint u3 unique (b, a),
      constraint u4 unique (a), constraint ch check (a > 0 and (b > 0 or d = 'x''y')),
      constraint ch2 check (a > 1) no inherit, constraint ch3 check (true),
      constraint ex exclude using gist (a with =, during with &&) include (b) where (a > 0),
      constraint ex2 exclude ((a + b) with =, d collate "C" text_pattern_ops with pg_catalog.=) deferrable initially deferred);
    comment on constraint pk on other.c is 'key';
    alter table other.c add constraint later check (b < 5) not valid;
    create table f (a int, b int, g int,
      constraint fk foreign key (a) references other.c (a) on delete cascade on update restrict deferrable,
      constraint fk2 foreign key (a, b) references other.c (b, a) match full on delete set null (b)
        on update set default);
    alter table f add constraint fk3 foreign key (g) references other.c (a) not valid;
    alter table f add constraint fk4 foreign key (g) references t on delete set default;
    create index i1 on t (lower(bare) text_pattern_ops desc nulls last, name collate "POSIX" nulls first)
      include (id, at) where mood = 'ok';
    create unique index i2 on t (one, id desc) nulls not distinct with (fillfactor = 71, deduplicate_items = off);
    create index i3 on t using gin (moods) with (fastupdate = off);
    create index i4 on t using gist (at gist_timestamptz_ops);
    create index i5 on t (name varchar_pattern_ops, (id + 1), (bare || 'x'));
    comment on index i1 is 'first';
  `);
  catalog = await catalogOf(database);
});
afterAll(() => database.drop());

test.each<[key: string, object: object]>([
  // Constraints.
  ["constraint public.t.t_pkey", { definition: { primaryKey: ["id"] }, text: "PRIMARY KEY (id)", columns: ["id"] }],
  [
    "constraint other.c.pk",
    {
      comment: "key",
      columns: ["a", "b"],
      definition: {
        primaryKey: { columns: ["a"], include: ["b"], deferrable: "initially deferred", with: { fillfactor: 60 } },
      },
    },
  ],
  [
    "constraint other.c.u",
    { definition: { unique: { columns: ["b", "d"], nullsNotDistinct: true } }, columns: ["b", "d"] },
  ],
  ["constraint other.c.u2", { definition: { unique: { columns: ["e"], deferrable: "initially immediate" } } }],
  [
    "constraint other.c.ch",
    { definition: { check: "(a > 0) AND ((b > 0) OR (d = 'x''y'::text))" }, columns: ["a", "b", "d"] },
  ],
  ["constraint other.c.ch2", { definition: { check: { expression: "a > 1", noInherit: true } } }],
  ["constraint other.c.later", { definition: { check: { expression: "b < 5", notValid: true } } }],
  [
    "constraint other.c.ex",
    {
      columns: ["a", "during", "b"],
      definition: {
        exclusion: {
          elements: [
            { column: "a", operator: "=" },
            { column: "during", operator: "&&" },
          ],
          method: "gist",
          where: "a > 0",
          include: ["b"],
        },
      },
    },
  ],
  [
    "constraint other.c.ex2",
    {
      columns: ["d", "a", "b"],
      definition: {
        exclusion: {
          elements: [
            { expression: "a + b", operator: "=" },
            { column: "d", opclass: "text_pattern_ops", collation: "C", operator: "=" },
          ],
          deferrable: "initially deferred",
        },
      },
    },
  ],
  [
    "constraint public.f.fk",
    {
      definition: {
        foreignKey: {
          columns: ["a"],
          target: { table: "other.c", columns: ["a"] },
          onDelete: "cascade",
          onUpdate: "restrict",
          deferrable: "initially immediate",
        },
      },
    },
  ],
  [
    "constraint public.f.fk2",
    {
      columns: ["a", "b"],
      definition: {
        foreignKey: {
          columns: ["a", "b"],
          target: { table: "other.c", columns: ["b", "a"] },
          onDelete: "set null",
          onDeleteColumns: ["b"],
          onUpdate: "set default",
          match: "full",
        },
      },
    },
  ],
  [
    "constraint public.f.fk3",
    { definition: { foreignKey: { columns: ["g"], target: { table: "other.c", columns: ["a"] }, notValid: true } } },
  ],
  // Indexes.
  [
    "index public.i1",
    {
      name: "i1",
      comment: "first",
      columns: ["name", "id", "at", "bare", "mood"],
      isValid: true,
      text: `CREATE INDEX i1 ON public.t USING btree (lower(bare) text_pattern_ops DESC NULLS LAST, name COLLATE "POSIX" NULLS FIRST) INCLUDE (id, at) WHERE (mood = 'ok'::public.mood)`,
      definition: {
        table: "t",
        keys: [
          { expression: "lower(bare)", order: "desc", nulls: "last", opclass: "text_pattern_ops" },
          { column: "name", nulls: "first", collation: "POSIX" },
        ],
        include: ["id", "at"],
        where: "mood = 'ok'::public.mood",
      },
    },
  ],
  [
    "index public.i2",
    {
      definition: {
        table: "t",
        keys: ["one", { column: "id", order: "desc" }],
        unique: true,
        nullsNotDistinct: true,
        with: { deduplicate_items: "off", fillfactor: 71 },
      },
    },
  ],
  ["index public.i3", { definition: { table: "t", keys: ["moods"], method: "gin", with: { fastupdate: "off" } } }],
  ["index public.i4", { definition: { table: "t", keys: ["at"], method: "gist" } }],
  [
    "index public.i5",
    {
      columns: ["name", "id", "bare"],
      definition: {
        table: "t",
        keys: [
          { column: "name", opclass: "varchar_pattern_ops" },
          { expression: "id + 1" },
          { expression: "bare || 'x'::text" },
        ],
      },
    },
  ],
])("%s", (key, object) => {
  expect(find(catalog, key)).toMatchObject(object);
});
