import driver, { type Pool, type PoolClient, type QueryConfig } from "pg";
import type { Client, Contestant, Entry, Open, Place, Sample, Transfer } from "../client.ts";
import { nested, type Program, type User, type Workout, type WorkoutSet } from "./nested.ts";

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

const list = (after: string, limit: number): QueryConfig => ({
  name: "users_after",
  text: `select id, email, hashed_password, full_name, is_active, is_superuser, created_at, updated_at
         from users where id > $1 order by id limit $2`,
  values: [after, limit],
});

/** A statement for each table, by the keys that the one before has found. */
async function include(db: Pick<PoolClient, "query">, after: number): Promise<unknown> {
  const { rows: programs } = await db.query<Program>({
    name: "programs_after",
    text: "select id, owner_id, title, created_at from programs where id > $1 order by id limit 20",
    values: [after],
  });
  const ids = programs.map(({ id }) => id);
  const [owners, workouts] = await Promise.all([
    db.query<User>({
      name: "users_by_id",
      text: `select id, email, hashed_password, full_name, is_active, is_superuser, created_at, updated_at
             from users where id = any($1)`,
      values: [[...new Set(programs.map(({ owner_id }) => owner_id))]],
    }),
    db.query<Workout>({
      name: "workouts_of_programs",
      text: "select id, program_id, title, scheduled_at from workouts where program_id = any($1)",
      values: [ids],
    }),
  ]);
  const sets = await db.query<WorkoutSet>({
    name: "sets_of_workouts",
    text: "select id, workout_id, exercise, repetitions, weight from sets where workout_id = any($1)",
    values: [workouts.rows.map(({ id }) => id)],
  });
  return nested(programs, owners.rows, workouts.rows, sets.rows);
}

/** An array for each column, so that one statement takes any number of rows. */
const storeAll = (samples: readonly Sample[]): QueryConfig => ({
  name: "samples_insert",
  text: `insert into samples (id, label, amount, score, taken_at, is_valid)
         select * from unnest($1::uuid[], $2::text[], $3::int[], $4::float8[], $5::timestamptz[], $6::bool[])`,
  values: [
    samples.map(({ id }) => id),
    samples.map(({ label }) => label),
    samples.map(({ amount }) => amount),
    samples.map(({ score }) => score),
    samples.map(({ takenAt }) => takenAt),
    samples.map(({ isValid }) => isValid),
  ],
});

const page = ({ createdAt, id }: Place): QueryConfig => ({
  name: "events_after",
  text: `select id, created_at, title, amount from events where (created_at, id) < ($1, $2)
         order by created_at desc, id desc limit 20`,
  values: [createdAt, id],
});

const offset = ({ skip }: Place): QueryConfig => ({
  name: "events_offset",
  text: `select id, created_at, title, amount from events
         order by created_at desc, id desc limit 20 offset $1`,
  values: [skip],
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

export async function inTransaction(pool: Pool, work: (client: PoolClient) => Promise<unknown>): Promise<unknown> {
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
    list20: ({ after }) => inTransaction(pool, async (client) => (await client.query(list(after, 20))).rows),
    list500: ({ after }) => inTransaction(pool, async (client) => (await client.query(list(after, 500))).rows),
    include: ({ after }) => inTransaction(pipelined, (client) => include(client, after)),
    page: (place) => inTransaction(pool, async (client) => (await client.query(page(place))).rows),
    offset: (place) => inTransaction(pool, async (client) => (await client.query(offset(place))).rows),
    insert1000: (samples) => inTransaction(pool, (client) => client.query(storeAll(samples))),
    insert100000: (samples) => inTransaction(pool, (client) => client.query(storeAll(samples))),
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
    list20: async ({ after }) => (await pool.query(list(after, 20))).rows,
    list500: async ({ after }) => (await pool.query(list(after, 500))).rows,
    include: ({ after }) => include(pool, after),
    page: async (place) => (await pool.query(page(place))).rows,
    offset: async (place) => (await pool.query(offset(place))).rows,
    write: async (entry) => (await pool.query(store(entry))).rows[0],
    close,
  };
};

export const pg: Contestant = { package: "pg", transaction, autocommit };
