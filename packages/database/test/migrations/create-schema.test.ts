import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { connect } from "../../src/connection/connect.ts";
import { connectOptions } from "../../src/connection/options.ts";
import {
  BaseModel,
  belongsTo,
  bigint,
  citext,
  count,
  DatabaseManager,
  defineSchema,
  errors,
  exclude,
  index,
  insert,
  int4range,
  integer,
  MaterializedView,
  Model,
  mixin,
  partitionBy,
  pgEnum,
  pgFunction,
  pgProcedure,
  pgSequence,
  policy,
  type Schema,
  select,
  serial,
  sql,
  text,
  timestamptz,
  trigger,
  uuid,
  View,
  varchar,
} from "../../src/index.ts";
import { createSchema, namedSchemas } from "../../src/migrations/autogenerate/model-operations.ts";
import { run } from "../../src/migrations/scratch/prove.ts";
import { changeInstance, refreshInstance } from "../../src/model/persistence.ts";

const mood = pgEnum("mood", ["sad", "it's"]);

const touch = pgFunction("touch", {
  returns: "trigger",
  body: sql`begin new.touched_at := now(); return new; end`,
  comment: "Says when",
});
const Touched = mixin(
  { touchedAt: timestamptz().nullable() },
  {},
  {},
  {
    triggers: [
      trigger("touch", {
        before: "update",
        forEach: "row",
        when: () => sql`old.* is distinct from new.*`,
        execute: touch,
      }),
    ],
  },
);

const ticketNumber = pgSequence("ticket_number", { start: 1000, ownedBy: () => Ticket.c.number });
const isShort = pgFunction("is_short", {
  arguments: "value text",
  returns: "boolean",
  language: "sql",
  volatility: "immutable",
  body: sql`select length(value) < 10`,
});
/** Needs a table, and is needed by a view. */
const openOf = pgFunction("open_of", {
  arguments: "author uuid",
  returns: "bigint",
  volatility: "stable",
  sqlBody: () => sql`return (select count(*) from ${Ticket} t where t.author_id = author and t.title <> ${"it's"})`,
});
const tidy = pgProcedure("tidy", { schema: "audit", arguments: "days integer", body: sql`begin perform days; end` });

class Author extends BaseModel.with(Touched).define({
  email: citext().unique(),
  nick: varchar(20)
    .nullable()
    .check((nick) => sql`${isShort}(${nick})`),
  mood: mood().default("sad"),
  legacy: integer().nullable().named("legacyNo").stored({ storage: "plain" }),
}) {
  static override readonly triggers = [
    trigger("log", { after: ["insert", { updateOf: () => [Author.c.email] }], execute: touch, fires: "never" }),
  ];
}

class Ticket extends Model.define({
  id: serial().primaryKey(),
  number: bigint().default(ticketNumber.next()),
  authorId: uuid().references(() => Author.c.id),
  title: text(),
  room: integer(),
  period: int4range(),
}) {
  static override readonly policies = [
    policy("own", {
      for: "select",
      to: ["public"],
      using: () => sql`${Ticket.c.authorId}::text = current_setting('app.author')`,
    }),
    policy("write", { for: "insert", check: () => sql`${Ticket.c.title} <> ${"x"}`, restrictive: true }),
  ];
  static override readonly rowSecurity = "forced";
  static override readonly constraints = [
    exclude("no_overlap", () => [
      { on: Ticket.c.room, with: "=" },
      { on: Ticket.c.period, with: "&&" },
    ]),
  ];
  static readonly author = belongsTo(
    () => Author,
    () => Ticket.c.authorId,
  );
}

class Event extends Model.define({ at: timestamptz().primaryKey(), what: text() }) {
  static override readonly schema = "audit";
  static override readonly partitionBy = partitionBy("range", () => [Event.c.at]);
}

