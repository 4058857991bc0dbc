import { expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { fingerprint } from "./fingerprint.ts";

test("privileges that are given and taken back leave nothing", async () => {
  await using database = await createTestDatabase();
  await database.query(`create schema app; create table app.t (a int); create sequence app.s; create type app.mood as enum ('ok');
    create function app.f() returns int language sql as 'select 1'`);
  const was = await fingerprint(database.url);
  for (const what of [
    "all on schema app",
    "all on app.t",
    "all on app.s",
    "all on type app.mood",
    "all on function app.f()",
  ]) {
    await database.query(`grant ${what} to pg_monitor; revoke ${what} from pg_monitor`);
  }
  const [{ written }] = (await database.query(
    "select relacl is not null written from pg_class where relname = 't'",
  )) as [{ written: boolean }];
  expect(written).toBe(true);
  expect(await fingerprint(database.url)).toEqual(was);
});
