import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Cluster } from "../../../../test/cluster.ts";
import { temporaryApp } from "../migrations/temporary-app.ts";
import { hypertroqEach } from "./hypertroq.ts";

const LIBRARY = fileURLToPath(new URL("../../bundle/index.js", import.meta.url));

/** A standby takes nothing, not even what is temporary. */
test("check tells on a standby what the catalog tells, and else what it needs", async () => {
  await using cluster = await Cluster.start(1);
  const { primary } = cluster;
  const standby = cluster.replicas[0]!;
  await primary.query(
    `create type mood as enum ('sad', 'ok'); create table things (id integer primary key, name text not null default 'it''s',
       mood mood not null default 'ok', at timestamptz not null default now())`,
  );
  await cluster.caughtUp();
  await using app = await temporaryApp();
  await app.write("migrations/versions/.gitkeep", "");
  await app.write(
    "hypertroq.config.mjs",
    "export default { schema: async () => (await import(process.env.MODELS)).schema };\n",
  );
  const models = (name: string, at: string): Promise<string> =>
    app.write(
      name,
      `import { Model, defineSchema, integer, pgEnum, sql, text, timestamptz } from ${JSON.stringify(LIBRARY)};
const mood = pgEnum("mood", ["sad", "ok"]);
class Thing extends Model.define({ id: integer().primaryKey(), name: text().default("it's"), mood: mood().default("ok"),
  at: timestamptz().default(sql\`${at}\`) }) {}
export const schema = defineSchema({ Thing });\n`,
    );
  const [same, other] = [await models("same.mjs", "now()"), await models("other.mjs", "now() + interval '1 day'")];
  const check = (file: string, ...more: string[]) =>
    hypertroqEach([["check", ...more]], { cwd: app.root, env: { DATABASE_URL: standby.url, MODELS: file } });

  expect(await check(same)).toEqual([
    { code: 0, stdout: "Everything is applied, and as it was written.\n", stderr: "" },
  ]);
  const [asked] = await check(other);
  expect(asked).toMatchObject({ code: 1, stdout: "" });
  expect(asked!.stderr).toContain(
    "none can be created: cannot execute CREATE DATABASE in a read-only transaction. Let",
  );
  expect(asked!.stderr).toContain("--scratch URL");
  const found = { code: 1, stdout: "", stderr: "Detected server default on column 'things.at'\n" };
  expect(await check(other, "--scratch", primary.url)).toEqual([found]);
  expect(await primary.query("select datname from pg_database where datname like 'hypertroq%'")).toEqual([]);
});
