import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  createRevision,
  mergeRevisions,
  type NewRevisionOptions,
  ScriptDirectory,
} from "../../src/migrations/index.ts";
import { history, revisionText, type TemporaryApp, temporaryApp } from "./temporary-app.ts";

/** `a1 -> b1 -> { c1, d1 }`, and `x1` of the branch "side" beside them. */
async function forked(): Promise<TemporaryApp> {
  const app = await temporaryApp([
    { id: "a1" },
    { id: "b1", down: "a1" },
    { id: "c1", down: "b1" },
    { id: "d1", down: "b1" },
  ]);
  const side = revisionText({ id: "x1" }).replace("branchLabels = null", 'branchLabels = "side"');
  await app.write("migrations/versions/x1.ts", side);
  return app;
}

const files = (app: TemporaryApp): Promise<string[]> =>
  readdir(join(app.migrations, "versions")).then((all) => all.sort());

/** What a new revision follows, carries and needs, read back from its file. */
async function written(app: TemporaryApp, options: Omit<NewRevisionOptions, "directory">) {
  const { id, file } = await createRevision({ directory: app.migrations, ...options });
  const { down, labels, dependsOn, file: found } = (await ScriptDirectory.load(app.migrations)).get(id);
  expect(found).toBe(file);
  return { down, labels, dependsOn };
}

test.each<[string, Omit<NewRevisionOptions, "directory">, object]>([
  ["a head by its beginning", { head: "c" }, { down: ["c1"] }],
  ["a branch's head", { head: "side@head" }, { down: ["x1"] }],
  ["a branch's label", { head: "side" }, { down: ["x1"] }],
  ["nothing", { head: "base" }, { down: [] }],
  ["a revision that is no head, spliced", { head: "b1", splice: true }, { down: ["b1"] }],
  ["so many above a revision", { head: "a1+1", splice: true }, { down: ["b1"] }],
  ["several heads", { head: ["d1", "c1"] }, { down: ["d1", "c1"] }],
  ["all heads", { head: "heads" }, { down: ["c1", "d1", "x1"] }],
  ["a label of its own", { head: "c1", branchLabel: "billing" }, { down: ["c1"], labels: ["billing"] }],
  ["a dependency by its beginning", { head: "base", dependsOn: "c" }, { dependsOn: ["c1"] }],
  ["a dependency by label, which stays one", { head: "c1", dependsOn: "side" }, { dependsOn: ["side"] }],
  ["a dependency by label@head", { head: "c1", dependsOn: ["side@head", "d1"] }, { dependsOn: ["x1", "d1"] }],
])("a revision follows or names %s", async (_, options, expected) => {
  await using app = await forked();
  expect(await written(app, options)).toMatchObject(expected);
});

test.each<[string, Omit<NewRevisionOptions, "directory">, object]>([
  ["no head, of several", {}, { code: "MULTIPLE_HEADS", heads: ["c1", "d1", "x1"] }],
  ["what is no head", { head: "b1" }, { code: "NOT_A_HEAD", revision: "b1", heads: ["c1", "d1", "x1"] }],
  ["what is not there", { head: "nope" }, { code: "UNKNOWN_REVISION" }],
  ["a branch that is not there", { head: "nope@head" }, { code: "NO_SUCH_BRANCH" }],
  ["a label that is taken", { head: "c1", branchLabel: "side" }, { code: "DUPLICATE_LABEL" }],
  ["a label that is an id", { head: "c1", branchLabel: "a1" }, { code: "DUPLICATE_LABEL" }],
  ["a label that no target could name", { head: "c1", branchLabel: "a@b" }, { code: "INVALID_BRANCH_LABEL" }],
  ["an id that is a label", { head: "c1", id: "side" }, { code: "DUPLICATE_LABEL" }],
  ["a dependency that is not there", { head: "c1", dependsOn: "nope" }, { code: "UNKNOWN_REVISION" }],
  ["a dependency on nothing", { head: "c1", dependsOn: "base" }, { code: "UNKNOWN_REVISION" }],
  ["a dependency on several", { head: "c1", dependsOn: "heads" }, { code: "AMBIGUOUS_REVISION" }],
  ["a directory that is none", { head: "c1", versionPath: "elsewhere" }, { code: "VERSION_PATH_INVALID" }],
])("refused before anything is written: %s", async (_, options, expected) => {
  await using app = await forked();
  const before = await files(app);
  await expect(createRevision({ directory: app.migrations, ...options })).rejects.toMatchObject(expected);
  expect(await files(app)).toEqual(before);
});

