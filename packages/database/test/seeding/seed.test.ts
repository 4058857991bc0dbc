import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import {
  BaseModel,
  DatabaseManager,
  errors,
  integer,
  json,
  Model,
  SoftDeleteModel,
  text,
  timestamptz,
  uuid,
  varchar,
} from "../../src/index.ts";
import {
  defineFactory,
  defineSeed,
  type Seed,
  type SeedEvent,
  SeedRefused,
  type SeedRows,
  seed,
  UnknownSeed,
} from "../../src/seeding/index.ts";
import { createModels } from "../migrations/create-models.ts";

class Plan extends BaseModel.define({
  code: varchar(20).unique(),
  title: text(),
  limits: json<object>().nullable(),
  hits: integer().default(0),
  revision: integer().version(),
}) {}
class Member extends SoftDeleteModel.define({
  email: varchar(255).unique(),
  secret: text().hidden(),
  joinedAt: timestamptz(),
}) {}
class Visit extends Model.define({
  id: integer().primaryKey().identity("by default"),
  memberId: uuid().references(() => Member.c.id, { deferrable: "initially deferred" }),
  place: text(),
}) {}

const plans = defineSeed(Plan, {
  kind: "reference",
  on: ["code"],
  rows: [
    { code: "free", title: "Free", limits: { projects: 1 } },
    { code: "pro", title: "Pro" },
  ],
});
const members = defineSeed(Member, {
  kind: "development",
  on: ["email"],
  keep: ["secret"],
  after: [plans],
  count: 3,
  *rows({ count, random, now }) {
    for (let n = 1; n <= count; n++) {
      yield {
        id: random.uuid(),
        email: `member${n}@example.com`,
        secret: crypto.randomUUID(),
        joinedAt: random.moment(new Date(0), now),
      };
    }
  },
});
/** Has no table. */
class Nowhere extends Model.define({ id: integer().primaryKey() }) {}

let database: TestDatabase;
let manager: DatabaseManager;
const here = { environment: "development" } as const;

beforeAll(async () => {
  database = await createTestDatabase();
  await createModels(database, [Plan, Member, Visit]);
  manager = new DatabaseManager({ url: database.url, poolSize: 2 });
});
afterEach(() => database.query("truncate plans, members, visits restart identity"));
afterAll(async () => {
  await manager.close();
  await database.drop();
});

const counts = (added: number, updated: number, unchanged: number) => ({ added, updated, unchanged });
const run = async (seeds: readonly Seed[], options: Partial<Parameters<typeof seed>[2]> = {}) =>
  (await seed(manager, seeds, { ...here, ...options })).seeds.map(({ table: _, ...outcome }) => outcome);

it("stores seeds in the order of what they come after; done again it writes nothing", async () => {
  expect(await run([members, plans])).toEqual([
    { seed: "plans", ...counts(2, 0, 0) },
    { seed: "members", ...counts(3, 0, 0) },
  ]);
  const rows = "select xmin::text, * from plans order by code";
  const before = [await database.query(rows), await database.query("select xmin::text, * from members order by id")];
  expect(await run([members, plans])).toEqual([
    { seed: "plans", ...counts(0, 0, 2) },
    { seed: "members", ...counts(0, 0, 3) },
  ]);
  expect([await database.query(rows), await database.query("select xmin::text, * from members order by id")]).toEqual(
    before,
  );
});

it("writes into a row that is there what the seed gives, and nothing else; other rows stay alone", async () => {
  await run([plans, members]);
  await database.query(
    `update plans set title = 'Gratis', hits = 7, updated_at = 'epoch' where code = 'free';
     insert into plans (id, code, title, hits, revision) values (gen_random_uuid(), 'old', 'Old', 0, 1);
     update members set secret = 'own', joined_at = 'epoch' where email like 'member1@%'`,
  );
  expect(await run([plans, members])).toEqual([
    { seed: "plans", ...counts(0, 1, 1) },
    { seed: "members", ...counts(0, 1, 2) },
  ]);
  const [free] = await database.query(
    "select title, hits, revision, updated_at > 'epoch' as fresh from plans where code = 'free'",
  );
  expect(free).toEqual({ title: "Free", hits: 7, revision: 2, fresh: true });
  expect(await database.query("select secret from members where email like 'member1@%'")).toEqual([{ secret: "own" }]);
  expect(await database.query("select 1 from plans")).toHaveLength(3);
});

it("gives the same rows in every run and every database, whichever other seeds run along", async () => {
  const read = () => database.query("select id, email, joined_at from members order by email");
  await run([plans, members]);
  const rows = await read();
  expect(rows[0]).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{14}4/),
    email: "member1@example.com",
    joined_at: expect.any(Date),
  });
  await run([plans, members], { only: ["members"], reset: true });
  expect(await read()).toEqual(rows);
  await run([plans, members], { only: ["members"], reset: true, count: 5 });
  expect((await read()).slice(0, 3)).toEqual(rows);
});

