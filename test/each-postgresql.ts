import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  array,
  BaseModel,
  bigint,
  type ChannelEvent,
  check,
  connectOptions,
  DatabaseManager,
  defineSchema,
  errors,
  index,
  integer,
  jsonb,
  Model,
  numeric,
  pgEnum,
  pgFunction,
  repository,
  SoftDeleteModel,
  select,
  sql,
  text,
  trigger,
  tstzrange,
  unique,
  uuid,
  View,
  varchar,
} from "@hypertroq/database";
import { createBackup, drillBackup, restoreBackup, verifyBackup } from "@hypertroq/database/backup";
import {
  autogenerate,
  compareModels,
  createRevision,
  diff,
  Migrator,
  pull,
  verify,
} from "@hypertroq/database/migrations";
import { checkUp } from "@hypertroq/database/monitoring";
import { applyRoles, showRoles } from "@hypertroq/database/roles";
import { defineSeed, seed } from "@hypertroq/database/seeding";
import { cloneDatabase } from "@hypertroq/database/testing";
import type { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { install, Outside, packOnce } from "./packed.ts";

const status = pgEnum("status", ["draft", "paid"]);

class Customer extends BaseModel.define({
  email: varchar(255).unique(),
  tags: array(text()),
  details: jsonb<{ vip?: boolean }>().nullable(),
}) {
  static override readonly indexes = [index(() => Customer.c.tags, { method: "gin" })];
}

const touch = pgFunction("touch", { returns: "trigger", body: sql`begin return new; end` });

class Order extends SoftDeleteModel.define({
  customerId: uuid()
    .references(() => Customer.c.id, { onDelete: "cascade" })
    .index(),
  status: status().default("draft"),
  total: numeric(12, 2),
  number: bigint().identity("always"),
  lines: integer().default(1),
  doubled: integer().generated(sql<number>`lines * 2`),
  valid: tstzrange().nullable(),
}) {
  static override readonly constraints = [
    check("total", () => sql`${Order.c.total} >= 0`),
    unique(() => [Order.c.customerId, Order.c.number]),
  ];
  static override readonly triggers = [trigger("touch", { before: "update", forEach: "row", execute: touch })];
}

class PaidOrder extends View.define({ id: uuid().primaryKey(), total: numeric(12, 2) }) {
  static override readonly query = () =>
    select({ id: Order.c.id, total: Order.c.total }).from(Order).where(Order.c.status.eq("paid"));
}
const schema = defineSchema({ Customer, Order, PaidOrder, touch });
const customers = repository(Customer);

const NEWER = 'op.createIndex("uq_pairs", "pairs", ["a"], { unique: true, nullsNotDistinct: true });';

/**
 * What the layer does, on a server of each version, which npm installs.
 *
 * @param versions releases by their major version.
 */
export function tryEach(versions: Readonly<Record<string, string>>): void {
  describe.each(Object.entries(versions))("PostgreSQL %s", (major, version) => {
    let place: Outside;
    let server: EmbeddedPostgres;
    let url: string;
    let manager: DatabaseManager;
    const connect = () => connectOptions({ url });
    const migrator = () => new Migrator({ connect: connect(), directory: join(place.path, "migrations") });

    beforeAll(async () => {
      place = new Outside();
      const [, embedded] = await packOnce();
      const binaries = `@embedded-postgres/linux-${process.arch}`;
      place.write("package.json", JSON.stringify({ private: true, overrides: { [binaries]: version } }));
      await install(place.path, [embedded!]);
      const file = join(place.path, "node_modules/@hypertroq/embedded-postgres/bundle/index.js");
      const wrapper = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as {
        readonly EmbeddedPostgres: typeof EmbeddedPostgres;
      };
      server = await wrapper.EmbeddedPostgres.start();
      url = await server.createDatabase("shop");
      manager = new DatabaseManager({ url, poolSize: 3 });
    }, 600_000);
    afterAll(async () => {
      await manager?.close();
      await server?.stop({ mode: "immediate" });
      place[Symbol.dispose]();
    });

    it("is what runs", async () => {
      const [row] = await manager.sql<{
        major: number;
      }>`select current_setting('server_version_num')::int / 10000 major`;
      expect(row).toEqual({ major: Number(major) });
    });

    it("gets a revision from the models, and is then what they describe", async () => {
      const options = { connect: connect(), schema };
      const directory = join(place.path, "migrations");
      const { revision } = await autogenerate({ ...options, directory, message: "all" });
      expect(revision).toBeDefined();
      await migrator().upgrade();
      expect((await compareModels(options)).detected).toEqual([]);
      expect((await autogenerate({ ...options, directory })).revision).toBeUndefined();
      expect(await verify({ connect: connectOptions({ url: server.url }), directory })).toMatchObject({ ok: true });
      await migrator().downgrade("base");
      await migrator().upgrade();
    });

    it("is asked for what is newer than it, and that is said", async () => {
      const directory = join(place.path, "newer");
      await createRevision({
        directory,
        id: "aaaaaaaaaaaa",
        body: {
          upgrade: `op.createTable("pairs", { columns: { a: { type: "text" } } });\n${NEWER}`,
          downgrade: 'op.dropTable("pairs");',
        },
      });
      const database = await server.createDatabase("newer");
      const run = new Migrator({ connect: connectOptions({ url: database }), directory }).upgrade();
      if (Number(major) >= 15) await run;
      else {
        const cause = { code: "SERVER_TOO_OLD", what: "NULLS NOT DISTINCT", needed: 15, version: Number(major) };
        await expect(run).rejects.toMatchObject({ code: "MIGRATION_FAILED", cause });
      }
      class Pair extends Model.define({ id: integer().primaryKey(), a: text().nullable() }) {
        static override readonly constraints = [unique(() => [Pair.c.a], { nullsNotDistinct: true })];
      }
      const to = { schema: defineSchema({ Pair }) };
      const compared = diff({ from: { url: database }, to, scratch: { url: server.url } });
      if (Number(major) >= 15) await compared;
      else
        await expect(compared).rejects.toMatchObject({
          code: "MODELS_NOT_CREATABLE",
          cause: { code: "SERVER_TOO_OLD" },
        });
    });

    it("is pulled as models, and compared with another database", async () => {
      const { text: models, unsupported } = await pull({ connect: connect() });
      expect(models).toMatch(/class Order/);
      expect(unsupported).toEqual([]);
      const empty = await server.createDatabase("empty");
      const plan = await diff({ from: { url: empty }, to: { url }, scratch: { url: server.url } });
      expect(plan.unsupported).toEqual([]);
      expect(plan.up.length).toBeGreaterThan(5);
      const none = await diff({ from: { url }, to: { url }, scratch: { url: server.url } });
      expect(none.up).toEqual([]);
    });

    it("stores, finds, changes and deletes rows of models", async () => {
      await manager.session(async (db) => {
        const ada = await db.add(new Customer({ email: "ada@example.com", tags: ["a", "b"], details: { vip: true } }));
        const order = await db.add(new Order({ customerId: ada.id, total: "12.50", status: "paid" }));
        expect(order).toMatchObject({ number: 1n, lines: 1, doubled: 2 });
        expect(await db.one(select(Customer).where(Customer.c.tags.contains(["b"])))).toMatchObject({ id: ada.id });
        expect(await db.all(select(PaidOrder))).toMatchObject([{ id: order.id, total: "12.50" }]);
        order.lines = 3;
        await db.save(order);
        await order.softDelete(db);
        expect(await db.all(select(Order))).toEqual([]);
        await order.restore(db);
      });
      const page = await manager.session((db) => customers.page(db, { orderBy: ["createdAt", "desc"], limit: 1 }));
      expect(page.items).toHaveLength(1);
      const twice = manager.session((db) => db.add(new Customer({ email: "ada@example.com", tags: [] })));
      await expect(twice).rejects.toBeInstanceOf(errors.UniqueViolation);
    });

    it("has transactions, savepoints, and what runs again", async () => {
      await manager.session(async (db) => {
        const inner = db.transaction(async () => {
          await db.add(new Customer({ email: "gone@example.com", tags: [] }));
          throw new Error("taken back");
        });
        await expect(inner).rejects.toThrow("taken back");
        await db.add(new Customer({ email: "stays@example.com", tags: [] }));
      });
      let runs = 0;
      await manager.retry(async (db) => {
        await db.add(new Customer({ email: `run${runs}@example.com`, tags: [] }));
        if (runs++ === 0) await db.sql`do $$ begin raise exception 'again' using errcode = '40001'; end $$`;
      });
      expect(runs).toBe(2);
      const emails = await manager.sql<{ email: string }>`select email from customers order by email`;
      expect(emails.map(({ email }) => email)).toEqual(["ada@example.com", "run1@example.com", "stays@example.com"]);
    });

    it("streams, takes and gives rows by COPY", async () => {
      const rows = Array.from({ length: 2000 }, (_, n) => ({ email: `c${n}@example.com`, tags: [`t${n}`] }));
      const moment = new Date();
      const copied = rows.map((row) => ({ ...row, createdAt: moment, updatedAt: moment }));
      expect(await manager.session((db) => db.copyIn(Customer, copied))).toBe(2000);
      let count = 0;
      for await (const { tags } of manager.stream(select(Customer).where(Customer.c.email.like("c%"))))
        count += tags.length;
      expect(count).toBe(2000);
      let bytes = 0;
      for await (const part of manager.copyOut(select({ email: Customer.c.email }).from(Customer), {
        format: "binary",
      })) {
        bytes += part.length;
      }
      expect(bytes).toBeGreaterThan(30_000);
    });

    it("tells who listens", async () => {
      const heard: ChannelEvent[] = [];
      for await (const event of manager.listen("news")) {
        heard.push(event);
        if (event.kind === "listening") await manager.notify("news", "hello");
        else break;
      }
      expect(heard).toMatchObject([{ kind: "listening" }, { kind: "notification", payload: "hello" }]);
    });

    it("gets its seeds, its roles, and a copy for a worker", async () => {
      const seeds = [
        defineSeed(Customer, { kind: "reference", on: ["email"], rows: [{ email: "shop@example.com", tags: [] }] }),
      ];
      expect(await seed(manager, seeds, { environment: "testing" })).toMatchObject({ seeds: [{ seed: "customers" }] });
      await applyRoles({ connect: connect(), config: { prefix: "shop" } });
      expect((await showRoles({ connect: connect(), config: { prefix: "shop" } })).changes).toEqual([]);
      await using clone = await cloneDatabase({ url, key: "smoke", prepare: async () => {} });
      expect(clone.url).toContain(clone.name);
    });

    it("is backed up, restored, and drilled", async () => {
      const directory = join(place.path, "backups");
      const made = await createBackup({ connect: connect(), directory, path: "" });
      expect(await verifyBackup({ directory })).toEqual(made);
      const copy = await server.createDatabase("copy");
      await restoreBackup({ connect: connectOptions({ url: copy }), directory });
      expect((await diff({ from: { url }, to: { url: copy }, scratch: { url: server.url } })).up).toEqual([]);
      const drill = await drillBackup({ directory, scratch: connectOptions({ url: server.url }) });
      expect(drill).toMatchObject({ ok: true, problems: [] });
    });

    it("is looked at by every rule", async () => {
      expect((await checkUp({ url })).unknown).toEqual([]);
    });
  });
}
