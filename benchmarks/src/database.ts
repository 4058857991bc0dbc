import pg from "pg";
import type { Transfer } from "./client.ts";

/** Rows of `users` and of `accounts`. */
export const ROWS = 10_000;

/** The size of every pool. */
export const CONNECTIONS = 20;

export const emailOf = (user: number): string => `user${user}@example.com`;

/** A whole number from `low` to `high`. */
export function random(low: number, high: number): number {
  return low + Math.floor(Math.random() * (high - low + 1));
}

export const anyUser = (): number => random(1, ROWS);

/** Two different accounts in the order in which every transaction locks them, so that none waits for another in a ring. */
export function anyTransfer(): Transfer {
  const from = random(1, ROWS - 1);
  const amount = random(1, 100);
  return { from, to: random(from + 1, ROWS), amount, entry: { id: crypto.randomUUID(), accountId: from, amount } };
}

/**
 * `users` is the table that HypertroQ's backend has; `accounts` and `entries` are what a transaction works on, `samples` takes
 * many rows at once. Other works bring tables of their own.
 */
const TABLES = `
  create table users (
    id uuid primary key,
    email varchar(255) not null,
    hashed_password varchar(255) not null,
    full_name varchar(255),
    is_active boolean not null default true,
    is_superuser boolean not null default false,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now());
  create unique index ix_users_email on users (email);
  create index ix_users_id on users (id);
  create table accounts (
    id integer primary key,
    owner varchar(255) not null,
    balance integer not null) with (fillfactor = 50);
  create table entries (
    id uuid primary key,
    account_id integer not null,
    amount integer not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now());
  create table samples (
    id uuid primary key,
    label text not null,
    amount integer not null,
    score double precision not null,
    taken_at timestamptz not null,
    is_valid boolean not null);
  insert into users (id, email, hashed_password, full_name, created_at, updated_at)
    select gen_random_uuid(), 'user' || n || '@example.com', repeat('x', 60), 'User ' || n, day, day
    from generate_series(1, ${ROWS}) n, lateral (select timestamptz '2025-10-27Z' + n * interval '1 minute') as t (day);
  insert into accounts select n, 'User ' || n, 1000 from generate_series(1, ${ROWS}) n`;

/** The run's own view of the database: makes the tables, resets them, and looks at what contestants did. */
export class Database {
  readonly #client: pg.Client;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  /** @param more SQL that makes further tables. */
  static async open(url: string, more: Iterable<string> = []): Promise<Database> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    for (const tables of [TABLES, ...more]) await client.query(tables);
    await client.query("vacuum analyze");
    return new Database(client);
  }

  /** All rows that a query returns. */
  async rows<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.#client.query<Row>(text, values)).rows;
  }

  /** Takes away what the sample before has left, so that no contestant pays for another's dead rows. */
  async reset(): Promise<void> {
    const used = "select exists (select from entries) or exists (select from samples) as used";
    if ((await this.rows<{ used: boolean }>(used))[0]?.used === false) return;
    await this.#client.query("truncate entries, samples");
    await this.#client.query("vacuum accounts");
  }

  async close(): Promise<void> {
    await this.#client.end();
  }
}
