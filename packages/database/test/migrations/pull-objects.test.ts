import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { connectOptions } from "../../src/connection/options.ts";
import type { Schema } from "../../src/index.ts";
import { compareModels, pullToFile } from "../../src/migrations/index.ts";

/** Inside the repository, so that the file finds the package. */
let directory: string;
beforeAll(async () => {
  const cache = fileURLToPath(new URL("../../../../node_modules/.cache/", import.meta.url));
  await mkdir(cache, { recursive: true });
  directory = await mkdtemp(join(cache, "pull-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

test("views, functions, triggers, policies, sequences, extensions and partitioned tables", async () => {
  await using database = await createTestDatabase();
  await database.query(`
    create extension citext; create schema audit;
    create type mood as enum ('sad', 'ok');
    create sequence ticket_number start 1000;
    create function touch() returns trigger language plpgsql as $$ begin\r\n new.touched_at := now(); return new; end $$;
    comment on function touch() is 'Says when';
    create function audit.is_short(value text, n int default 10) returns boolean language sql immutable strict parallel safe
      as $$ select length(value) < n and value <> E'\\\\x\`\${a}' $$;
    create table users (id serial primary key, email citext unique, mood mood not null default 'ok', touched_at timestamptz,
      nick text check (audit.is_short(nick)));
    create table tickets (id bigint primary key default nextval('ticket_number'), user_id int not null references users, title text);
    alter sequence ticket_number owned by tickets.id;
    create function open_of(u int) returns bigint stable return (select count(*) from tickets where user_id = u);
    create procedure audit.tidy(days int) language plpgsql set search_path = audit, public as $$ begin perform days; end $$;
    create view crowded as select u.id, u.email, u.mood, open_of(u.id) as open, 'it''s' as lit from users u where u.mood = 'ok';
    create materialized view stats with (fillfactor = 80) as select mood, count(*) as n, array_agg(mood) as moods from crowded group by mood;
    create unique index on stats (mood);
    create view barrier with (security_barrier) as select * from tickets where title <> 'x' with local check option;
    comment on view crowded is 'Who has many'; comment on column crowded.open is 'Tickets';
    create trigger touch before update on users for each row when (old.* is distinct from new.*) execute function touch();
    create trigger log after insert or update of email, nick on users for each statement execute function touch();
    alter table users disable trigger log;
    create constraint trigger later after insert on tickets deferrable initially deferred for each row execute function touch();
    create trigger same before update on tickets for each row execute function suppress_redundant_updates_trigger();
    create trigger instead instead of insert on crowded for each row execute function touch();
    alter table tickets enable row level security; alter table tickets force row level security;
    create policy own on tickets for select using (user_id::text = current_setting('app.user', true));
    create policy w on tickets as restrictive for insert with check (title <> 'y');
    create table events (at timestamptz not null, kind text not null, primary key (at, kind)) partition by range (at);
    create table events_1 partition of events for values from ('2026-01-01') to ('2026-02-01');
    create table hashed (id int, b text) partition by hash (lower(b));`);
  const connect = connectOptions({ url: database.url });
  const file = join(directory, "models.ts");
  const { text, unsupported } = await pullToFile({ connect, file });
  expect(unsupported).toEqual(["table events_1, which is a partition of events"]);
  for (const part of [
    'export const touch = pgFunction("touch", {\n  returns: "trigger",\n',
    'export const ticketNumber = pgSequence("ticket_number", { start: 1000, ownedBy: () => Ticket.c.id });\n',
    "  id: serial().primaryKey(),\n",
    '  static override readonly rowSecurity = "forced";\n',
    '  static override readonly partitionBy = partitionBy("range", () => [Event.c.at]);\n',
    '    trigger("same", { before: "update", forEach: "row", execute: "suppress_redundant_updates_trigger" }),\n',
    "export class Stat extends MaterializedView.define({\n",
    '  static override readonly checkOption = "local";\n',
    '  { extensions: ["citext"] },\n',
  ]) {
    expect(text).toContain(part);
  }
  const { schema } = (await import(/* @vite-ignore */ file)) as { readonly schema: Schema };
  expect([...schema.manages]).toEqual(["extensions", "sequences", "functions", "views", "triggers", "policies"]);
  expect((await compareModels({ connect, schema })).detected, text).toEqual([]);
});

test("what has the name of a word of the language, or of what the file imports, has another variable", async () => {
  await using database = await createTestDatabase();
  await database.query(`create sequence arguments; create sequence eval; create sequence undefined;
    create sequence daterange; create sequence tstzmultirange;
    create type constructor as (a int);
    create table stays (id int primary key, during daterange, free tstzmultirange, how constructor)`);
  const connect = connectOptions({ url: database.url });
  const file = join(directory, "words.ts");
  const { text } = await pullToFile({ connect, file });
  for (const name of ["arguments", "eval", "undefined", "daterange", "tstzmultirange"]) {
    expect(text).toContain(`export const ${name}Sequence = pgSequence("${name}");\n`);
  }
  expect(text).toContain('  how: customType<string>({ type: "constructor" }).nullable(),\n');
  const { schema } = (await import(/* @vite-ignore */ file)) as { readonly schema: Schema };
  expect((await compareModels({ connect, schema })).detected, text).toEqual([]);
});
