import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { Cluster } from "../../../../test/cluster.ts";
import { type ReplicaReport, surveyReplicas } from "../../src/replicas/survey.ts";
import { temporaryApp } from "../migrations/temporary-app.ts";
import { hypertroqEach, hypertroqWarm } from "./hypertroq.ts";

const LIBRARY = fileURLToPath(new URL("../../bundle/index.js", import.meta.url));

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start(1);
});
afterAll(() => cluster[Symbol.asyncDispose]());

/** What a look at the standby finds. */
async function look(replicaMaxLag = 10): Promise<ReplicaReport> {
  const options = { url: cluster.primary.url, replicas: [cluster.replicas[0]!.url], replicaMaxLag };
  return (await surveyReplicas(options, { seconds: 0.05 }))[0]!;
}

/** A transaction that leaves nothing but its place in the log. */
const write = () => cluster.primary.query("select pg_logical_emit_message(true, 'test', '')");

test("doctor: replicas with their lag, and what is wrong with those that serve nothing", async () => {
  const { primary } = cluster;
  const standby = cluster.replicas[0]!;
  const host = `127.0.0.1:${standby.server.port}`;
  const known = { host, inRecovery: true, finding: null };

  // It has replayed no transaction yet, so nothing tells of what time what it has not got is.
  await standby.pauseReplay();
  await write();
  expect(await look()).toMatchObject({ state: "lagging", lag: null, bytes: expect.any(Number) });
  expect((await look()).finding).toEqual({
    severity: "warning",
    message: expect.stringContaining(`${host} is behind, nothing tells by how much, and may be by 10 s (DB_REPLICA_`),
  });
  await standby.resume();
  await cluster.caughtUp();
  expect(await look()).toEqual({ ...known, state: "up", lag: 0, bytes: 0 });

  await standby.pauseReplay();
  await write();
  const behind = await look();
  expect(behind).toEqual({ ...known, state: "up", lag: expect.any(Number), bytes: expect.any(Number) });
  expect([behind.lag! >= 0.05, behind.bytes! > 0]).toEqual([true, true]);
  expect(await look(0.01)).toMatchObject({
    state: "lagging",
    finding: {
      severity: "warning",
      message: expect.stringMatching(/is behind, by up to \d+\.\d s, and may be by 0.01 s/),
    },
  });

  // What the rules say of the primary is another matter.
  await using app = await temporaryApp();
  const other = new URL(inject("serverUrl"));
  const gone = Object.assign(new URL(primary.url), { port: "1" });
  const REPLICA_URLS = [standby.url, primary.url, other.href, gone.href].join(",");
  const env = { DATABASE_URL: primary.url, REPLICA_URLS, DB_REPLICA_MAX_LAG: "600" };
  const { code, stdout } = await hypertroqWarm(["doctor"], { cwd: app.root, env });
  expect(code).toBe(1);
  const said = stdout.slice(stdout.indexOf("\nReplicas:\n"), stdout.indexOf("\nRules: "));
  expect(said.split("\n")).toEqual([
    "",
    "Replicas:",
    expect.stringMatching(new RegExp(`^ {2}${host}: in recovery, behind by \\d+ bytes and up to \\d+\\.\\d s$`)),
    `  127.0.0.1:${primary.server.port}: not in recovery, the primary itself`,
    `  ${other.host}: of another cluster`,
    "  127.0.0.1:1: cannot be asked",
    "",
    expect.stringMatching(
      /^critical: .* is a copy of another cluster .* Correct its URL in REPLICA_URLS, or make it anew/,
    ),
    expect.stringMatching(/^warning: 127\.0\.0\.1:1 cannot be asked: nothing listens there\. Check .* in REPLICA_URLS/),
    "",
  ]);
  expect(said).not.toContain("postgresql:");
  for (const { password } of [new URL(primary.url), other]) expect(stdout).not.toContain(password);
  await standby.resume();
});

/** A standby takes nothing, not even what is temporary. */
test("check tells on a standby what the catalog tells, and else what it needs", async () => {
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
  const found = {
    code: 1,
    stdout: "",
    stderr: expect.stringMatching(/^Detected server default on column 'things\.at'\n/),
  };
  expect(await check(other, "--scratch", primary.url)).toEqual([found]);
  expect(await primary.query("select datname from pg_database where datname like 'hypertroq%'")).toEqual([]);
});

test("doctor: a replica that was promoted takes writes beside the primary", async () => {
  await cluster.replicas[0]!.query("select pg_promote()");
  expect(await look()).toMatchObject({
    state: "primary",
    inRecovery: false,
    finding: {
      severity: "critical",
      message: expect.stringContaining("it takes writes itself, and so does the primary"),
    },
  });
});
