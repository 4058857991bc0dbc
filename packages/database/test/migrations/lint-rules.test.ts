import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { reverseOf, ScriptDirectory } from "../../src/migrations/index.ts";
import { lint } from "../../src/migrations/lint/lint.ts";
import { RULES } from "../../src/migrations/lint/rules.ts";
import { BEFORE, CASES } from "./lint-cases.ts";
import { lintOf, rulesIn } from "./lint-of.ts";

const PAGES = new URL("../../../../docs/lint/", import.meta.url);

test.each(CASES.map((one) => [one.rule, one] as const))("%s", async (rule, { fires, silent, ...said }) => {
  const found = await lintOf([{ up: BEFORE }, { up: fires, transaction: said.transaction }]);
  const finding = found.findings.find((one) => one.rule === rule);
  expect(finding).toMatchObject({ revision: "r1", file: "/app/r1.ts" });
  expect(finding!.message).toMatch(/^[A-Za-z`'"].*\.$/s);
  expect(finding!.rewrite).not.toBe("");
  expect(rulesIn(await lintOf([{ up: BEFORE }, { up: silent, transaction: said.silentTransaction }]))).not.toContain(
    rule,
  );
});

test("a revision that makes its tables is told nothing about locks", async () => {
  expect(rulesIn(await lintOf([{ up: BEFORE }]))).toEqual(["prefer-text"]);
});

test("no-downgrade: one that does nothing, and one that cannot be recorded", async () => {
  const up = CASES[0]!.silent;
  const nothing = await lintOf([{ up: BEFORE }, { up, down: () => {} }]);
  const drop = (op: Parameters<typeof up>[0]): void => op.dropColumn("users", "age");
  const unknown = await lintOf([{ up: BEFORE }, { up: drop, down: reverseOf(drop) }]);
  expect(nothing.findings.map(({ rule, message }) => [rule, message])).toEqual([
    ["no-downgrade", "Its downgrade does nothing."],
  ]);
  expect(rulesIn(unknown)).toEqual(["drop-column", "no-downgrade"]);
  expect(rulesIn(await lintOf([{ up: BEFORE }, { up, down: reverseOf(up) }]))).toEqual([]);
  expect(rulesIn(await lintOf([{ up: BEFORE }, { up: () => {}, down: () => {} }]))).toEqual([]);
});

test("not-recordable: an upgrade that throws", async () => {
  const up = (): void => {
    throw new Error("r1 is not translated yet");
  };
  expect((await lintOf([{ up: BEFORE }, { up }])).findings).toMatchObject([
    { rule: "not-recordable", severity: "error", message: "Its upgrade throws: r1 is not translated yet" },
  ]);
  // One that is not asked about is passed over.
  expect(
    rulesIn(await lintOf([{ up: BEFORE }, { up }, { up: (op) => op.renameColumn("users", "age", "years") }])),
  ).toEqual(["rename-column"]);
});

test("each rule has a case, and a page that begins with its name; there are no other pages", () => {
  const special = ["no-downgrade", "not-recordable", "lint-ignore"];
  const ids = RULES.map(({ id }) => id).sort();
  expect([...new Set(CASES.map(({ rule }) => rule)), ...special].sort()).toEqual(ids);
  expect(readdirSync(PAGES).sort()).toEqual(["README.md", ...ids.map((id) => `${id}.md`)]);
  for (const id of ids) {
    const page = readFileSync(new URL(`${id}.md`, PAGES), "utf8");
    expect(page.startsWith(`# ${id}\n\n**Finds** `)).toBe(true);
    for (const part of ["Lock", "Why", "Instead", "Fine when"]) expect(page).toContain(`\n**${part}** `);
  }
});

test("a check that an earlier revision has validated spares the scan", async () => {
  const revisions = [
    { up: BEFORE },
    { up: CASES.find(({ rule }) => rule === "add-check-scans")!.silent },
    {
      up: (op: Parameters<typeof BEFORE>[0]): void => {
        op.createCheckConstraint("email_there", "users", "email is not null", { notValid: true });
      },
    },
    { up: (op: Parameters<typeof BEFORE>[0]): void => op.validateConstraint("email_there", "users") },
  ];
  const set = { up: (op: Parameters<typeof BEFORE>[0]): void => op.alterColumn("users", "email", { nullable: false }) };
  expect(rulesIn(await lintOf([...revisions, set]))).toEqual([]);
  expect(rulesIn(await lintOf([...revisions.slice(0, 3), set]))).toEqual(["set-not-null-scans"]);
});

test("a check that denies what it names proves no column to be full", async () => {
  const check = (expression: string) => ({
    up: (op: Parameters<typeof BEFORE>[0]): void => op.createCheckConstraint("c", "users", expression),
  });
  const set = { up: (op: Parameters<typeof BEFORE>[0]): void => op.alterColumn("users", "email", { nullable: false }) };
  const rulesWith = async (expression: string) => rulesIn(await lintOf([{ up: BEFORE }, check(expression), set]));
  expect(await rulesWith("(email is not null) and id > 0")).toEqual([]);
  expect(await rulesWith("not (email is not null)")).toEqual(["set-not-null-scans"]);
  expect(await rulesWith("case when email is not null then id > 0 else true end")).toEqual(["set-not-null-scans"]);
});

test("a table may be called like what every object has", async () => {
  const tables = ["constructor", "to_string"].map((name) => ({
    up: (op: Parameters<typeof BEFORE>[0]): void => {
      op.createTable(name, { columns: { constructor: { type: "bigint" } } });
      op.createIndex("ix_constructor", name, ["constructor"]);
    },
  }));
  const check = {
    up: (op: Parameters<typeof BEFORE>[0]): void => {
      op.createCheckConstraint("valueOf", "constructor", "constructor > 0", { notValid: true });
      op.alterColumn("constructor", "constructor", { type: "numeric", was: { type: "bigint" } });
    },
  };
  expect(rulesIn(await lintOf([...tables, check], { only: ["change-type-rewrites", "not-recordable"] }))).toEqual([
    "change-type-rewrites",
  ]);
});

test("the safe forms, step by step, are told nothing", async () => {
  const up = (op: Parameters<typeof BEFORE>[0]): void => {
    op.addColumn("users", "token", { type: "uuid", nullable: true });
    op.alterColumn("users", "token", { default: "gen_random_uuid()" });
    op.fillColumn("users", "token", "gen_random_uuid()");
    op.createCheckConstraint("token_there", "users", "token is not null", { notValid: true });
    op.validateConstraint("token_there", "users");
    op.alterColumn("users", "token", { nullable: false });
    op.dropConstraint("token_there", "users");
    op.createIndex("users_token_key", "users", ["token"], { unique: true, concurrently: true });
    op.createUniqueConstraint("users_token_key", "users", ["token"], { usingIndex: "users_token_key" });
    op.createIndex("ix_users_team_id", "users", ["team_id"], { concurrently: true });
    op.createForeignKey("fk", "users", ["team_id"], "teams", ["id"], { notValid: true });
    op.validateConstraint("fk", "users");
  };
  expect(rulesIn(await lintOf([{ up: BEFORE }, { up, transaction: false }]))).toEqual([]);
  expect(rulesIn(await lintOf([{ up: BEFORE }, { up, transaction: true }]))).toEqual(
    expect.arrayContaining([
      "concurrently-in-transaction",
      "data-change-with-schema-change",
      "validate-in-same-transaction",
    ]),
  );
});

test("the application's own revisions", async () => {
  const directory = fileURLToPath(new URL("../../../../apps/backend/migrations", import.meta.url));
  const script = await ScriptDirectory.load(directory);
  const { findings } = await lint({ script, revisions: script.graph.order });
  expect([...new Set(findings.map(({ rule }) => rule))]).toEqual(["prefer-text"]); // the columns that Alembic made
});

test("settings: off, another severity, one rule alone; a rule that there is not", async () => {
  const revisions = [{ up: BEFORE }, { up: CASES[0]!.fires }];
  expect(rulesIn(await lintOf(revisions, { settings: { "create-index-blocks-writes": "off" } }))).toEqual([]);
  const warned = await lintOf(revisions, { settings: { "create-index-blocks-writes": "warn" } });
  expect(warned.findings).toMatchObject([{ severity: "warning" }]);
  expect(rulesIn(await lintOf(revisions, { only: ["drop-column"] }))).toEqual([]);
  await expect(lintOf(revisions, { only: ["drop-colum"] })).rejects.toThrow(
    'There is no rule "drop-colum". Did you mean drop-column?',
  );
});
