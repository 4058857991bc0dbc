import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { array, citext, defineSchema, integer, Model, pgEnum, sql, text } from "../../src/index.ts";
import { autogenerate, compareModels } from "../../src/migrations/index.ts";
import { migratorOf } from "./migrator-of.ts";
import { temporaryApp } from "./temporary-app.ts";

const mood = pgEnum("mood", ["sad", "ok"]);
const word = pgEnum("text", ["a"], { schema: "app" });

class Friend extends Model.define({
  id: integer().primaryKey().default(sql`nextval('numbers')`),
  email: citext().index(),
  mood: mood().default("ok"),
  moods: array(mood()).default(["sad"]),
  word: word().default("a"),
  code: text().default(sql`make_code()`),
  friendId: integer().references(() => Friend.c.id),
}) {}

test("names without a schema mean what they mean on the connection; functions, sequences, extensions are there", async () => {
  await using app = await temporaryApp();
  await using database = await createTestDatabase();
  await database.query(`create schema app; create schema tools; create extension citext schema tools;
    create sequence app.numbers; create function tools.make_code() returns text language sql as $$ select 'x' $$;
    drop schema public`);
  await database.query(`alter database ${database.name} set search_path = "$user", nowhere, app, tools`);
  const options = { connect: connectOptions({ url: database.url }), schema: defineSchema({ Friend }) };
  const { detected, revision } = await autogenerate({ ...options, directory: app.migrations, message: "friends" });
  expect(detected).toEqual([
    "Detected added enum 'mood'",
    "Detected added enum 'app.text'",
    "Detected added table 'friends'",
    "Detected added index 'ix_friends_email' on 'friends'",
    "Detected added foreign key 'fk_friends_friend_id_friends' on 'friends'",
  ]);
  expect(await readFile(revision!.file, "utf8")).toContain(`
  op.createTable("friends", {
    columns: {
      id: { type: "integer", default: "nextval('app.numbers'::regclass)" },
      email: { type: "tools.citext" },
      mood: { type: "mood", default: "'ok'" },
      moods: { type: "mood[]", default: "'{sad}'" },
      word: { type: "app.text", default: "'a'" },
      code: { type: "text", default: "tools.make_code()" },
      friend_id: { type: "integer" },
    },
`);
  const { migrator } = migratorOf(app, database);
  await migrator.upgrade();
  expect((await compareModels(options)).detected).toEqual([]);
  await migrator.downgrade("base");
  expect((await compareModels(options)).detected).toEqual(detected);
});
