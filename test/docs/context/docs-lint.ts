import { basename } from "node:path";
import type { Operations } from "@hypertroq/database/migrations";
import type { Database } from "./database.ts";

export { reverseOf } from "@hypertroq/database/migrations";
export { op } from "./op.ts";

export function upgrade(op: Operations): void {
  op.addColumn("users", "city", { type: "text", nullable: true });
}

/** What a page needs that is otherwise than for the others. */
const APART: Readonly<Record<string, string>> = {
  "add-primary-key-blocks": "alter table users drop constraint users_pk",
  "drop-index-blocks-reads": "create index ix_users_email on users (email)",
  "prefer-identity": "drop table orders",
  "unbatched-data-change": "alter table users add city text",
};

/** What the pages of rules are about. */
export async function prepare(database: Database, guide: string): Promise<void> {
  await database.query(`
    drop schema public cascade;
    create schema public;
    create table users (id int constraint users_pk primary key, email text, age int, code text, nickname text);
    create table orders (user_id int);
    create table events (at timestamptz not null) partition by range (at);
    create table events_2024 partition of events for values from ('2024-01-01') to ('2025-01-01');
    create table events_2026 (at timestamptz not null);
    create materialized view counts as select 1 as n;
    create unique index on counts (n);
    ${APART[basename(guide, ".md")] ?? ""}`);
}
