import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { sample } from "../../../../test/sample.ts";
import { connect } from "../../src/connection/connect.ts";
import { connectOptions } from "../../src/connection/options.ts";
import {
  bigint,
  defineSchema,
  exclude,
  index,
  integer,
  Model,
  partitionBy,
  pgEnum,
  pgFunction,
  pgProcedure,
  policy,
  type Schema,
  select,
  sql,
  text,
  timestamptz,
  trigger,
  tstzrange,
  View,
} from "../../src/index.ts";
import { compareInMemory, compareInScratch } from "../../src/migrations/autogenerate/compare-models.ts";
import { createSchema } from "../../src/migrations/autogenerate/model-operations.ts";
import { run } from "../../src/migrations/scratch/prove.ts";

const mood = pgEnum("mood", ["sad", "ok"]);
const isShort = pgFunction("is_short", {
  schema: "tools",
  arguments: "value varchar, n int4 default 5+5",
  returns: "bool",
  language: "sql",
  volatility: "immutable",
  body: sql`select length(value) < n`,
});
const touch = pgFunction("touch", {
  returns: "trigger",
  set: { search_path: "pg_catalog" },
  body: sql`begin new.touched_at := now(); return new; end`,
  comment: "says when",
});
const openOf = pgFunction("open_of", {
  arguments: "u int",
  returns: "bigint",
  volatility: "stable",
  sqlBody: sql`return (select count(*) from people where id < u)`,
});
const tidy = pgProcedure("tidy", { body: sql`begin perform 1; end` });
class Person extends Model.define({
  id: integer().primaryKey(),
  mood: mood().default("ok"),
  nick: text().nullable(),
  touchedAt: timestamptz().nullable(),
}) {
  static override readonly table = "people";
  static override readonly triggers = [
    trigger("touch", {
      before: "update",
      forEach: "row",
      when: () => sql`old.nick<>new.nick and new.mood='ok'`,
      execute: touch,
    }),
    trigger("off", { after: ["insert", { updateOf: () => [Person.c.nick] }], execute: touch, fires: "never" }),
  ];
  static override readonly policies = [
    policy("own", {
      for: "select",
      to: ["pg_monitor"],
      using: () =>
        sql`${Person.c.nick}=current_user or exists (select from pg_roles where oid = people.id::oid and nick = rolname)`,
    }),
  ];
}
class Happy extends View.define({ id: integer(), nick: text().nullable(), open: bigint() }) {
  static override readonly query = () =>
    sql`select id, nick, ${openOf}(id) as open from ${Person} where mood='ok' and tools.is_short(nick)`;
  static override readonly comment = "who is";
  static override readonly triggers = [trigger("write", { insteadOf: "insert", forEach: "row", execute: touch })];
}
class Named extends View.define({ nick: text().nullable() }) {
  static override readonly table = "named";
  static override readonly query = () => select({ nick: Happy.c.nick }).from(Happy).where(Happy.c.nick.isNotNull());
  static override readonly checkOption = "local";
}
const schema = defineSchema({ isShort, touch, openOf, tidy, Person, Happy, Named });

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.query("create schema tools");
  await create(database, schema);
});
afterAll(() => database.drop());

async function create({ url }: TestDatabase, models: Schema): Promise<void> {
  const connection = await connect(connectOptions({ url }));
  try {
    await run(connection, createSchema(models));
  } finally {
    await connection.close();
  }
}

/** None of PostgreSQL's words is the models'. */
test("views, functions, triggers and policies that are the same; nothing is left of the look at them", async () => {
  const options = { connect: connectOptions({ url: database.url }), schema };
  const catalogs = ["pg_class", "pg_proc", "pg_trigger", "pg_policy", "pg_rewrite", "pg_depend"];
  const state = `select ${catalogs.map((name) => `(select md5(string_agg(ctid::text || xmin, '')) from ${name}) ${name}`)}`;
  const was = await database.query(state);
  expect(await compareInMemory(options)).toEqual({ detected: [], leftAlone: [] });
  expect(await database.query(state)).toEqual(was);
});

const CHANGES: readonly (readonly [what: string, change: string])[] = [
  ["the body of a function", "create or replace procedure tidy() language plpgsql as 'begin perform 2; end'"],
  ["what a function is", "alter function touch() stable"],
  [
    "a default of a function",
    "create or replace function tools.is_short(value varchar, n int default 11) returns bool language sql immutable as 'select length(value) < n'",
  ],
  ["a comment", "comment on function touch() is 'other'"],
  ["one function more", "create function more() returns int language sql as 'select 1'"],
  ["one procedure less", "drop procedure tidy()"],
  ["a view", "create or replace view named as select nick from happies where nick is not null and nick <> ''"],
  ["what a view is", "alter view named set (security_barrier)"],
  ["a view's trigger that is gone", "drop trigger write on happies"],
  ["when a trigger fires", "alter table people enable trigger off"],
  [
    "a trigger's condition",
    "drop trigger touch on people; create trigger touch before update on people for each row when (old.nick <> new.nick) execute function touch()",
  ],
  ["a trigger more", "create trigger more before insert on people for each row execute function touch()"],
  ["a policy", "alter policy own on people using (nick = current_user)"],
  ["a policy's roles", "alter policy own on people to public"],
  ["a column", "alter table people alter touched_at set not null"],
];

test.each(sample(CHANGES, 4))("%s differs: the scratch database says how", async (_, change) => {
  await using other = await createTestDatabase();
  await other.query("create schema tools");
  await create(other, schema);
  await other.query(change);
  const options = { connect: connectOptions({ url: other.url }), schema };
  expect(await compareInMemory(options)).toBeUndefined();
  expect((await compareInScratch(options)).detected).not.toEqual([]);
});

class Said extends Model.define({
  id: integer().primaryKey(),
  name: text().collate("default").stored({ storage: "extended" }).index({ opclass: "text_ops" }),
  code: text().stored({ storage: "main" }).collate("C"),
  room: integer(),
  during: tstzrange(),
}) {
  static override readonly indexes = [
    index(
      () => [
        { on: Said.c.code, opclass: "text_ops", collation: "C" },
        { on: sql`lower(${Said.c.name})`, opclass: "text_ops" },
      ],
      { name: "ix_both" },
    ),
  ];
  static override readonly constraints = [
    exclude("apart", () => [
      { on: Said.c.room, with: "=", opclass: "gist_int4_ops" },
      { on: Said.c.during, with: "&&" },
    ]),
  ];
}
class Part extends Model.define({ id: integer(), name: text() }) {
  static override readonly partitionBy = partitionBy("range", () => [sql`lower(${Part.c.name})`]);
}

test("what tables say although it is so anyway, and what they say in other words", async () => {
  await using other = await createTestDatabase();
  const models = defineSchema({ Said, Part }, { extensions: ["btree_gist"] });
  await create(other, models);
  const options = { connect: connectOptions({ url: other.url }), schema: models };
  expect((await compareInMemory(options))?.detected).toEqual([]);
  await other.query(`alter table saids alter code set storage plain, alter name type text collate "C", drop constraint apart;
    alter table saids add constraint apart exclude using gist (room with =) where (room > 0);
    drop index ix_saids_name; create index ix_saids_name on saids (name text_pattern_ops)`);
  const { detected } = await compareInScratch(options);
  expect(detected.length).toBeGreaterThan(3);
  expect((await compareInMemory(options))?.detected.toSorted()).toEqual(detected.toSorted());
});
