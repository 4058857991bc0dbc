import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { sample } from "../../../test/sample.ts";
import { expectGone, Installation, type Program } from "./program.ts";
import { slowRequests } from "./slow-requests.ts";
import { newUser } from "./support.ts";

afterAll(() => Installation.disposeAll());

const json = { "content-type": "application/json" };
const post = (url: string, body: object) =>
  fetch(`${url}/api/v1/users`, { method: "POST", headers: json, body: JSON.stringify(body) });

async function emails(url: string): Promise<string[]> {
  const { items } = (await (await fetch(`${url}/api/v1/users?limit=100`)).json()) as { items: { email: string }[] };
  return items.map(({ email }) => email);
}

it("keeps users from one run to the next, adds people once, shares no port, leaves nothing running", async () => {
  await using installation = new Installation();
  const first = installation.run();
  let url = await first.serving();
  expect(first.stdout).toMatch(
    /Docs +http:\S+\/docs\n +Dashboard +http:\S+\/ops\n +Database +postgresql:\S+:\*\*\*@\S+ \(embedded\)/,
  );
  expect(await emails(url)).toHaveLength(5);
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  const user = newUser() as { email: string };
  expect((await post(url, user)).status).toBe(201);
  const server = installation.postmaster;
  first.kill("SIGTERM");
  expect(await first.exited).toEqual({ code: 0, signal: null });
  await expectGone(first.pid, server);
  expect(first.stderr).toBe("");
  expect(first.stdout.match(/Added 5 users/g)).toHaveLength(1);

  const second = installation.run({}, { cwd: "migrations/versions" });
  url = await second.serving();
  expect(await emails(url)).toHaveLength(6);
  expect(await emails(url)).toContain(user.email);
  expect(second.stdout).not.toContain("Added");
  const third = installation.run({ PORT: new URL(url).port });
  expect((await third.exited).code).toBe(1);
  expect(third.stderr).toMatch(/another program listens there/);
  expect(await emails(url)).toHaveLength(6);
  second.kill("SIGTERM");
  expect((await second.exited).code).toBe(0);

  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as { port: number };
  const fourth = installation.run({ PORT: String(port) });
  expect(await fourth.exited).toEqual({ code: 1, signal: null });
  expect(fourth.stderr).toBe(
    `Cannot listen on 127.0.0.1, port ${port}: another program listens there; end it or set PORT to another number.\n`,
  );
  expect(installation.postmaster).toBe(undefined);
  other.close();
});

it("keeps every user it has answered for when it is killed, and exits with the server's own words when that dies", async () => {
  await using installation = new Installation();
  const killed = installation.run();
  const url = await killed.serving();
  const users = Array.from({ length: 4 }, () => newUser() as { email: string });
  for (const user of users) expect((await post(url, user)).status).toBe(201);
  killed.kill("SIGKILL");
  await killed.exited;
  const again = installation.run();
  expect(await emails(await again.serving())).toEqual(expect.arrayContaining(users.map(({ email }) => email)));
  process.kill(installation.postmaster!, "SIGQUIT");
  expect((await again.exited).code).toBe(1);
  expect(again.stderr).toMatch(/PostgreSQL .*stopped[\s\S]*received immediate shutdown request/);
  expect(again.stderr).not.toMatch(/^ +at /m);
});

/** Milliseconds, from Node's own beginning to the server's that it starts. */
const WAITS = Array.from({ length: 13 }, (_, index) => 100 + 75 * index);

it("leaves nothing running when it is stopped while it starts", async () => {
  await using installation = new Installation();
  for (const wait of sample(WAITS, 2)) {
    const program = installation.run();
    await new Promise((resolve) => setTimeout(resolve, wait));
    program.kill("SIGTERM");
    // Before it has said what to do with signals, Node does as every program: it dies of them.
    expect([
      { code: 0, signal: null },
      { code: null, signal: "SIGTERM" },
    ]).toContainEqual(await program.exited);
    expect(installation.postmaster).toBe(undefined);
    expect(program.stderr).toBe("");
  }
});

function logged(program: Program, text: string): string[] {
  return program.stdout.split("\n").filter((line) => line.startsWith("{") && line.includes(text));
}

it("is recognised by `hypertroq doctor`, and stops with 1, its requests finished, after an error that nothing caught", async () => {
  await using installation = new Installation();
  const bomb = "process.on('SIGUSR2', () => { throw new Error('from nowhere') })";
  const backend = installation.run({ NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(bomb)}` });
  const url = await backend.serving();
  const server = installation.postmaster;
  await using requests = await slowRequests(installation, url, 3);
  writeFileSync(join(installation.directory, "hypertroq.config.mjs"), "export default {};\n");
  const program = join(installation.directory, "node_modules/@hypertroq/database/bin/hypertroq.js");
  const doctor = installation.run(
    { DATABASE_URL: await installation.databaseUrl() },
    { command: [process.execPath, program, "doctor", "--json"] },
  );
  expect(await doctor.exited).toEqual({ code: 0, signal: null });
  const { applicationName, activity, observed } = JSON.parse(doctor.stdout);
  expect(activity).toContainEqual({
    application: applicationName,
    database: "hypertroq",
    isOwn: true,
    state: "active",
    count: 3,
  });
  expect(observed).toMatchObject({ busy: 3, demand: 3 });
  backend.kill("SIGUSR2");
  await expect.poll(async () => (await fetch(`${url}/health/ready`)).status).toBe(503);
  await requests.release();
  for (const answer of requests.answers) expect((await answer).status).toBe(200);
  expect((await backend.exited).code).toBe(1);
  expect(logged(backend, "from nowhere")).toHaveLength(1);
  await expectGone(backend.pid, server);
});
