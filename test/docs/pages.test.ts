import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DatabaseManager } from "../../packages/database/src/index.ts";
import { replicaRules } from "../../packages/database/src/monitoring/alerts/rules/replicas.ts";
import { backupRules, DEFAULT_RULES } from "../../packages/database/src/monitoring/index.ts";
import { ROOT, read } from "./blocks.ts";

/** Of each row of the matrix what is said of us. */
const rows = read("docs/support-matrix.md")
  .split("\n")
  .filter((line) => line.split(" | ").length === 9 && !line.startsWith("| | "))
  .map((line) => {
    const [what, here, ...others] = line.replace(/^\| | \|$/g, "").split(" | ");
    return { what: what!, here: here!, others };
  });

test("each row of the support matrix names the tests that show it, or says no", () => {
  expect(rows.length).toBeGreaterThan(80);
  const unshown = rows.filter(({ here }) => {
    const tests = [...here.matchAll(/\]\((.+?)\)/g)].map(([, path]) => join(ROOT, "docs", path!));
    const areThere = tests.length > 0 && tests.every((path) => /\.test(-d)?\.ts$/.test(path) && existsSync(path));
    return here !== "no" && !areThere;
  });
  expect(unshown).toEqual([]);
});

test("what it says of others is in its own words", () => {
  const words = ["yes", "part", "no", "by hand", "by SQL", "by driver", "apart", "generated", "?"];
  expect(rows.filter(({ others }) => !others.every((word) => words.includes(word)))).toEqual([]);
});

test("the handbook has an entry for each alert, and for no other", async () => {
  const none = async () => undefined;
  const manager = new DatabaseManager({ url: "postgresql://primary/app", replicas: ["postgresql://replica/app"] });
  const rules = [
    ...DEFAULT_RULES,
    ...backupRules({ newestGood: none, newestDrill: none }),
    ...replicaRules(manager),
  ].map(({ id }) => id);
  await manager.close({ timeout: 0 });
  const entries = [...read("docs/handbook.md").matchAll(/^### `([a-z-]+)`$/gm)].map(([, id]) => id);
  expect(entries).toEqual(rules);
});
