import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createRevision, ScriptDirectory } from "../../src/migrations/index.ts";
import { DEFAULT_TEMPLATE } from "../../src/migrations/script/template.ts";
import { history, temporaryApp } from "./temporary-app.ts";

test("a template of the app's own makes the file, and its values are TypeScript whatever they hold", async () => {
  await using app = await temporaryApp(history(1));
  const text = `// {{message}}, for the ledger\n${DEFAULT_TEMPLATE.replace("{{upgrade}}", "op.sql`set local role ledger`;\n  {{upgrade}}")}`;
  const template = await app.write("migrations/mine.template", text);
  const { file, id } = await createRevision({ directory: app.migrations, template, message: 'add "x"', id: "r2" });
  expect(await readFile(file, "utf8")).toMatch(
    /^\/\/ 'add "x"', for the ledger\nimport type[\s\S]*op\.sql`set local role/,
  );
  expect((await ScriptDirectory.load(app.migrations)).get(id)).toMatchObject({ down: ["r1"], message: 'add "x"' });
});

test("many parents are broken over lines as a formatter would", async () => {
  const ids = Array.from({ length: 8 }, (_, index) => `${index}`.repeat(12));
  await using app = await temporaryApp(ids.map((id) => ({ id })));
  const { file } = await createRevision({ directory: app.migrations, head: "heads" });
  expect(await readFile(file, "utf8")).toContain(
    `export const downRevision = [\n${ids.map((id) => `  "${id}",\n`).join("")}];\nexport const branchLabels`,
  );
});

test.each([
  [
    "an unknown placeholder",
    DEFAULT_TEMPLATE.replace("{{message}}", "{{mesage}}"),
    /\{\{mesage\}\}; did you mean \{\{message\}\}\?/,
  ],
  ["one that is like none", `${DEFAULT_TEMPLATE}// {{author}}`, /\{\{author\}\}; known are revision, downRevision/],
  ["a syntax error", DEFAULT_TEMPLATE.replace("void {", "void {{"), /what it makes cannot be loaded: /],
  [
    "an import that is not there",
    `import "./nothing.ts";\n${DEFAULT_TEMPLATE}`,
    /what it makes cannot be loaded: .*nothing/,
  ],
  [
    "statements in the middle of a line",
    `${DEFAULT_TEMPLATE}// {{upgrade}}`,
    /\{\{upgrade\}\} does not stand on a line of its own/,
  ],
  [
    "no downgrade",
    DEFAULT_TEMPLATE.replace(/export function downgrade[^}]*\}\}\n\}\n/, ""),
    /does not export downgrade/,
  ],
  [
    "an id of its own",
    DEFAULT_TEMPLATE.replace("{{revision}}", '"mine"'),
    /the revision of what it makes is not the one asked for/,
  ],
  [
    "no labels",
    DEFAULT_TEMPLATE.replace("{{branchLabels}}", "null"),
    /the branchLabels of what it makes .* write \{\{branchLabels\}\}/,
  ],
])("a template with %s is refused, and leaves no file", async (_, text, problem) => {
  await using app = await temporaryApp(history(1));
  const template = await app.write("migrations/mine.template", text);
  await expect(createRevision({ directory: app.migrations, template, branchLabel: "billing" })).rejects.toMatchObject({
    code: "TEMPLATE_INVALID",
    file: template,
    message: expect.stringMatching(problem),
  });
  expect(await readdir(join(app.migrations, "versions"))).toEqual(["r1_x.ts"]);
});

test("a template that is not there is named", async () => {
  await using app = await temporaryApp(history(1));
  const template = join(app.root, "nowhere");
  await expect(createRevision({ directory: app.migrations, template })).rejects.toMatchObject({
    code: "TEMPLATE_INVALID",
    message: expect.stringContaining("it cannot be read (ENOENT)"),
  });
});