it("of two at once one waits, and finds it done", async () => {
  const events: SeedEvent[] = [];
  let enter = (): void => {};
  const entered = new Promise<void>((resolve) => (enter = resolve));
  let wait = (): void => {};
  const isWaiting = new Promise<void>((resolve) => (wait = resolve));
  const slow = defineSeed(Plan, {
    kind: "reference",
    on: ["code"],
    async *rows() {
      enter();
      yield { code: "a", title: "A" };
      await isWaiting;
      yield { code: "b", title: "B" };
    },
  });
  const first = run([slow]);
  await entered;
  const second = run([slow], {
    onEvent: (event) => {
      events.push(event);
      if (event.kind === "waiting") wait();
    },
  });
  expect(await first).toEqual([{ seed: "plans", ...counts(2, 0, 0) }]);
  expect(await second).toEqual([{ seed: "plans", ...counts(0, 0, 2) }]);
  expect(events.map(({ kind }) => kind)).toEqual(["waiting", "stored"]);
});

it("copies 100,000 rows, whose number no memory depends on", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const heap: number[] = [];
  const many = defineSeed(Member, {
    kind: "development",
    on: ["email"],
    count: 100_000,
    *rows({ count, random, now }) {
      for (let n = 1; n <= count; n++) {
        if (n % 10_000 === 0) {
          collect();
          heap.push(process.memoryUsage().heapUsed);
        }
        yield { id: random.uuid(), email: `user${n}@example.com`, secret: "-", joinedAt: now };
      }
    },
  });
  const events: SeedEvent[] = [];
  expect(await run([many], { onEvent: (event) => events.push(event) })).toEqual([
    { seed: "members", ...counts(100_000, 0, 0) },
  ]);
  expect(events.filter(({ kind }) => kind === "rows").at(-1)).toEqual({
    kind: "rows",
    seed: "members",
    rows: 100_000,
    total: 100_000,
  });
  // The rows alone would be 20 MB.
  expect(Math.max(...heap) - heap[0]!).toBeLessThan(4 * 2 ** 20);
});

it("a dry run does everything, finds what would fail at the commit, and takes it back", async () => {
  const told = defineSeed(Plan, {
    kind: "reference",
    on: ["code"],
    *rows({ note }) {
      note("a password");
      yield { code: "x", title: "X" };
    },
  });
  expect(await seed(manager, [told], { ...here, dryRun: true })).toEqual({
    environment: "development",
    dryRun: true,
    seeds: [{ seed: "plans", table: "plans", ...counts(1, 0, 0) }],
    notes: [],
  });
  expect(await database.query("select 1 from plans")).toEqual([]);
  expect((await seed(manager, [told], here)).notes).toEqual(["a password"]);
  const orphans = defineSeed(Visit, {
    kind: "development",
    on: ["id"],
    rows: [{ id: 1, memberId: crypto.randomUUID(), place: "x" }],
  });
  await expect(run([orphans], { dryRun: true })).rejects.toThrow(errors.ForeignKeyViolation);
});

it("has sequences go on after ids that were given, and never back", async () => {
  const visits = (ids: readonly number[]) =>
    defineSeed(Visit, {
      kind: "development",
      on: ["id"],
      after: [members],
      rows: ({ random }) => ids.map((id) => ({ id, memberId: MEMBER, place: random.pick(["here", "there"]) })),
    });
  await database.query("insert into members (id, email, secret, joined_at) values ($1, 'a@example.com', '-', now())", [
    MEMBER,
  ]);
  const next = async () =>
    (await database.query("insert into visits (member_id, place) values ($1, 'x') returning id", [MEMBER]))[0]!["id"];
  await run([visits([5, 40, 7])], { only: ["visits"] });
  expect(await next()).toBe(41);
  await run([visits([2])], { only: ["visits"] });
  expect(await next()).toBe(42);
  await database.query(
    "alter table visits alter id set increment by -1; alter table visits alter id set minvalue -100 restart with -1",
  );
  await run([visits([-9])], { only: ["visits"] });
  expect(await next()).toBe(-10);
  await database.query(
    "alter table visits alter id set increment by 1; alter table visits alter id set minvalue 1 restart with 1",
  );
});

const MEMBER = "00000000-0000-4000-8000-000000000001";

