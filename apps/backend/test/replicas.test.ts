import { afterAll, beforeAll, expect, it } from "vitest";
import { Cluster } from "../../../test/cluster.ts";
import { readBackendSettings } from "../src/settings.ts";
import { startTestApp, type TestApp } from "./support.ts";

let cluster: Cluster;
let test: TestApp;

beforeAll(async () => {
  cluster = await Cluster.start(1);
  const { primary } = cluster;
  const database = {
    name: "postgres",
    url: primary.url,
    query: primary.query.bind(primary),
    disconnect: async () => {},
    drop: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
  test = await startTestApp({ database: database as TestApp["database"], options: { replicas: cluster.replicaUrls } });
  await test.manager.start();
  await cluster.caughtUp();
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
});

const readiness = async () => (await test.app.inject("/health/ready")).json();
/** The cells of a replica's row on the dashboard, as text. */
const row = async (): Promise<readonly string[]> => {
  const page = (await test.app.inject("/ops")).body;
  const [, body = ""] = /<section id="replicas".*?<tbody>(.*?)<\/tbody>/s.exec(page) ?? [];
  return [...body.matchAll(/<td[^>]*>(.*?)<\/td>/gs)].map(([, cell]) => cell!.replaceAll(/<[^>]*>/g, ""));
};
const reads = () => test.manager.replicas()[0]!.reads;

it("takes replicas from REPLICA_URLS", () => {
  const REPLICA_URLS = "postgresql://a/b,postgresql://c/d";
  expect(readBackendSettings({ DATABASE_URL: "postgresql://e/f", REPLICA_URLS }).REPLICA_URLS).toBe(REPLICA_URLS);
});

it("reads from a replica, which has what this client has written", async () => {
  const list = async (cookie = "") => {
    const response = await test.app.inject({ url: "/api/v1/users", headers: { cookie } });
    return response.json<{ items: { email: string }[] }>().items.map(({ email }) => email);
  };
  expect(await list()).toEqual([]); // from here on the table is known to be a plain one
  const before = reads();
  expect(await list()).toEqual([]);
  expect(reads()).toBe(before + 1);
  const { port } = cluster.replicas[0]!.server;
  expect(await row()).toEqual([
    `127.0.0.1:${port}`,
    "✓ serves reads",
    expect.stringMatching(/ m?s$/),
    "0",
    "1",
    "0",
    "1",
    "0",
  ]);
  await cluster.replicas[0]!.pauseReplay();
  const payload = { email: "ada@example.com", password: "correct horse" };
  const created = await test.app.inject({ method: "POST", url: "/api/v1/users", payload });
  expect(created.statusCode).toBe(201);
  expect(await list()).toEqual([]);
  expect(await list((created.headers["set-cookie"] as string).split(";", 1)[0])).toEqual(["ada@example.com"]);
  await cluster.replicas[0]!.resume();
});

it("tells of replicas by its readiness, which does not depend on them", async () => {
  expect(await readiness()).toMatchObject({
    checks: { replicas: { ok: true, detail: "Reads go to 1 of 1 replicas." } },
  });
  await cluster.replicas[0]!.kill();
  const down = { ok: false, detail: "Reads go to 0 of 1 replicas." };
  await expect.poll(readiness).toMatchObject({ status: "ready", checks: { replicas: down } });
  const [host, state, behind] = await row();
  expect([host, behind]).toEqual([`127.0.0.1:${cluster.replicas[0]!.server.port}`, ""]);
  expect(state).toMatch(/^✗ down (?!.*postgresql:)\w/);
  expect((await test.app.inject("/api/v1/users")).statusCode).toBe(200);
});
