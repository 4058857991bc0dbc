import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../test/database.ts";
import { expectProblem, newUser, startTestApp, type TestApp } from "./support.ts";

const HEAD = "ddef93c02177";

interface Checks {
  readonly checks: {
    readonly database: { readonly ok: boolean; readonly detail: string };
    readonly revision: {
      readonly ok: boolean;
      readonly detail: string;
      readonly current: string[];
      readonly head: string[];
    };
  };
}
const ready = (test: TestApp) => test.app.inject("/health/ready");
async function notReady(test: TestApp): Promise<Checks["checks"] & { readonly detail: string }> {
  const answer = await ready(test);
  const { type, detail } = expectProblem(answer, 503);
  expect(type).toBe("urn:hypertroq:problem:not-ready");
  return { ...answer.json<Checks>().checks, detail };
}

describe("/health/ready", () => {
  let test: TestApp;
  beforeAll(async () => {
    test = await startTestApp();
  });
  afterAll(() => test[Symbol.asyncDispose]());

  it("is 200 with the database answering and at head", async () => {
    const answer = await ready(test);
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      status: "ready",
      checks: {
        database: { ok: true, detail: "The database answers." },
        revision: { ok: true, detail: "The database is at head.", current: [HEAD], head: [HEAD] },
      },
    });
  });

  it("has started from the first time on that it was ready, whatever comes after", async () => {
    const started = async (): Promise<number> => (await test.app.inject("/health/startup")).statusCode;
    await using fresh = await startTestApp({ migrate: false });
    expectProblem(await fresh.app.inject("/health/startup"), 503);
    expect(await started()).toBe(200);
    await test.database.query("delete from alembic_version");
    expect((await ready(test)).statusCode).toBe(503);
    expect(await started()).toBe(200);
    await test.database.query("insert into alembic_version values ($1)", [HEAD]);
  });

  it("follows the version rows: behind, newer, at head again", async () => {
    await test.database.query("delete from alembic_version");
    const behind = await notReady(test);
    expect(behind.detail).toMatch(
      /behind this code: it is at no revision, and head is ddef93c02177\. Run: npx hypertroq upgrade head/,
    );
    expect(behind).toMatchObject({ database: { ok: true }, revision: { ok: false, current: [], head: [HEAD] } });

    await test.database.query("insert into alembic_version values ('f00dfeed0001')");
    const newer = await notReady(test);
    expect(newer.detail).toMatch(/newer than this code.*at f00dfeed0001.*Deploy the code that has this revision/);
    expect(newer.revision).toMatchObject({ ok: false, current: ["f00dfeed0001"], head: [HEAD] });
    // Requests are served all the same: whether to send them is what the answer is for.
    expect((await test.app.inject("/api/v1/users")).statusCode).toBe(200);

    await test.database.query("update alembic_version set version_num = $1", [HEAD]);
    expect((await ready(test)).statusCode).toBe(200);
    const told = test.log.map((line) => JSON.parse(line).msg).filter((msg) => /ready/.test(msg));
    expect(told.slice(-3)).toEqual(["ready", "not ready", "ready"]);
  });

  it("is 503 while connections are all taken for longer than it waits, and takes one connection for many callers", async () => {
    await using small = await startTestApp({ database: test.database, options: { poolSize: 1 }, migrate: false });
    await small.manager.session(async (db) => {
      await db.sql`select 1`;
      const answers = await Promise.all(Array.from({ length: 5 }, () => notReady(small)));
      expect(
        answers.every(({ database }) => database.detail === "The database did not answer; the log says why."),
      ).toBe(true);
      expect(small.manager.pool.status().waiting).toBe(0);
    });
    expect((await ready(small)).statusCode).toBe(200);
  });

  it("is 503 while the process stops, when /health/live still is 200 and all else is refused", async () => {
    await using stopping = await startTestApp({ database: test.database, migrate: false });
    stopping.drain.start();
    expect(expectProblem(await ready(stopping), 503).type).toBe("urn:hypertroq:problem:stopping");
    expect((await stopping.app.inject("/health/live")).statusCode).toBe(200);
    const refused = await stopping.app.inject({ method: "POST", url: "/api/v1/users", payload: newUser() });
    expect(expectProblem(refused, 503).type).toBe("urn:hypertroq:problem:stopping");
    expect(refused.headers).toMatchObject({ connection: "close", "retry-after": "1" });
  });
});

describe("without a database", () => {
  let database: TestDatabase;
  let test: TestApp;
  beforeAll(async () => {
    database = await createTestDatabase();
    test = await startTestApp({ database, options: { connectTimeout: 1 }, migrate: false });
    await database.drop();
  });
  afterAll(() => test[Symbol.asyncDispose]());

  it("/health/live is 200 and asks for no connection", async () => {
    const answer = await test.app.inject("/health/live");
    expect({ status: answer.statusCode, body: answer.json() }).toEqual({ status: 200, body: { status: "alive" } });
    expect(test.manager.pool.status()).toMatchObject({ checkedIn: 0, checkedOut: 0 });
  });

  it("/health/ready is 503 and names neither host nor account, the log does", async () => {
    const { detail } = await notReady(test);
    expect(detail).toBe("The database did not answer; the log says why.");
    expect(test.log.join("")).toContain(database.name);
  });

  it("/metrics and /ops still answer", async () => {
    expect((await test.app.inject("/metrics")).statusCode).toBe(200);
    const ops = await test.app.inject({ url: "/ops", headers: { host: "127.0.0.1:8000" } });
    expect(ops.body).toContain("✗ does not answer");
  });
});
