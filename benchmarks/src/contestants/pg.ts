import driver, { type Pool, type PoolClient, type QueryConfig } from "pg";
import type { Client, Contestant, Entry, Open, Transfer } from "../client.ts";

/** Written by hand on node-postgres, with named statements, which the server parses once per connection. */
const byEmail = (email: string): QueryConfig => ({
  name: "user_by_email",
  text: `select id, email, hashed_password, full_name, is_active, is_superuser, created_at, updated_at
         from users where email = $1`,
  values: [email],
});

const account = (id: number): QueryConfig => ({
  name: "account",
  text: "select id, owner, balance from accounts where id = $1",
  values: [id],
});

const add = (id: number, amount: number): QueryConfig => ({
  name: "account_add",
  text: "update accounts set balance = balance + $2 where id = $1 returning id, owner, balance",
  values: [id, amount],
});

const store = ({ id, accountId, amount }: Entry): QueryConfig => ({
  name: "entry_insert",
  text: `insert into entries (id, account_id, amount) values ($1, $2, $3)
         returning id, account_id, amount, created_at, updated_at`,
  values: [id, accountId, amount],
});

async function five(client: PoolClient, { from, to, amount, entry }: Transfer): Promise<unknown> {
  await client.query(account(from));
  await client.query(account(to));
  await client.query(add(from, -amount));
  await client.query(add(to, amount));
  return (await client.query(store(entry))).rows[0];
}

async function together(client: PoolClient, { from, to, amount, entry }: Transfer): Promise<unknown> {
  const results = await Promise.all([
    client.query(account(from)),
    client.query(account(to)),
    client.query(add(from, -amount)),
    client.query(add(to, amount)),
    client.query(store(entry)),
  ]);
  return results[4].rows[0];
}

async function inTransaction(pool: Pool, work: (client: PoolClient) => Promise<unknown>): Promise<unknown> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    const result = await work(client);
    await client.query("commit");
    client.release();
    return result;
  } catch (error) {
    client.release(true);
    throw error;
  }
}

/**
 * Two pools on one database, for the libraries that stand on node-postgres: as it comes, and with its `pipeline`, without
 * which statements given together wait in line in the client. Neither connects before it is used.
 */
export function pools(url: string, connections: number): { pool: Pool; pipelined: Pool; close: () => Promise<void> } {
  const options = { connectionString: url, max: connections, idleTimeoutMillis: 0 };
  const pool = new driver.Pool(options);
  const pipelined = new driver.Pool({ ...options, pipeline: true } as typeof options);
  return {
    pool,
    pipelined,
    close: async () => {
      await Promise.all([pool.end(), pipelined.end()]);
    },
  };
}

const transaction: Open = (url, connections): Client => {
  const { pool, pipelined, close } = pools(url, connections);
  return {
    read: ({ email }) => inTransaction(pool, async (client) => (await client.query(byEmail(email))).rows[0]),
    write: (entry) => inTransaction(pool, async (client) => (await client.query(store(entry))).rows[0]),
    five: (transfer) => inTransaction(pool, (client) => five(client, transfer)),
    together: (transfer) => inTransaction(pipelined, (client) => together(client, transfer)),
    checkout: async () => {
      const client = await pool.connect();
      client.release();
    },
    close,
  };
};

const autocommit: Open = (url, connections): Client => {
  const { pool, close } = pools(url, connections);
  return {
    read: async ({ email }) => (await pool.query(byEmail(email))).rows[0],
    write: async (entry) => (await pool.query(store(entry))).rows[0],
    close,
  };
};

export const pg: Contestant = { package: "pg", transaction, autocommit };
