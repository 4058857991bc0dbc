import { readFileSync } from "node:fs";
import * as embedded from "@hypertroq/embedded-postgres";
import { expect, test } from "vitest";

test("the README lists every error class and no other", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const listed = [...readme.matchAll(/^\| `[A-Z_]+` \| `(\w+)` \|/gm)].map(([, name]) => name);
  const exported = Object.entries(embedded)
    .filter(([, value]) => typeof value === "function" && value.prototype instanceof embedded.EmbeddedPostgresError)
    .map(([name]) => name);
  expect(listed.sort()).toEqual(exported.sort());
});
