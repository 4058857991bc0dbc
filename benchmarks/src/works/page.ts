import assert from "node:assert/strict";
import type { Place } from "../client.ts";
import { camelCased, time, type Work } from "./work.ts";

const ROWS = 1_000_000;
const LIMIT = 20;

/** How much of the table lies before the page. */
const DEPTH = 0.9;

/** Ten rows share each second, so that it takes both keys to tell them apart. */
const PER_SECOND = 10;

const idOf = (row: number): string => `00000000-0000-4000-8000-${row.toString(16).padStart(12, "0")}`;

const tables = (scale: number): string => `
  create table events (id uuid primary key, created_at timestamptz not null, title text not null, amount integer not null);
  insert into events
    select ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
           timestamptz '2026-01-01Z' + n / ${PER_SECOND} * interval '1 second', 'Event ' || n, n % 1000
    from generate_series(1, ${ROWS * scale}) n;
  create index ix_events_created_at_id on events (created_at desc, id desc)`;

/** Rows are numbered by age, so that what is behind `skip` rows is known without a look. */
function place(scale: number): Place {
  const skip = ROWS * scale * DEPTH;
  const row = ROWS * scale - skip + 1;
  const createdAt = new Date(Date.UTC(2026, 0, 1) + Math.floor(row / PER_SECOND) * 1000);
  return { skip, createdAt: createdAt.toISOString(), id: idOf(row) };
}

const work = <Name extends "page" | "offset">(name: Name, how: string): Work<Name> => ({
  name,
  title: `${LIMIT} of ${ROWS.toLocaleString("en")} rows, newest first, behind ${(ROWS * DEPTH).toLocaleString("en")}, ${how}`,
  tables,
  input: place,
  async check(once, database, scale) {
    const { skip, ...before } = this.input(scale);
    const returned = (await once({ skip, ...before })) as readonly unknown[];
    const [last, ...rows] = await database.rows(
      `select * from events order by created_at desc, id desc limit ${LIMIT + 1} offset $1`,
      [skip - 1],
    );
    assert.deepEqual(
      { id: event(last).id, createdAt: event(last).createdAt },
      { ...before, createdAt: time(before.createdAt) },
    );
    assert.deepEqual(returned.map(event), rows.map(event));
  },
});

function event(row: unknown) {
  const { id, createdAt, title, amount } = camelCased(row);
  return { id, createdAt: time(createdAt), title, amount };
}

export const page = work("page", "by the keys of the row before (keyset)");
export const offset = work("offset", "by OFFSET");
