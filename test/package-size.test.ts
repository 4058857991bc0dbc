import { statSync } from "node:fs";
import { expect, it } from "vitest";
import { modulesOf } from "./loaded-modules.ts";
import { link, Outside, packOnce } from "./packed.ts";

/**
 * What the packages may weigh. Who raises a number writes the reason beside it; who has made something smaller by a tenth
 * lowers it.
 */
const BUDGET: Readonly<Record<string, readonly [limit: number, why: string]>> = {
  "@hypertroq/database, packed, kB": [
    620,
    "two thirds are code: migrations more than half of it; a third is declarations",
  ],
  "@hypertroq/database, unpacked, kB": [2220, "code without docstrings, declarations with them"],
  "@hypertroq/database, files": [440, "some 260 declarations, 150 parts of the code, the app that init writes"],
  "@hypertroq/embedded-postgres, packed, kB": [28, "the supervisor; binaries are packages of their own"],
  "@hypertroq/embedded-postgres, unpacked, kB": [95, "the same; a server that dies under its owner is the next one's"],
  "@hypertroq/embedded-postgres, files": [15, "one of code, eleven declarations"],
  "create-hypertroq, packed, kB": [2, "a program of 35 lines; the app is in @hypertroq/database"],
  "create-hypertroq, unpacked, kB": [4, "the same"],
  "create-hypertroq, files": [4, "the program, and what npm shows"],
  "packages that @hypertroq/database brings, itself too": [
    21,
    "pg brings 13 of them; docs/dependencies.md has the others",
  ],
  'import "@hypertroq/database", kB of the package': [
    675,
    "models, queries, sessions, the pool, TypeBox; no migrations",
  ],
  'import "@hypertroq/database", kB of what it depends on': [165, "pg and what it needs"],
  'import "@hypertroq/database", files': [45, "a file takes longer to find than to compile: docs/adr/013-startup.md"],
};

it("is within its budget, which is no larger than need be", async () => {
  using app = new Outside();
  const packed = await packOnce();
  const actual: Record<string, number> = {};
  for (const { name, size, unpackedSize, files } of packed) {
    actual[`${name}, packed, kB`] = kilobytes(size);
    actual[`${name}, unpacked, kB`] = kilobytes(unpackedSize);
    actual[`${name}, files`] = files.length;
  }
  const database = packed.filter(({ name }) => name === "@hypertroq/database");
  actual["packages that @hypertroq/database brings, itself too"] = (await link(app.path, database)).length;

  const words = ["--input-type=module", "--eval", 'await import("@hypertroq/database")'];
  const { files } = await modulesOf(words, { cwd: app.path });
  const [own, others] = [
    files.filter((file) => file.startsWith(app.path)),
    files.filter((file) => !file.startsWith(app.path)),
  ];
  const weight = (list: readonly string[]): number =>
    kilobytes(list.reduce((sum, file) => sum + statSync(file).size, 0));
  actual['import "@hypertroq/database", kB of the package'] = weight(own);
  actual['import "@hypertroq/database", kB of what it depends on'] = weight(others);
  actual['import "@hypertroq/database", files'] = files.length;

  expect(Object.keys(actual)).toEqual(Object.keys(BUDGET));
  const wrong = Object.entries(actual).filter(([what, is]) => is > BUDGET[what]![0] || is < 0.9 * BUDGET[what]![0]);
  expect(Object.fromEntries(wrong)).toEqual({});
});

const kilobytes = (bytes: number): number => Math.ceil(bytes / 1000);
