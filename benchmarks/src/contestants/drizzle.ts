import { eq, gt, sql } from "drizzle-orm";
import { drizzle as connect, type NodePgDatabase } from "drizzle-orm/node-postgres";
import type { Client, Contestant, Entry, Open, Sample } from "../client.ts";
import { chunks } from "./chunks.ts";
import * as schema from "./drizzle-schema.ts";
import { pools } from "./pg.ts";

const { users, accounts, entries, programs, samples } = schema;

type Db = Pick<NodePgDatabase<typeof schema>, "select" | "update" | "insert" | "query">;

/** The statements of one database or transaction. */
interface Statements {
  byEmail(email: string): Promise<unknown>;
  account(id: number): Promise<unknown>;
  add(id: number, amount: number): Promise<unknown>;
  store(entry: Entry): Promise<unknown>;
  list(after: string, limit: number): Promise<unknown>;
  include(after: number): Promise<unknown>;
}

/** Drizzle's relational query: one statement. */
const nested = { owner: true, workouts: { with: { sets: true } } } as const;

/** There is nothing to prepare: a statement's text grows with its rows. */
async function storeAll(db: Db, rows: readonly Sample[]): Promise<void> {
  for (const chunk of chunks(rows)) await db.insert(samples).values(chunk);
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
    list: (after, limit) => db.select().from(users).where(gt(users.id, after)).orderBy(users.id).limit(limit),
    include: (after) =>
      db.query.programs.findMany({ where: gt(programs.id, after), orderBy: programs.id, limit: 20, with: nested }),
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
  const list = once(() =>
    db
      .select()
      .from(users)
      .where(gt(users.id, sql.placeholder("after")))
      .orderBy(users.id)
      .limit(sql.placeholder("limit"))
      .prepare("users_after"),
  );
  const include = once(() =>
    db.query.programs
      .findMany({ where: gt(programs.id, sql.placeholder("after")), orderBy: programs.id, limit: 20, with: nested })
      .prepare("programs_after"),
  );
  return {
    byEmail: async (email) => (await byEmail().execute({ email }))[0],
    account: async (id) => (await account().execute({ id }))[0],
    add: async (id, amount) => (await add().execute({ id, amount }))[0],
    store: async (entry) => (await store().execute({ ...entry }))[0],
    list: (after, limit) => list().execute({ after, limit }),
    include: (after) => include().execute({ after }),
  };
}

const transaction =
  (statements: (db: Db) => Statements): Open =>
  (url, connections): Client => {
    const { pool, pipelined, close } = pools(url, connections);
    const db = connect(pool, { schema });
    const pipelinedDb = connect(pipelined, { schema });
    return {
      read: ({ email }) => db.transaction((tx) => statements(tx).byEmail(email)),
      list20: ({ after }) => db.transaction((tx) => statements(tx).list(after, 20)),
      list500: ({ after }) => db.transaction((tx) => statements(tx).list(after, 500)),
      include: ({ after }) => db.transaction((tx) => statements(tx).include(after)),
      ...(statements === plain && {
        insert1000: (samples) => db.transaction((tx) => storeAll(tx, samples)),
        insert100000: (samples) => db.transaction((tx) => storeAll(tx, samples)),
      }),
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
    const { byEmail, store, list, include } = statements(connect(pool, { schema }));
    return {
      read: ({ email }) => byEmail(email),
      list20: ({ after }) => list(after, 20),
      list500: ({ after }) => list(after, 500),
      include: ({ after }) => include(after),
      write: store,
      close,
    };
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
