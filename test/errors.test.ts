import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const path = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));

/** The codes that classes declare: `readonly code = "…"`, also where a subclass overrides it or widens its type. */
function codesIn(folder: string): string[] {
  return readdirSync(path(folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) => [
      ...readFileSync(path(`${folder}/${file}`), "utf8").matchAll(/readonly code(?:: string)? = "([A-Z_]+)"/g),
    ])
    .map((match) => match[1]!);
}

const documented = [...readFileSync(path("docs/errors.md"), "utf8").matchAll(/^### `([A-Z_]+)`$/gm)].map(
  (match) => match[1]!,
);

it("documents every error code, and no code that does not exist", () => {
  const codes = codesIn("packages/database/src").sort();
  expect(codes.length).toBeGreaterThan(30);
  expect(new Set(codes).size).toBe(codes.length);
  expect([...documented].sort()).toEqual(codes);
});
