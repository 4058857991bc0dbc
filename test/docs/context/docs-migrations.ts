import { revisionText, USERS } from "../../../packages/database/test/migrations/temporary-app.ts";
import type { Database } from "./database.ts";

export { op } from "./op.ts";

/** The one that the guide's first follows. */
export const revisions = [
  revisionText({
    ...USERS,
    up: `${USERS.up}
      op.addColumn("users", "nickname", { type: "text", nullable: true });
      op.sql\`insert into users (id, email, hashed_password) values (gen_random_uuid(), 'Ada@example.com', '-')\`;`,
  }),
];

export let live: string;
export let server: string;
export const wanted = "create table users (id uuid primary key, full_name text)";

export async function prepare(database: Database): Promise<void> {
  await database.query(`
    drop schema public cascade;
    create schema public;
    create type mood as enum ('ok');
    create function watch() returns event_trigger language plpgsql as 'begin end'`);
  const name = `${database.name}_live`;
  await database.query(`create database ${name}`);
  server = database.url;
  live = Object.assign(new URL(database.url), { pathname: `/${name}` }).href;
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: live });
  await client.connect();
  await client.query("create table users (id uuid primary key, name text)");
  await client.end();
}
