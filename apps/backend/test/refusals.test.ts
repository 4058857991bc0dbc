import { connect } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { expectProblem, startTestApp, type TestApp } from "./support.ts";

let test: TestApp;
let port: number;
beforeAll(async () => {
  test = await startTestApp({ requestsPerMinute: 20 });
  port = Number(new URL(await test.app.listen({ host: "127.0.0.1", port: 0 })).port);
});
afterAll(() => test[Symbol.asyncDispose]());

it("answers 429 with Retry-After to a client that asks too often, wherever, and never to a probe", async () => {
  const from = (url: string) => test.app.inject({ url, remoteAddress: "203.0.113.7" });
  for (let i = 0; i < 10; i++) {
    expect((await from("/api/v1/users")).statusCode).toBe(200);
    expect((await from("/nothing")).statusCode).toBe(404);
  }
  for (const url of ["/api/v1/users", "/nothing"]) {
    const refused = await from(url);
    expect(expectProblem(refused, 429).type).toBe("urn:hypertroq:problem:too-many-requests");
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
  }
  for (const url of ["/health/live", "/health/ready", "/metrics"]) {
    for (let i = 0; i < 25; i++) expect((await from(url)).statusCode).toBe(200);
  }
  expect((await test.app.inject({ url: "/api/v1/users", remoteAddress: "203.0.113.8" })).statusCode).toBe(200);
});

it("does not believe a client that says who it is", async () => {
  const headers = (i: number) => ({ "x-forwarded-for": `198.51.100.${i}` });
  const ask = (i: number) =>
    test.app.inject({ url: "/api/v1/users", remoteAddress: "203.0.113.9", headers: headers(i) });
  for (let i = 0; i < 20; i++) await ask(i);
  expectProblem(await ask(20), 429);
});

it.each([
  ["what is not HTTP", "HELO mail.example.com\r\n\r\n", 400],
  ["headers without end", `GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(20_000)}\r\n\r\n`, 431],
])("answers %s with problem+json on the socket", async (_what, sent, status) => {
  const text = await new Promise<string>((resolve, reject) => {
    let received = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(sent));
    socket.on("data", (chunk) => {
      received += chunk;
    });
    socket.on("end", () => resolve(received));
    socket.on("error", reject);
  });
  const [head, body] = text.split("\r\n\r\n") as [string, string];
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} [\\s\\S]*Content-Type: application/problem\\+json`));
  expect(JSON.parse(body)).toMatchObject({ status, type: "about:blank" });
});

it("sends the headers that keep browsers careful, on refusals too", async () => {
  for (const url of ["/api/v1/users", "/nothing"]) {
    const { headers } = await test.app.inject({ url, remoteAddress: "203.0.113.10" });
    expect(headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "x-frame-options": "SAMEORIGIN",
      "content-security-policy": expect.stringContaining("default-src 'self'"),
    });
    expect(headers["access-control-allow-origin"]).toBe(undefined);
  }
});

it("shows neither hashes nor passwords in any answer or log line", async () => {
  const password = "Zx9-very-particular-password";
  const from = "203.0.113.11";
  const answers: string[] = [];
  const send = async (method: "POST" | "GET" | "PATCH" | "DELETE", url: string, payload?: object): Promise<string> => {
    const headers = { authorization: "Bearer very-particular-token" };
    const answer = await test.app.inject({ method, url, remoteAddress: from, headers, ...(payload && { payload }) });
    answers.push(answer.body, JSON.stringify(answer.headers));
    return answer.body;
  };
  const email = "scan@example.com";
  const { id } = JSON.parse(await send("POST", "/api/v1/users", { email, password }));
  await send("POST", "/api/v1/users", { email, password });
  await send("POST", "/api/v1/users", { email, password: password.repeat(3) });
  await send("POST", "/api/v1/users", { email, password, extra: password });
  await send("PATCH", `/api/v1/users/${id}`, { password: `${password}2` });
  await send("GET", "/api/v1/users");
  await send("GET", `/api/v1/users/${id}`);
  await send("GET", "/metrics");
  await send("GET", "/ops");
  await send("DELETE", `/api/v1/users/${id}`);
  const headers = { authorization: "Bearer very-particular-token" };
  test.app.log.error(
    { request: { headers, password }, user: { hashedPassword: password }, password },
    "a careless line",
  );
  expect(test.log.filter((line) => line.includes("a careless line") && line.includes("[redacted]"))).toHaveLength(1);
  expect(answers.join("\n")).not.toMatch(/hashed_?password|very-particular|\$2b\$/i);
  // DB_ECHO logs statements, which name the column; their values are not logged.
  expect(test.log.join("\n")).not.toMatch(/very-particular|\$2b\$/i);
});
