import { randomUUID } from "node:crypto";
import { verify } from "@node-rs/bcrypt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectProblem, newUser, startTestApp, type TestApp } from "./support.ts";

let test: TestApp;
beforeAll(async () => {
  test = await startTestApp();
});
afterAll(() => test[Symbol.asyncDispose]());

const post = (payload: unknown) =>
  test.app.inject({ method: "POST", url: "/api/v1/users", payload: payload as object });
const patch = (id: string, payload: unknown) =>
  test.app.inject({ method: "PATCH", url: `/api/v1/users/${id}`, payload: payload as object });
const get = (url: string) => test.app.inject({ method: "GET", url });
const rows = () => test.database.query("select * from users order by id");

interface Body {
  readonly id: string;
  readonly email: string;
  readonly full_name: string | null;
  readonly is_active: boolean;
  readonly updated_at: string;
}
const added = async (changes: object = {}): Promise<Body> => (await post(newUser(changes))).json();

describe("adding a user", () => {
  it("answers 201 with the user and its path, and stores it with a bcrypt hash", async () => {
    const answer = await post({ email: "Mira@Example.com", password: "Grüße, 世界!", full_name: "Mira 😀" });
    expect(answer.statusCode).toBe(201);
    const user = answer.json();
    expect(user).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      email: "Mira@Example.com",
      full_name: "Mira 😀",
      is_active: true,
      is_superuser: false,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      updated_at: expect.any(String),
    });
    expect(answer.headers["location"]).toBe(`/api/v1/users/${user.id}`);
    expect((await get(answer.headers["location"]!)).json()).toEqual(user);
    const [row] = await test.database.query<{ hashed_password: string }>("select * from users where id = $1", [
      user.id,
    ]);
    expect(row!.hashed_password).toMatch(/^\$2b\$04\$/);
    expect(await verify("Grüße, 世界!", row!.hashed_password)).toBe(true);
  });

  it("takes a user without a name", async () => {
    expect((await added()).full_name).toBeNull();
    expect((await added({ full_name: null })).full_name).toBeNull();
  });

  it("refuses an e-mail address that is taken, and takes one that differs in case", async () => {
    const { email } = await added({ email: "taken@example.com" });
    const problem = expectProblem(await post(newUser({ email })), 409);
    expect(problem).toMatchObject({
      type: "urn:hypertroq:problem:email-taken",
      errors: [{ pointer: "/email", detail: "belongs to another user" }],
    });
    expect((await post(newUser({ email: "TAKEN@example.com" }))).statusCode).toBe(201);
  });

  it("refuses all but one of many who ask for one address at the same time", async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => post(newUser({ email: "race@example.com" }))));
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([201, ...Array(11).fill(409)]);
    expect(await test.database.query("select 1 from users where email = 'race@example.com'")).toHaveLength(1);
  });

  it("counts a password's length in bytes, and takes 72 of them", async () => {
    const problem = expectProblem(await post(newUser({ password: `${"é".repeat(36)}x` })), 422);
    expect(problem.errors).toEqual([{ pointer: "/password", detail: "must not be longer than 72 bytes as UTF-8" }]);
    expect((await post(newUser({ password: "é".repeat(36) }))).statusCode).toBe(201);
  });

  it("lists everything that is wrong with a body, and stores nothing", async () => {
    const before = await rows();
    const answer = await post({
      email: `not an address ${"x".repeat(255)}`,
      password: "short",
      full_name: 7,
      is_superuser: true,
      "odd/na~me": null,
    });
    const { errors, type } = expectProblem(answer, 422);
    expect(type).toBe("urn:hypertroq:problem:invalid-input");
    const at = (pointer: string) => errors!.filter((error) => error.pointer === pointer).map(({ detail }) => detail);
    expect(at("/email").sort()).toEqual(["must be an e-mail address", "must not have more than 255 characters"]);
    expect(at("/password")).toEqual(["must not have fewer than 8 characters"]);
    expect(at("/full_name")).toEqual(["must be either string or null"]);
    expect(at("/is_superuser")).toEqual(["is not known here"]);
    expect(at("/odd~1na~0me")).toEqual(["is not known here"]);
    expect(errors).toHaveLength(6);
    expect(await rows()).toEqual(before);
  });

  it.each([
    ["nothing", {}, ["/email", "/password"]],
    ["an array", [], [""]],
    ["null", null, [""]],
    ["a name longer than 255 characters", newUser({ full_name: "😀".repeat(256) }), ["/full_name"]],
    ["a name with NUL", newUser({ full_name: "a\0b" }), ["/full_name"]],
    ["a password with NUL", newUser({ password: "long enough\0" }), ["/password"]],
    ["a name with half a character", newUser({ full_name: "a\ud800b" }), ["/full_name"]],
    ["an address that is null", newUser({ email: null }), ["/email"]],
    ["an address with a line break", newUser({ email: "a@example.com\n" }), ["/email"]],
    ["a number as text where text is asked for", newUser({ password: 1234567890 }), ["/password"]],
    ["is_superuser", newUser({ is_superuser: false }), ["/is_superuser"]],
    ["hashed_password", newUser({ hashed_password: "x" }), ["/hashed_password"]],
    ["id", newUser({ id: randomUUID() }), ["/id"]],
  ])("refuses %s", async (_what, body, pointers) => {
    const before = await rows();
    const answer = await test.app.inject({
      method: "POST",
      url: "/api/v1/users",
      headers: { "content-type": "application/json" },
      payload: JSON.stringify(body),
    });
    expect(expectProblem(answer, 422).errors!.map(({ pointer }) => pointer)).toEqual(pointers);
    expect(await rows()).toEqual(before);
  });

  it("takes a name of 255 characters outside the basic plane", async () => {
    expect((await post(newUser({ full_name: "😀".repeat(255) }))).statusCode).toBe(201);
  });
});