it("stores all or nothing", async () => {
  const broken = defineSeed(Member, {
    kind: "development",
    on: ["email"],
    after: [plans],
    *rows() {
      yield { email: "a@example.com", secret: "-", joinedAt: new Date() };
      throw new Error("out of names");
    },
  });
  await expect(run([broken])).rejects.toThrow("out of names");
  await expect(run([plans], { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
  expect(await database.query("select from plans union all select from members")).toEqual([]);
});

it.each(["at once", "later"])("closes a source of rows %s when no table can be made for them", async (when) => {
  let isClosed = false;
  function* now() {
    try {
      yield { id: 1 };
      yield { id: 2 };
    } finally {
      isClosed = true;
    }
  }
  async function* later() {
    yield* now();
  }
  const rows = when === "later" ? later : now;
  const nowhere = run([defineSeed(Nowhere, { kind: "reference", on: ["id"], rows })]);
  await expect(nowhere).rejects.toMatchObject({ sqlState: "42P01" });
  expect(isClosed).toBe(true);
});

it("knows living rows alone, where a model keeps deleted ones", async () => {
  await run([members]);
  await database.query(
    "update members set is_deleted = true, deleted_at = now() where email like 'member1@%'; update members set id = gen_random_uuid() where is_deleted",
  );
  expect(await run([members])).toEqual([
    { seed: "plans", ...counts(0, 0, 2) },
    { seed: "members", ...counts(1, 0, 2) },
  ]);
});

it("takes rows of any source: none, promised, of a factory, asked of the database", async () => {
  const factory = defineFactory(Plan, (n) => ({ code: `p${n}`, title: `Plan ${n}` })).state({ hits: 3 });
  const sources: (() => SeedRows<Plan> | Promise<SeedRows<Plan>>)[] = [
    () => [],
    async () => new Set([{ code: "s", title: "S" }]),
    () => factory.rows(2),
    () => factory.rows(3),
  ];
  const added: number[] = [];
  for (const rows of sources) {
    const [outcome] = await run([defineSeed(Plan, { kind: "reference", on: ["code"], rows })]);
    added.push(outcome!.added);
  }
  expect(added).toEqual([0, 1, 2, 1]);
  const copies = defineSeed(Member, {
    kind: "reference",
    on: ["email"],
    async *rows({ db }) {
      const found = await db.sql<{ code: string }>`select code from plans order by code`;
      for (const { code } of found) yield { email: `${code}@example.com`, secret: "-", joinedAt: new Date(0) };
    },
  });
  expect(await run([copies])).toEqual([{ seed: "members", ...counts(4, 0, 0) }]);
});

it.each([
  [
    "two rows with one key",
    () => [
      { code: "a", title: "A" },
      { code: "a", title: "B" },
    ],
    ["code"],
    "goes by (code), and two of its rows have the same",
  ],
  [
    "a key that is none",
    () => [{ code: "a", title: "A" }],
    ["title"],
    "goes by (title), which no unique index is over",
  ],
] as const)("refuses %s", async (_, rows, on, message) => {
  await expect(run([defineSeed(Plan, { kind: "reference", on, rows })])).rejects.toThrow(message);
});

it("refuses made-up data and emptied tables where others depend on the data", async () => {
  for (const environment of ["production", "staging", "prod", ""]) {
    const refused = await run([plans, members], { environment }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(SeedRefused);
    expect(refused).toMatchObject({ code: "SEED_REFUSED", environment, seeds: ["members"] });
    await expect(run([plans, members], { environment, force: true, reset: true })).rejects.toThrow(SeedRefused);
  }
  expect(await database.query("select from plans union all select from members")).toEqual([]);
  const production = { environment: "production" };
  expect(await run([plans, members], { ...production, reference: true })).toEqual([
    { seed: "plans", ...counts(2, 0, 0) },
  ]);
  expect(await run([plans, members], { ...production, only: ["plans"] })).toEqual([
    { seed: "plans", ...counts(0, 0, 2) },
  ]);
  expect(await run([plans, members], { ...production, only: ["members"], force: true })).toEqual([
    { seed: "members", ...counts(3, 0, 0) },
  ]);
});

it("refuses names that no seed has, and seeds that contradict each other", async () => {
  await expect(run([plans], { only: ["plan"] })).rejects.toThrow(UnknownSeed);
  await expect(run([plans], { only: ["plan"] })).rejects.toThrow(
    "There is no seed plan. Did you mean plans? There are: plans.",
  );
  await expect(run([plans, defineSeed(Plan, { kind: "reference", on: ["code"], rows: [] })])).rejects.toThrow(
    "called plans",
  );
  const after: Seed[] = [];
  after.push(defineSeed(Plan, { name: "a", kind: "reference", on: ["code"], after, rows: [] }));
  await expect(run(after)).rejects.toThrow("a after a");
  await expect(run([plans], { count: 4 })).rejects.toThrow("none of the seeds has one");
  await expect(run([members], { count: -1 })).rejects.toThrow("not -1");
  const plain = { kind: "reference", on: ["code"], rows: [] } as const;
  for (const [wrong, message] of [
    [{ kind: "sample" }, "must say its kind"],
    [{ on: [] }, "columns of a unique index"],
    [{ on: ["codes"] }, "no column codes"],
    [{ keep: ["codes"] }, "no column codes"],
    [{ count: 1.5 }, "not 1.5"],
    [{ rows: [].values() }, "an array, or a function"],
  ] as const) {
    expect(() => defineSeed(Plan, { ...plain, ...wrong } as never)).toThrow(message);
  }
});
