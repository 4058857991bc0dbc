import connect, { type ISql } from "postgres";
import type { Contestant, Entry, Open, Sample } from "../client.ts";
import { chunks } from "./chunks.ts";
import { nested, type Program, type User, type Workout, type WorkoutSet } from "./nested.ts";

const byEmail = (sql: ISql, email: string) => sql`
  select id, email, hashed_password, full_name, is_active, is_superuser, created_at, updated_at
  from users where email = ${email}`;

const account = (sql: ISql, id: number) => sql`select id, owner, balance from accounts where id = ${id}`;

const add = (sql: ISql, id: number, amount: number) =>
  sql`update accounts set balance = balance + ${amount} where id = ${id} returning id, owner, balance`;

const store = (sql: ISql, { id, accountId, amount }: Entry) => sql`
  insert into entries (id, account_id, amount) values (${id}, ${accountId}, ${amount})
  returning id, account_id, amount, created_at, updated_at`;

const list = (sql: ISql, after: string, limit: number) => sql`
  select id, email, hashed_password, full_name, is_active, is_superuser, created_at, updated_at
  from users where id > ${after} order by id limit ${limit}`;

/** A statement for each table, by the keys that the one before has found. */
async function include(sql: ISql, after: number): Promise<unknown> {
  const programs = await sql<Program[]>`
    select id, owner_id, title, created_at from programs where id > ${after} order by id limit 20`;
  const ids = programs.map(({ id }) => id);
  const ownerIds = [...new Set(programs.map(({ owner_id }) => owner_id))];
  const [owners, workouts] = await Promise.all([
    sql<User[]>`
      select id, email, hashed_password, full_name, is_active, is_superuser, created_at, updated_at
      from users where id = any(${ownerIds})`,
    sql<Workout[]>`select id, program_id, title, scheduled_at from workouts where program_id = any(${ids})`,
  ]);
  const sets = await sql<WorkoutSet[]>`
    select id, workout_id, exercise, repetitions, weight from sets
    where workout_id = any(${workouts.map(({ id }) => id)})`;
  return nested(programs, owners, workouts, sets);
}

/** Multi-row inserts by its helper. */
async function storeAll(sql: ISql, samples: readonly Sample[]): Promise<void> {
  const rows = samples.map(({ takenAt, isValid, ...same }) => ({ ...same, taken_at: takenAt, is_valid: isValid }));
  for (const chunk of chunks(rows)) await sql`insert into samples ${sql(chunk)}`;
}

const transaction: Open = (url, connections) => {
  const sql = connect(url, { max: connections });
  return {
    read: ({ email }) => sql.begin(async (sql) => (await byEmail(sql, email))[0]),
    list20: ({ after }) => sql.begin((sql) => list(sql, after, 20)),
    list500: ({ after }) => sql.begin((sql) => list(sql, after, 500)),
    include: ({ after }) => sql.begin((sql) => include(sql, after)),
    insert1000: (samples) => sql.begin((sql) => storeAll(sql, samples)),
    insert100000: (samples) => sql.begin((sql) => storeAll(sql, samples)),
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
    list20: ({ after }) => list(sql, after, 20),
    list500: ({ after }) => list(sql, after, 500),
    include: ({ after }) => include(sql, after),
    write: async (entry) => (await store(sql, entry))[0],
    close: () => sql.end(),
  };
};

export const postgres: Contestant = { package: "postgres", transaction, autocommit };
