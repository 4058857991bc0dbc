import { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import { afterAll, expect, it } from "vitest";
import { sample } from "../../../test/sample.ts";
import { expectGone, Installation } from "./program.ts";
import { slowRequest } from "./slow-requests.ts";
import { newUser } from "./support.ts";

afterAll(() => Installation.disposeAll());

const UNDER_NPM = [
  ["SIGTERM", "process"],
  ["SIGINT", "group"],
] as const;

it.each(sample(UNDER_NPM, 1))("stops under npm start on %s to npm's %s", async (signal, to) => {
  await using installation = new Installation();
  const program = installation.run({}, { command: ["npm", "start", "--silent"] });
  const url = await program.serving();
  const server = installation.postmaster;
  const { ownerPid: node } = (await EmbeddedPostgres.find(installation.dataDir))!;
  await using slow = await slowRequest(installation, url);
  program.kill(signal, to);
  await expect.poll(async () => (await fetch(`${url}/health/ready`)).status).toBe(503);
  await slow.release();
  expect((await slow.answer).status).toBe(200);
  await program.exited;
  await expectGone(program.pid, node, server);
});

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

it.each(sample(SIGNALS, 1))(
  "finishes the requests under way on %s to all of its process group, refuses others, and says that it is not ready",
  async (signal) => {
    await using installation = new Installation();
    const program = installation.run();
    const url = await program.serving();
    const server = installation.postmaster;
    await using slow = await slowRequest(installation, url);
    program.kill(signal, "group");
    await new Promise((resolve) => setTimeout(resolve, 20)); // two at the very same moment would be one to the kernel
    program.kill(signal); // from npm, after the terminal: that is one signal
    await expect.poll(async () => (await fetch(`${url}/health/ready`)).status).toBe(503);
    expect(await (await fetch(`${url}/health/ready`)).json()).toMatchObject({ detail: "This process is stopping." });
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    const refused = await fetch(`${url}/api/v1/users`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(newUser()),
    });
    expect([refused.status, refused.headers.get("retry-after"), refused.headers.get("connection")]).toEqual([
      503,
      "1",
      "close",
    ]);
    await slow.release();
    expect((await slow.answer).status).toBe(200);
    expect(await program.exited).toEqual({ code: 0, signal: null });
    await expectGone(program.pid, server);
    await expect(fetch(url)).rejects.toThrow();
  },
);

const CODES = [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const;

it.each(sample(CODES, 1))(
  "ends at once on a second %s, with exit code %i and the server stopped",
  async (signal, code) => {
    await using installation = new Installation();
    const program = installation.run();
    const url = await program.serving();
    const server = installation.postmaster;
    await using _slow = await slowRequest(installation, url);
    program.kill(signal);
    const impatient = setInterval(() => program.kill(signal), 100);
    const { code: exited } = await program.exited;
    clearInterval(impatient);
    expect(exited).toBe(code);
    await expectGone(program.pid, server);
  },
);
