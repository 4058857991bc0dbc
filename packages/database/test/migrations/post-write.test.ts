import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { createRevision, ScriptDirectory } from "../../src/migrations/index.ts";
import { temporaryApp } from "./temporary-app.ts";

test("the commands run in the app's root, one after another, on each file, and without a shell", async () => {
  await using app = await temporaryApp();
  const note = (text: string): string[] => [
    process.execPath,
    "-e",
    "require('fs').appendFileSync('ran', process.argv.slice(1).join('|') + '\\n')",
    text,
    "{file}",
  ];
  const postWrite = [note("$HOME; `ls` 'x'"), note("file:{file}")];
  const writer = { directory: app.migrations, postWrite, root: app.root };
  const { file } = await createRevision({ ...writer, message: "$(boom)" });
  const ran = async (): Promise<string[]> => (await readFile(join(app.root, "ran"), "utf8")).trim().split("\n");
  expect(await ran()).toEqual([`$HOME; \`ls\` 'x'|${file}`, `file:${file}|${file}`]);

  const { files } = await createRevision({ ...writer, sql: true });
  expect(files).toHaveLength(2);
  expect((await ran()).slice(2)).toEqual(
    files.flatMap((each) => [`$HOME; \`ls\` 'x'|${each}`, `file:${each}|${each}`]),
  );
});

test.each([
  ["ends with an error", [process.execPath, "-e", "process.exit(3)"], /ended with 3/],
  ["is killed", [process.execPath, "-e", "process.kill(process.pid, 'SIGKILL')"], /was ended by SIGKILL/],
  ["is not there", ["no-such-program", "{file}"], /could not be started \(ENOENT\)/],
])("a command that %s is reported, the next does not run, and the file stays", async (_, command, reason) => {
  await using app = await temporaryApp();
  const next = [process.execPath, "-e", "require('fs').writeFileSync('ran', '')"];
  const error: { file: string } = await createRevision({
    directory: app.migrations,
    root: app.root,
    postWrite: [command, next],
    id: "r1",
  }).then(
    () => expect.fail("it succeeded"),
    (thrown) => thrown,
  );
  expect(error).toMatchObject({ code: "POST_WRITE_FAILED", message: expect.stringMatching(reason) });
  expect(basename(error.file)).toBe("r1_empty_message.ts");
  expect((await ScriptDirectory.load(app.migrations)).graph.heads).toEqual(["r1"]);
  expect(existsSync(join(app.root, "ran"))).toBe(false);
});
