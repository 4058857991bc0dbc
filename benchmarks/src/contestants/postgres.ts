import connect, { type ISql } from "postgres";
import type { Contestant, Entry, Open } from "../client.ts";

const byEmail = (sql: ISql, email: string) => sql`
  select id, email, hashed_password, full_name, is_active, is_superuser, created_at, updated_at
  from users where email = ${email}`;

const account = (sql: ISql, id: number) => sql`select id, owner, balance from accounts where id = ${id}`;

const add = (sql: ISql, id: number, amount: number) =>
  sql`update accounts set balance = balance + ${amount} where id = ${id} returning id, owner, balance`;

const store = (sql: ISql, { id, accountId, amount }: Entry) => sql`
  insert into entries (id, account_id, amount) values (${id}, ${accountId}, ${amount})
  returning id, account_id, amount, created_at, updated_at`;

const transaction: Open = (url, connections) => {
  const sql = connect(url, { max: connections });
  return {
    read: ({ email }) => sql.begin(async (sql) => (await byEmail(sql, email))[0]),
    write: (entry) => sql.begin(async (sql) => (await store(sql, entry))[0]),
    five: ({ from, to, amount, entry }) =>
      sql.begin(async (sql) => {
        await account(sql, from);
        await account(sql, to);
        await add(sql, from, -amount);
        await add(sql, to, amount);
        return (await store(sql, entry))[0];
      }),
    together: ({ from, to, amount, entry }) =>
      sql.begin(async (sql) => {
        const results = await Promise.all([
          account(sql, from),
          account(sql, to),
          add(sql, from, -amount),
          add(sql, to, amount),
          store(sql, entry),
        ]);
        return results[4][0];
      }),
    checkout: async () => {
      const reserved = await sql.reserve();
      reserved.release();
    },
    close: () => sql.end(),
  };
};

const autocommit: Open = (url, connections) => {
  const sql = connect(url, { max: connections });
  return {
    read: async ({ email }) => (await byEmail(sql, email))[0],
    write: async (entry) => (await store(sql, entry))[0],
    close: () => sql.end(),
  };
};

export const postgres: Contestant = { package: "postgres", transaction, autocommit };
