import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const source = fileURLToPath(new URL("../packages/database/src/", import.meta.url));

/** The rooms of the library, lowest first: a room imports itself and those before it. Files beside them come first. */
const ROOMS = [
  ".",
  "connection",
  "listening",
  "replicas",
  "query",
  "model",
  "session",
  "repository",
  "seeding",
  "monitoring",
  "testing",
  "migrations",
  "roles",
  "backup",
  "config",
  "adapters",
  "cli",
];

/** The library's face may name every room; nothing may import it. */
const FACE = "index.ts";

const files = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.split(sep).join("/"));

const room = (file: string): string => (file.includes("/") ? file.slice(0, file.indexOf("/")) : ".");

function imports(file: string): string[] {
  const text = readFileSync(join(source, file), "utf8");
  return [...text.matchAll(/(?:from|import\()\s*"([^"]+)"/g)].map((match) => match[1]!);
}

it("has only the rooms listed here", () => {
  expect([...new Set(files.map(room))].sort()).toEqual([...ROOMS].sort());
});

it("never reaches upward", () => {
  const upward: string[] = [];
  for (const file of files) {
    if (file === FACE) continue;
    for (const target of imports(file).filter((name) => name.startsWith("."))) {
      const imported = relative(source, resolve(dirname(join(source, file)), target));
      if (imported === FACE || ROOMS.indexOf(room(imported)) > ROOMS.indexOf(room(file))) {
        upward.push(`${file} imports ${imported}`);
      }
    }
  }
  expect(upward).toEqual([]);
});

it("knows nothing of the packages that use it", () => {
  const others = files.flatMap((file) =>
    imports(file)
      .filter((name) => /^@hypertroq\/(?!database\b)/.test(name))
      .map((name) => `${file} imports ${name}`),
  );
  expect(others).toEqual([]);
});

it("touches the driver in the connection room alone", () => {
  const elsewhere = files.filter((file) => room(file) !== "connection" && imports(file).includes("pg"));
  expect(elsewhere).toEqual([]);
});
