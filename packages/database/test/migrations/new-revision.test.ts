import { spawnSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createRevision, ScriptDirectory } from "../../src/migrations/index.ts";
import { slug } from "../../src/migrations/script/slug.ts";
import { history, revisionText, temporaryApp } from "./temporary-app.ts";

test("the first revision follows nothing, the next follows the head, and both can be loaded", async () => {
  await using app = await temporaryApp();
  const first = await createRevision({ directory: app.migrations, message: "Initial migration with user model" });
  expect(first.id).toMatch(/^[0-9a-f]{12}$/);
  expect(basename(first.file)).toBe(`${first.id}_initial_migration_with_user_model.ts`);
  const second = await createRevision({ directory: app.migrations, message: "add orders", id: "abc" });
  const script = await ScriptDirectory.load(app.migrations);
  expect(script.graph.order).toEqual([first.id, "abc"]);
  expect(script.get("abc")).toMatchObject({ down: [first.id], message: "add orders", file: second.file });
});

test.each([
  "add orders",
  `it's "quoted" and back\\slashed`,
  'say "hello"',
  "several\nlines\tand  spaces",
  "$" + "{process.exit(3)} `",
  `a message that is ${"very ".repeat(30)}long`,
])("the file is formatted, and its message is data: %j", async (message) => {
  await using app = await temporaryApp();
  const { file, id } = await createRevision({ directory: app.migrations, message });
  const said = message.replace(/\s+/g, " ").trim();
  expect((await ScriptDirectory.load(app.migrations)).get(id).message).toBe(said);

  const root = fileURLToPath(new URL("../../../..", import.meta.url));
  const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
  const text = await readFile(file, "utf8");
  const { stdout } = spawnSync(process.execPath, [biome, "format", "--stdin-file-path=revision.ts"], {
    cwd: root,
    input: text,
    encoding: "utf8",
  });
  expect(stdout).toBe(text);
});

test("ids that are taken or impossible are refused, and nothing is left behind", async () => {
  await using app = await temporaryApp(history(1));
  const directory = app.migrations;
  await expect(createRevision({ directory, id: "r1" })).rejects.toMatchObject({ code: "DUPLICATE_REVISION" });
  await expect(createRevision({ directory, id: "a-b" })).rejects.toMatchObject({ code: "INVALID_REVISION_ID" });
  await expect(createRevision({ directory, id: "../r9" })).rejects.toMatchObject({ code: "INVALID_REVISION_ID" });
  await expect(createRevision({ directory, id: 'a"b' })).rejects.toMatchObject({ code: "INVALID_REVISION_ID" });
  const comma = expect.objectContaining({ code: "REVISION_NOT_WRITTEN", message: expect.stringContaining("comma") });
  await expect(createRevision({ directory, id: "a,b", sql: true })).rejects.toEqual(comma);
  await expect(createRevision({ directory, branchLabel: "a,b", sql: true })).rejects.toEqual(comma);
  expect(await readdir(join(directory, "versions"))).toEqual(["r1_x.ts"]);
});

test("it never replaces a file", async () => {
  await using app = await temporaryApp(history(1));
  await app.write("migrations/versions/r2_add_orders.ts", revisionText({ id: "r1a", down: "r1" }));
  const asked = createRevision({ directory: app.migrations, id: "r2", message: "add orders" });
  await expect(asked).rejects.toMatchObject({
    code: "REVISION_NOT_WRITTEN",
    message: expect.stringContaining("exists"),
  });
  expect(await readdir(join(app.migrations, "versions"))).toEqual(["r1_x.ts", "r2_add_orders.ts"]);
  expect((await ScriptDirectory.load(app.migrations)).graph.order).toEqual(["r1", "r1a"]);
});

test("two heads ask for a choice", async () => {
  await using forked = await temporaryApp([...history(2), { id: "other", down: "r1" }]);
  await expect(createRevision({ directory: forked.migrations })).rejects.toMatchObject({
    code: "MULTIPLE_HEADS",
    heads: ["other", "r2"],
  });
});

test("the slug is the message's words, in lower case and at most 40 characters", () => {
  expect(slug("Add a column: users.nickname (nullable)")).toBe("add_a_column_users_nickname_nullable");
  expect(slug("Größe ändern")).toBe("größe_ändern");
  expect(slug("add the very long name of a column to the table")).toBe("add_the_very_long_name_of_a_column_to");
  expect(slug("x".repeat(50))).toBe("x".repeat(40));
  expect(slug("!!!")).toBe("");
  expect(slug(`a${"𠀀".repeat(20)}`)).toBe(`a${"𠀀".repeat(19)}`);
});