/** Named before what it reads. */
class Busy extends View.define({ nick: varchar(20).nullable(), open: bigint() }) {
  static override readonly query = () => sql`select nick, tickets as open from crowded where tickets > ${1}`;
}
class Crowded extends MaterializedView.define({
  id: uuid().primaryKey().index({ unique: true }),
  nick: varchar(20).nullable(),
  tickets: bigint(),
}) {
  static override readonly table = "crowded";
  static override readonly comment = "Who has many";
  static override readonly indexes = [index(() => sql`lower(nick)`, { name: "ix_crowded_lower" })];
  static override readonly query = () =>
    select({ id: SadAuthor.c.id, tickets: sql<bigint>`open_of(${SadAuthor.c.id})`, nick: SadAuthor.c.nick }).from(
      SadAuthor,
    );
  static readonly author = belongsTo(
    () => Author,
    () => Crowded.c.id,
  );
}
class SadAuthor extends View.define({
  id: uuid().primaryKey(),
  nick: varchar(20).nullable().comment("How they are called"),
  createdAt: timestamptz(),
}) {
  static override readonly parameters = { security_barrier: true };
  static override readonly checkOption = "local";
  static override readonly query = () =>
    select({ id: Author.c.id, createdAt: Author.c.createdAt, nick: Author.c.nick })
      .from(Author)
      .where(Author.c.mood.in(["sad", "it's"]), Author.c.email.ne("a\\b'c"));
  static override readonly triggers = [trigger("instead", { insteadOf: "insert", forEach: "row", execute: touch })];
}

const schema = defineSchema(
  { Busy, Crowded, SadAuthor, Author, Ticket, Event, touch, isShort, openOf, tidy, ticketNumber, mood },
  { extensions: ["citext", { name: "btree_gist" }] },
);

let database: TestDatabase;
let manager: DatabaseManager;

async function create(on: TestDatabase, what: Schema): Promise<void> {
  const connection = await connect(connectOptions({ url: on.url }));
  try {
    for (const name of namedSchemas(what)) await run(connection, (op) => op.createSchema(name, { ifNotExists: true }));
    await run(connection, createSchema(what));
  } finally {
    await connection.close();
  }
}

beforeAll(async () => {
  database = await createTestDatabase();
  await create(database, schema);
  manager = new DatabaseManager({ url: database.url });
});
afterAll(async () => {
  await manager.close();
  await database.drop();
});

test("it says which kinds it manages", () => {
  expect([...schema.manages]).toEqual(["extensions", "sequences", "functions", "views", "triggers", "policies"]);
  expect([...defineSchema({ Event }).manages]).toEqual([]);
  expect([...defineSchema({ Event }, { extensions: [], manages: ["views"] }).manages]).toEqual(["extensions", "views"]);
});

