import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestApp, type TestApp } from "./support.ts";

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: object }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: object }> };
  readonly responses: Record<
    string,
    { readonly description: string; readonly content?: Record<string, { schema: object }> }
  >;
}
interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: {
    readonly schemas: Record<string, { readonly properties: Record<string, { examples?: unknown[] }> }>;
  };
}

let test: TestApp;
let text: string;
let document: Document;
beforeAll(async () => {
  test = await startTestApp();
  text = (await test.app.inject("/docs/json")).body;
  document = JSON.parse(text);
});
afterAll(() => test[Symbol.asyncDispose]());

it("describes every route of the contract and no other", () => {
  expect(document.openapi).toBe("3.1.0");
  const routes = Object.entries(document.paths).map(([path, item]) => `${path} ${Object.keys(item).sort().join(" ")}`);
  expect(routes.sort()).toEqual([
    "/api/v1/users get post",
    "/api/v1/users/{id} delete get patch",
    "/health/live get",
    "/health/ready get",
    "/health/startup get",
    "/metrics get",
  ]);
});

it("names and sums up each operation, and describes each answer; refusals are problem+json", () => {
  const operations = Object.values(document.paths).flatMap((item) => Object.values(item));
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  for (const { operationId, summary, responses } of operations) {
    expect(summary, operationId).toMatch(/\w/);
    for (const [status, { description, content }] of Object.entries(responses)) {
      expect(description, `${operationId} ${status}`).toMatch(/\w/);
      if (Number(status) >= 400) {
        expect(content, `${operationId} ${status}`).toEqual({
          "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
        });
      }
    }
  }
  expect(Object.keys(document.paths["/api/v1/users"]!["post"]!.responses)).toEqual([
    "201",
    "400",
    "409",
    "413",
    "415",
    "422",
    "429",
    "500",
    "503",
  ]);
});

it("resolves every reference, gives every field of a user an example or a description, and has no hash in it", () => {
  expect(Object.keys(document.components.schemas).sort()).toEqual(["Problem", "User", "UserPage"]);
  const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => target!);
  expect(references.length).toBeGreaterThan(20);
  for (const target of references) expect(document.components.schemas).toHaveProperty(target.split("/").at(-1)!);
  for (const property of Object.values(document.components.schemas["User"]!.properties)) {
    expect(Object.keys(property)).toEqual(expect.arrayContaining([expect.stringMatching(/examples|description/)]));
  }
  expect(text).not.toMatch(/hashed/i);
});

it("shows the bounds that requests are held to", () => {
  const { parameters } = document.paths["/api/v1/users"]!["get"]!;
  expect(parameters!.map(({ name }) => name)).toEqual(["limit", "after"]);
  expect(parameters![0]!.schema).toMatchObject({ type: "integer", minimum: 1, maximum: 100, default: 20 });
  const { schema } = document.paths["/api/v1/users"]!["post"]!.requestBody!.content["application/json"]!;
  expect(schema).toMatchObject({
    required: ["email", "password"],
    additionalProperties: false,
    properties: { password: { minLength: 8 }, email: { format: "email", maxLength: 255 } },
  });
});

it("serves its page and the page's parts from here", async () => {
  const page = await test.app.inject("/docs/");
  expect(page.statusCode).toBe(200);
  const parts = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url!);
  expect(parts.length).toBeGreaterThan(3);
  for (const url of parts) {
    const resolved = new URL(url, "http://here/docs/");
    expect(resolved.host).toBe("here");
    expect((await test.app.inject(resolved.pathname)).statusCode, url).toBe(200);
  }
  expect((await test.app.inject("/docs")).statusCode).toBeLessThan(400);
});
