import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { createTestDatabase } from "../../../test/database.ts";
import { readBackendSettings } from "../src/settings.ts";
import { Installation } from "./program.ts";

let installation: Installation;
beforeAll(() => {
  installation = new Installation();
});
afterAll(() => Installation.disposeAll());

async function failure(env: Record<string, string>): Promise<string> {
  const program = installation.run(env);
  expect(await program.exited).toEqual({ code: 1, signal: null });
  expect(program.stdout).toBe("");
  expect(program.stderr).not.toMatch(/^ +at |node:internal/m);
  expect(installation.postmaster).toBe(undefined);
  return program.stderr;
}
const serverUrl = (change: (url: URL) => void): string => {
  const url = new URL(inject("serverUrl"));
  change(url);
  return url.href;
};

it("reports every wrong setting at once, without its secrets", async () => {
  const said = await failure({
    DATABASE_URL: "mysql://me:very-secret@db:99999/app?x=1",
    DB_POLL_SIZE: "5",
    DB_POOL_TIMEOUT: "soon",
    PORT: "eighty",
    ENVIRONMENT: "prod",
    LOG_LEVEL: "loud",
  });
  expect(said).toMatch(/DATABASE_URL has the scheme "mysql"; expected postgresql/);
  expect(said).toMatch(/DATABASE_URL has the port "?99999"?/);
  expect(said).toMatch(/DB_POLL_SIZE is not a setting; did you mean DB_POOL_SIZE\?/);
  expect(said).toMatch(/DB_POOL_TIMEOUT must be a number, at least 0, at most 2147483, not "soon"/);
  expect(said).toMatch(/PORT must be a whole number, at least 0, at most 65535, not "eighty"/);
  expect(said).toMatch(
    /ENVIRONMENT must be one of development, testing, staging, production, not "prod"; did you mean production\?/,
  );
  expect(said).toMatch(/LOG_LEVEL must be one of fatal, .*, not "loud"/);
  expect(said).not.toContain("very-secret");
});

it("takes no development server where DATABASE_URL is misspelt", () => {
  expect(() => readBackendSettings({ DATABSE_URL: "postgresql://u:p@h/d" })).toThrow(
    "DATABSE_URL is not a setting; did you mean DATABASE_URL?",
  );
});

it.each(["staging", "production"])("wants DATABASE_URL in %s", (ENVIRONMENT) => {
  expect(() => readBackendSettings({ ENVIRONMENT })).toThrow(/DATABASE_URL is not set; expected postgresql:/);
});

it.each([
  ["password", (url: URL) => Object.assign(url, { password: "very-secret" }), /password/],
  ["database", (url: URL) => Object.assign(url, { pathname: "/nowhere", password: url.password }), /nowhere/],
] as const)("says what is wrong with DATABASE_URL's %s", async (_part, change, expected) => {
  const said = await failure({ DATABASE_URL: serverUrl(change), DB_START_TIMEOUT: "0" });
  expect(said).toMatch(expected);
  expect(said).not.toContain("very-secret");
  expect(said).not.toContain(new URL(inject("serverUrl")).password);
});

it("waits for a server that is not there yet, then says what it tried", async () => {
  const program = installation.run({
    DATABASE_URL: serverUrl((url) => Object.assign(url, { port: "1", password: "very-secret" })),
    DB_START_TIMEOUT: "0.5",
  });
  expect((await program.exited).code).toBe(1);
  expect(program.stdout).toMatch(/waiting for the database/);
  expect(program.stderr).toMatch(
    /127\.0\.0\.1:1[\s\S]*It was tried for 0\.5 s \(DB_START_TIMEOUT\):\n +- \d+ times: nothing listens there/,
  );
  expect(program.stdout + program.stderr).not.toContain("very-secret");
});

it("uses the database that DATABASE_URL names, in SQLAlchemy's spelling and from a .env file, and starts no server", async () => {
  await using database = await createTestDatabase();
  const url = database.url.replace(/^postgres(ql)?:/, "postgresql+asyncpg:");
  const file = join(installation.directory, ".env");
  writeFileSync(file, `DATABASE_URL="${url}"\nENVIRONMENT=testing\n`);
  try {
    const program = installation.run({}, { cwd: "dist" });
    const address = await program.serving();
    expect(program.stdout).toContain("HypertroQ runs (testing)");
    expect(program.stdout).not.toContain(new URL(database.url).password);
    expect((await fetch(`${address}/health/ready`)).status).toBe(200);
    expect(await database.query("select 1 from users")).toEqual([]); // people are made up in development only
    expect(installation.postmaster).toBe(undefined);
    program.kill("SIGTERM");
    expect((await program.exited).code).toBe(0);
  } finally {
    writeFileSync(file, "");
  }
});

it("neither migrates nor fills a database in production, and says what to run", async () => {
  await using database = await createTestDatabase();
  const program = installation.run({ ENVIRONMENT: "production", DATABASE_URL: database.url });
  const answer = await fetch(`${await program.serving()}/health/ready`);
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({ detail: expect.stringContaining("Run: npx hypertroq upgrade head") });
  expect(await database.query("select 1 from pg_class where relnamespace = 'public'::regnamespace")).toEqual([]);
  program.kill("SIGTERM");
  expect((await program.exited).code).toBe(0);
});

it("serves a database that is newer than the code, says so, and writes nothing to it", async () => {
  await using database = await createTestDatabase();
  await database.query("create table alembic_version (version_num varchar(32) primary key)");
  await database.query("insert into alembic_version values ('f00dfeed0001')");
  const program = installation.run({ DATABASE_URL: database.url });
  const answer = await fetch(`${await program.serving()}/health/ready`);
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({ detail: expect.stringMatching(/newer than this code.*f00dfeed0001/) });
  expect(program.stdout).toContain("f00dfeed0001");
  expect(await database.query("select version_num from alembic_version")).toEqual([{ version_num: "f00dfeed0001" }]);
  expect(await database.query("select relname from pg_class where relname = 'users'")).toEqual([]);
  program.kill("SIGTERM");
  expect((await program.exited).code).toBe(0);
});
