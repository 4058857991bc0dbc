import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "./database.ts";
import { blocksOf, GUIDES, ROOT } from "./docs/blocks.ts";
import { Modules } from "./docs/modules.ts";
import { NOT_RUN } from "./docs/not-run.ts";
import { runGuide } from "./docs/run-guide.ts";
import { sample } from "./sample.ts";

const blocks = GUIDES.flatMap(blocksOf).filter(({ language }) => ["ts", "sql"].includes(language));
const notRun = blocks.filter((block) =>
  NOT_RUN.some(({ guide, has }) => guide === block.guide && block.text.includes(has)),
);
const run = blocks.filter((block) => !notRun.includes(block));

let database: TestDatabase;
let modules: Modules;
let complaints: readonly string[];
const here = process.cwd();

beforeAll(async () => {
  database = await createTestDatabase();
  modules = new Modules(blocks.filter(({ language }) => language === "ts"));
  complaints = await modules.compile();
}, 300_000);
afterAll(async () => {
  process.chdir(here);
  modules[Symbol.dispose]();
  await database.drop();
});

test("what the guides show in TypeScript compiles", () => {
  expect(complaints).toEqual([]);
});

const guides = [...new Set(run.map(({ guide }) => guide))];
const isRule = (guide: string): boolean => guide.startsWith("docs/lint/");
const some = [...guides.filter((guide) => !isRule(guide)), ...sample(guides.filter(isRule), 4)];

test.each(some)("what %s shows runs", async (guide) => {
  await runGuide(
    run.filter((block) => block.guide === guide),
    modules,
    database,
  );
});

test("what is not run is there, each by itself, and so is what runs it elsewhere", () => {
  for (const { guide, has, why } of NOT_RUN) {
    expect(blocks.filter((one) => one.guide === guide && one.text.includes(has))).toHaveLength(1);
    for (const [file] of why.matchAll(/\S+\.ts/g)) expect(existsSync(join(ROOT, file))).toBe(true);
  }
});
