import connect, { type ISql } from "postgres";
import type { Contestant, Entry, Open, Sample } from "../client.ts";
import { chunks } from "./chunks.ts";
import { nested, type Program, type User, type Workout, type WorkoutSet } from "./nested.ts";
import { inAutocommit, inTransactions, type Statements, together } from "./statements.ts";

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

const first =
  <Input>(query: (sql: ISql, input: Input) => Promise<readonly unknown[]>) =>
  async (sql: ISql, input: Input): Promise<unknown> =>
    (await query(sql, input))[0];

const statements: Statements<ISql> = {
  byEmail: first(byEmail),
  account,
  add,
  store: first(store),
  list,
  include,
  storeAll,
};

const transaction: Open = (url, connections) => {
  const sql = connect(url, { max: connections });
  return {
    ...inTransactions(statements, (work) => sql.begin(work)),
    together: (transfer) => sql.begin((sql) => together(statements, sql, transfer)),
    checkout: async () => {
      const reserved = await sql.reserve();
      reserved.release();
    },
    close: () => sql.end(),
  };
};

const autocommit: Open = (url, connections) => {
  const sql = connect(url, { max: connections });
  return { ...inAutocommit(statements, () => sql), close: () => sql.end() };
};

export const postgres: Contestant = { package: "postgres", transaction, autocommit };