describe("reading, changing and deleting a user", () => {
  it("changes what is given and leaves the rest", async () => {
    const user = await added({ full_name: "Before" });
    const changed = await patch(user.id, { is_active: false });
    expect(changed.statusCode).toBe(200);
    expect(changed.json()).toEqual({ ...user, is_active: false, updated_at: expect.any(String) });
    expect(Date.parse(changed.json<Body>().updated_at)).toBeGreaterThan(Date.parse(user.updated_at));
    expect((await patch(user.id, { full_name: null })).json()).toMatchObject({ full_name: null, is_active: false });
    const email = `${randomUUID()}@example.com`;
    expect((await patch(user.id, { email, full_name: "After" })).json()).toMatchObject({ email, full_name: "After" });
  });

  it("answers 200 and writes nothing when nothing is to change", async () => {
    const user = await added();
    expect((await patch(user.id, {})).json()).toEqual(user);
    expect((await patch(user.id, { email: user.email, is_active: true })).json()).toEqual(user);
  });

  it("replaces the password's hash", async () => {
    const { id } = await added();
    expect((await patch(id, { password: "another password" })).statusCode).toBe(200);
    const [row] = await test.database.query<{ hashed_password: string }>("select * from users where id = $1", [id]);
    expect(await verify("another password", row!.hashed_password)).toBe(true);
  });

  it("refuses changes that creation would refuse, and keeps the user as it was", async () => {
    const other = await added();
    const user = await added();
    expectProblem(await patch(user.id, { email: other.email, full_name: "lost?" }), 409);
    const { errors } = expectProblem(
      await patch(user.id, { is_superuser: true, is_active: "yes", password: "x" }),
      422,
    );
    expect(errors!.map(({ pointer }) => pointer).sort()).toEqual(["/is_active", "/is_superuser", "/password"]);
    expect((await get(`/api/v1/users/${user.id}`)).json()).toEqual(user);
  });

  it("deletes a user for good", async () => {
    const { id } = await added();
    const answer = await test.app.inject({ method: "DELETE", url: `/api/v1/users/${id}` });
    expect({ status: answer.statusCode, body: answer.body }).toEqual({ status: 204, body: "" });
    expectProblem(await get(`/api/v1/users/${id}`), 404);
    expectProblem(await test.app.inject({ method: "DELETE", url: `/api/v1/users/${id}` }), 404);
    expectProblem(await patch(id, { is_active: true }), 404);
    expect(await test.database.query("select 1 from users where id = $1", [id])).toEqual([]);
  });

  it("answers 404 to the loser when two delete or one deletes what another changes", async () => {
    const { id } = await added();
    const remove = () => test.app.inject({ method: "DELETE", url: `/api/v1/users/${id}` });
    const answers = await Promise.all([remove(), remove(), remove()]);
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([204, 404, 404]);
  });

  it("refuses an id that is no UUID", async () => {
    for (const method of ["GET", "PATCH", "DELETE"] as const) {
      const answer = await test.app.inject({
        method,
        url: "/api/v1/users/42",
        ...(method === "PATCH" && { payload: {} }),
      });
      expect(expectProblem(answer, 422).errors).toEqual([{ parameter: "id", detail: "must be a UUID" }]);
    }
  });
});

describe("refusing what is no request for this API", () => {
  const send = (payload: string, type = "application/json") =>
    test.app.inject({ method: "POST", url: "/api/v1/users", headers: { "content-type": type }, payload });

  it.each([
    ["half a JSON text", '{"email": "a@b'],
    ["a body that is empty", ""],
    ["a key that changes prototypes", '{"__proto__": {"isAdmin": true}}'],
  ])("answers 400 to %s", async (_what, body) => {
    expectProblem(await send(body), 400);
  });

  it("answers 415 to another media type, 413 to a body too large, 405 with Allow to another method, 404 elsewhere", async () => {
    expectProblem(await send("email=a", "application/x-www-form-urlencoded"), 415);
    expectProblem(await send(JSON.stringify(newUser({ full_name: "x".repeat(20_000) }))), 413);
    const wrong = await test.app.inject({
      method: "PUT",
      url: "/api/v1/users",
      payload: "x",
      headers: { "content-type": "text/x" },
    });
    expectProblem(wrong, 405);
    expect(wrong.headers["allow"]).toBe("GET, HEAD, POST");
    expectProblem(await get("/api/v1/nothing"), 404);
    expectProblem(await get("/api/v1/users/%zz"), 400);
    expectProblem(await get(`/api/v1/users/${"x".repeat(500)}`), 414);
  });
});
