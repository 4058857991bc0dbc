import { type Generated, Kysely, PostgresDialect } from "kysely";
import type { Contestant, Entry, Open } from "../client.ts";
import { pools } from "./pg.ts";

interface Tables {
  users: {
    id: string;
    email: string;
    hashed_password: string;
    full_name: string | null;
    is_active: Generated<boolean>;
    is_superuser: Generated<boolean>;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
  };
  accounts: { id: number; owner: string; balance: number };
  entries: { id: string; account_id: number; amount: number; created_at: Generated<Date>; updated_at: Generated<Date> };
}

type Db = Kysely<Tables>;

const byEmail = (db: Db, email: string) =>
  db.selectFrom("users").selectAll().where("email", "=", email).executeTakeFirst();

const account = (db: Db, id: number) => db.selectFrom("accounts").selectAll().where("id", "=", id).executeTakeFirst();

const add = (db: Db, id: number, amount: number) =>
  db
    .updateTable("accounts")
    .set((eb) => ({ balance: eb("balance", "+", amount) }))
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirstOrThrow();

const store = (db: Db, { id, accountId, amount }: Entry) =>
  db.insertInto("entries").values({ id, account_id: accountId, amount }).returningAll().executeTakeFirstOrThrow();

const transaction: Open = (url, connections) => {
  const { pool, pipelined, close } = pools(url, connections);
  const db: Db = new Kysely({ dialect: new PostgresDialect({ pool }) });
  const pipelinedDb: Db = new Kysely({ dialect: new PostgresDialect({ pool: pipelined }) });
  return {
    read: ({ email }) => db.transaction().execute((db) => byEmail(db, email)),
    write: (entry) => db.transaction().execute((db) => store(db, entry)),
    five: ({ from, to, amount, entry }) =>
      db.transaction().execute(async (db) => {
        await account(db, from);
        await account(db, to);
        await add(db, from, -amount);
        await add(db, to, amount);
        return await store(db, entry);
      }),
    together: ({ from, to, amount, entry }) =>
      pipelinedDb.transaction().execute(async (db) => {
        const results = await Promise.all([
          account(db, from),
          account(db, to),
          add(db, from, -amount),
          add(db, to, amount),
          store(db, entry),
        ]);
        return results[4];
      }),
    checkout: () => db.connection().execute(async () => {}),
    close,
  };
};

const autocommit: Open = (url, connections) => {
  const { pool, close } = pools(url, connections);
  const db: Db = new Kysely({ dialect: new PostgresDialect({ pool }) });
  return {
    read: ({ email }) => byEmail(db, email),
    write: (entry) => store(db, entry),
    close,
  };
};

export const kysely: Contestant = { package: "kysely", transaction, autocommit };