test("a merge follows the heads it names, and says so where nobody else does", async () => {
  await using app = await forked();
  const directory = app.migrations;
  const merged = await mergeRevisions({ directory, revisions: ["c", "d1"] });
  const { down, message } = (await ScriptDirectory.load(directory)).get(merged.id);
  expect({ down, message }).toEqual({ down: ["c1", "d1"], message: "merge c1 and d1" });
  expect(merged.file).toContain(`${merged.id}_merge_c1_and_d1.ts`);

  const all = await mergeRevisions({
    directory,
    revisions: "heads",
    message: "one again",
    id: "top",
    branchLabel: "all",
  });
  const script = await ScriptDirectory.load(directory);
  expect(script.graph.heads).toEqual(["top"]);
  expect(script.get(all.id)).toMatchObject({ down: [merged.id, "x1"].sort(), message: "one again", labels: ["all"] });

  for (const revisions of ["heads", ["top", "top"], "base"]) {
    await expect(mergeRevisions({ directory, revisions })).rejects.toMatchObject({ code: "NOTHING_TO_MERGE" });
  }
  await expect(mergeRevisions({ directory, revisions: ["c1", "d1"] })).rejects.toMatchObject({ code: "NOT_A_HEAD" });
});

test("in several directories a revision stands beside what it follows, or where it is told to", async () => {
  await using app = await temporaryApp(history(1));
  const billing = await app.write("billing/b1.ts", revisionText({ id: "b1" })).then(() => join(app.root, "billing"));
  const writer = { directory: app.migrations, versions: [billing, billing] };
  const main = join(app.migrations, "versions");

  expect((await createRevision({ ...writer, head: "b1", id: "b2" })).file).toBe(join(billing, "b2_empty_message.ts"));
  expect((await createRevision({ ...writer, head: "r1", id: "r2" })).file).toBe(join(main, "r2_empty_message.ts"));
  const told = await createRevision({ ...writer, head: "r2", id: "r3", versionPath: billing });
  expect(told.file).toBe(join(billing, "r3_empty_message.ts"));
  await expect(createRevision({ ...writer, head: "base" })).rejects.toMatchObject({
    code: "VERSION_PATH_INVALID",
    path: undefined,
    locations: [main, billing],
  });
  const { graph } = await ScriptDirectory.load(app.migrations, [billing]);
  expect(graph.heads).toEqual(["b2", "r3"]);

  await app.write("billing/copy.ts", revisionText({ id: "r1" }));
  await expect(ScriptDirectory.load(app.migrations, [billing])).rejects.toMatchObject({
    code: "DUPLICATE_REVISION",
    files: expect.arrayContaining([join(billing, "copy.ts"), join(main, "r1_x.ts")]),
  });
  const gone = join(app.root, "gone");
  await expect(ScriptDirectory.load(app.migrations, [gone])).rejects.toMatchObject({ directory: gone });
});

test("directories that are not there yet are made", async () => {
  await using app = await temporaryApp();
  const versions = [join(app.root, "one/two")];
  await createRevision({ directory: app.migrations, versions, versionPath: versions[0]!, id: "r1" });
  expect(await readdir(versions[0]!)).toEqual(["r1_empty_message.ts"]);
  expect(await files(app)).toEqual([]);
});
