import { eq, sql } from "drizzle-orm";
import { drizzle as connect, type NodePgDatabase } from "drizzle-orm/node-postgres";
import { boolean, integer, pgTable, timestamp, uuid, varchar } from "drizzle-orm/pg-core";
import type { Client, Contestant, Entry, Open } from "../client.ts";
import { pools } from "./pg.ts";

const timestamps = {
  createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
  updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
};

const users = pgTable("users", {
  id: uuid("id").primaryKey(),
  email: varchar("email", { length: 255 }).notNull(),
  hashedPassword: varchar("hashed_password", { length: 255 }).notNull(),
  fullName: varchar("full_name", { length: 255 }),
  isActive: boolean("is_active").notNull().default(true),
  isSuperuser: boolean("is_superuser").notNull().default(false),
  ...timestamps,
});

const accounts = pgTable("accounts", {
  id: integer("id").primaryKey(),
  owner: varchar("owner", { length: 255 }).notNull(),
  balance: integer("balance").notNull(),
});

const entries = pgTable("entries", {
  id: uuid("id").primaryKey(),
  accountId: integer("account_id").notNull(),
  amount: integer("amount").notNull(),
  ...timestamps,
});

type Db = Pick<NodePgDatabase, "select" | "update" | "insert">;

/** The statements of one database or transaction. */
interface Statements {
  byEmail(email: string): Promise<unknown>;
  account(id: number): Promise<unknown>;
  add(id: number, amount: number): Promise<unknown>;
  store(entry: Entry): Promise<unknown>;
}

/** Built for each call, as Drizzle's users usually do. */
function plain(db: Db): Statements {
  return {
    byEmail: async (email) => (await db.select().from(users).where(eq(users.email, email)))[0],
    account: async (id) => (await db.select().from(accounts).where(eq(accounts.id, id)))[0],
    add: async (id, amount) =>
      (
        await db
          .update(accounts)
          .set({ balance: sql`${accounts.balance} + ${amount}` })
          .where(eq(accounts.id, id))
          .returning()
      )[0],
    store: async (entry) => (await db.insert(entries).values(entry).returning())[0],
  };
}

/**
 * With Drizzle's `prepare`, which names the statement on the server. Each is built when first needed: a prepared one
 * belongs to its database or transaction, so a transaction has to build its own.
 */
function prepared(db: Db): Statements {
  const once = <T>(make: () => T): (() => T) => {
    let made: T | undefined;
    return () => (made ??= make());
  };
  const byEmail = once(() =>
    db
      .select()
      .from(users)
      .where(eq(users.email, sql.placeholder("email")))
      .prepare("user_by_email"),
  );
  const account = once(() =>
    db
      .select()
      .from(accounts)
      .where(eq(accounts.id, sql.placeholder("id")))
      .prepare("account"),
  );
  const add = once(() =>
    db
      .update(accounts)
      .set({ balance: sql`${accounts.balance} + ${sql.placeholder("amount")}` })
      .where(eq(accounts.id, sql.placeholder("id")))
      .returning()
      .prepare("account_add"),
  );
  const store = once(() =>
    db
      .insert(entries)
      .values({
        id: sql.placeholder("id"),
        accountId: sql.placeholder("accountId"),
        amount: sql.placeholder("amount"),
      })
      .returning()
      .prepare("entry_insert"),
  );
  return {
    byEmail: async (email) => (await byEmail().execute({ email }))[0],
    account: async (id) => (await account().execute({ id }))[0],
    add: async (id, amount) => (await add().execute({ id, amount }))[0],
    store: async (entry) => (await store().execute({ ...entry }))[0],
  };
}

const transaction =
  (statements: (db: Db) => Statements): Open =>
  (url, connections): Client => {
    const { pool, pipelined, close } = pools(url, connections);
    const db = connect(pool);
    const pipelinedDb = connect(pipelined);
    return {
      read: ({ email }) => db.transaction((tx) => statements(tx).byEmail(email)),
      write: (entry) => db.transaction((tx) => statements(tx).store(entry)),
      five: ({ from, to, amount, entry }) =>
        db.transaction(async (tx) => {
          const { account, add, store } = statements(tx);
          await account(from);
          await account(to);
          await add(from, -amount);
          await add(to, amount);
          return await store(entry);
        }),
      together: ({ from, to, amount, entry }) =>
        pipelinedDb.transaction(async (tx) => {
          const { account, add, store } = statements(tx);
          const results = await Promise.all([
            account(from),
            account(to),
            add(from, -amount),
            add(to, amount),
            store(entry),
          ]);
          return results[4];
        }),
      close,
    };
  };

const autocommit =
  (statements: (db: Db) => Statements): Open =>
  (url, connections): Client => {
    const { pool, close } = pools(url, connections);
    const { byEmail, store } = statements(connect(pool));
    return { read: ({ email }) => byEmail(email), write: store, close };
  };

export const drizzle: Contestant = {
  package: "drizzle-orm",
  transaction: transaction(plain),
  autocommit: autocommit(plain),
};

export const drizzlePrepared: Contestant = {
  package: "drizzle-orm",
  transaction: transaction(prepared),
  autocommit: autocommit(prepared),
};
