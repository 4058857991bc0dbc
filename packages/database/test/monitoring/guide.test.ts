import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { describeCheckUp } from "../../src/cli/describe-check-up.ts";
import { backupRules, checkUp, DEFAULT_RULES } from "../../src/monitoring/index.ts";
import { temporaryApp } from "../migrations/temporary-app.ts";

const REPOSITORY = join(import.meta.dirname, "../../../..");
const guide = readFileSync(join(REPOSITORY, "docs/monitoring.md"), "utf8");

it("its table has all rules, with the limits that they have", () => {
  const none = async () => undefined;
  const rules = [...DEFAULT_RULES, ...backupRules({ newestGood: none, newestDrill: none })];
  const written = (value: number | undefined, unit: string) =>
    value === undefined ? "" : unit === "s" || unit === "ms" ? `${value} ${unit}` : `${value}`;
  const lines = rules.map(({ id, title, unit, warning, critical, floor }) =>
    ["", `\`${id}\``, written(warning, unit), written(critical, unit), written(floor, "count"), title, ""]
      .map((cell) => ` ${cell} `.replace(/^ {2}$/, " "))
      .join("|")
      .trim(),
  );
  expect(guide.split("\n").filter((line) => /^\| `[a-z-]+` \|.*\|.*\|.*\|.*\|$/.test(line))).toEqual(lines);
});

it("its program says what it says that it says", async () => {
  await using app = await temporaryApp();
  await using database = await createTestDatabase();
  await symlink(join(REPOSITORY, "node_modules"), join(app.root, "node_modules"));
  await app.write("package.json", '{ "type": "module" }');
  const [, program] = /^```ts\n\/\/ src\/watch\.ts\n(.*?)^```/ms.exec(guide)!;
  const [, output] = /^\$ node src\/watch\.ts\n(.*?)^```/ms.exec(guide)!;
  await app.write("src/watch.ts", program!);
  // Node 20 runs no TypeScript; the guide's reader has a newer one, or builds.
  const jiti = join(REPOSITORY, "node_modules/.bin/jiti");
  const { stdout } = await promisify(execFile)(jiti, ["src/watch.ts"], {
    cwd: app.root,
    env: { ...process.env, DATABASE_URL: database.url },
  });
  expect(stdout).toBe(output);
});

it("doctor says what it says that doctor says", async () => {
  await using database = await createTestDatabase();
  await database.query("create table tickets (id serial)");
  await database.query("alter sequence tickets_id_seq maxvalue 100; select setval('tickets_id_seq', 95)");
  const [, block] = /^```text\n(critical: .*?)^```/ms.exec(guide)!;
  const lines = [...describeCheckUp(await checkUp({ url: database.url }))];
  expect(`${lines.join("\n")}\n`).toContain(block);
});