test("all of it is there", async () => {
  const list = async (query: string): Promise<unknown[]> =>
    (await database.query<{ x: unknown }>(query)).map(({ x }) => x);
  expect(
    await list(`select c.relkind::text || ' ' || c.oid::regclass x from pg_class c join pg_namespace n on n.oid = relnamespace
      where nspname in ('public', 'audit') and relkind not in ('i', 'I')
        and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e') order by 1`),
  ).toEqual([
    "S ticket_number",
    "S tickets_id_seq",
    "m crowded",
    "p audit.events",
    "r authors",
    "r tickets",
    "v busies",
    "v sad_authors",
  ]);
  expect(
    await list(
      `select format('%s %s %s', tgrelid::regclass, tgenabled, pg_get_triggerdef(oid)) x from pg_trigger where not tgisinternal order by 1`,
    ),
  ).toEqual([
    "authors D CREATE TRIGGER log AFTER INSERT OR UPDATE OF email ON public.authors FOR EACH STATEMENT EXECUTE FUNCTION touch()",
    "authors O CREATE TRIGGER touch BEFORE UPDATE ON public.authors FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION touch()",
    "sad_authors O CREATE TRIGGER instead INSTEAD OF INSERT ON public.sad_authors FOR EACH ROW EXECUTE FUNCTION touch()",
  ]);
  expect(
    await list(
      "select format('%s %s %s %s|%s', policyname, permissive, cmd, qual, with_check) x from pg_policies order by 1",
    ),
  ).toEqual([
    "own PERMISSIVE SELECT ((author_id)::text = current_setting('app.author'::text))|",
    "write RESTRICTIVE INSERT |(title <> 'x'::text)",
  ]);
  expect(
    await list("select (relrowsecurity, relforcerowsecurity)::text x from pg_class where relname = 'tickets'"),
  ).toEqual(["(t,t)"]);
  expect(await list("select pg_get_constraintdef(oid) x from pg_constraint where contype = 'x'")).toEqual([
    "EXCLUDE USING gist (room WITH =, period WITH &&)",
  ]);
  expect(await list("select pg_get_partkeydef('audit.events'::regclass) x")).toEqual(["RANGE (at)"]);
  expect(await list("select attstorage::text || attname x from pg_attribute where attname = 'legacyNo'")).toEqual([
    "plegacyNo",
  ]);
  expect(await list("select reloptions::text x from pg_class where relname = 'sad_authors'")).toEqual([
    "{security_barrier=true,check_option=local}",
  ]);
  expect(
    await list(
      "select obj_description('crowded'::regclass) || '/' || col_description('sad_authors'::regclass, 3) || '/' || obj_description('touch()'::regprocedure) x",
    ),
  ).toEqual(["Who has many/How they are called/Says when"]);
  expect(await list("select indexdef x from pg_indexes where tablename = 'crowded' order by 1")).toEqual([
    "CREATE INDEX ix_crowded_lower ON public.crowded USING btree (lower((nick)::text))",
    "CREATE UNIQUE INDEX ix_crowded_id ON public.crowded USING btree (id)",
  ]);
  expect(
    await list("select d.refobjsubid x from pg_depend d where objid = 'ticket_number'::regclass and deptype = 'a'"),
  ).toEqual([2]);
});

test("a view is read like a model, with relations, and refreshed", async () => {
  const ada = await manager.one(insert(Author, { email: "a@b.c", nick: "ada" }));
  await manager.one(insert(Author, { email: "a\\b'c" }));
  await manager.sql`insert into tickets (author_id, title, room, period) values (${ada.id}, 'a', 1, '[1,2)'), (${ada.id}, 'b', 1, '[2,3)')`;
  const [row, ...others] = await manager.all(select(SadAuthor));
  expect(others).toEqual([]);
  expect(row).toBeInstanceOf(SadAuthor);
  expect(row?.toDict()).toEqual({ id: ada.id, nick: "ada", createdAt: ada.createdAt });

  expect(await manager.all(select(Crowded))).toEqual([]);
  await Crowded.refresh(manager);
  await Crowded.refresh(manager, { concurrently: true });
  const [crowded] = await manager.all(select(Crowded).include({ author: Crowded.author }));
  expect(crowded).toMatchObject({ nick: "ada", tickets: 2n, author: { email: "a@b.c" } });
  expect(
    await manager.all(
      select({ nick: Busy.c.nick, open: Busy.c.open, n: count() }).from(Busy).groupBy(Busy.c.nick, Busy.c.open),
    ),
  ).toEqual([{ nick: "ada", open: 2n, n: 1 }]);
  expect(await manager.all(select({ number: Ticket.c.number }).from(Ticket).orderBy(Ticket.c.number))).toEqual([
    { number: 1000n },
    { number: 1001n },
  ]);

  expect(() => changeInstance(row!, { nick: "x" })).toThrow(
    new errors.DefinitionError("sad_authors is a view. Write to the tables below it."),
  );
});

test("the trigger of a mixin runs", async () => {
  const bob = await manager.one(insert(Author, { email: "bob@b.c" }));
  await manager.sql`update authors set nick = nick where id = ${bob.id}`;
  expect((await manager.one(refreshInstance(bob))).touchedAt).toBeNull();
  await manager.sql`update authors set nick = 'bob' where id = ${bob.id}`;
  expect((await manager.one(refreshInstance(bob))).touchedAt).toBeInstanceOf(Date);
});
