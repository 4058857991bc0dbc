import { access, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { importAlembic } from "../../src/migrations/index.ts";
import { type AlembicApp, alembicApp, pythonText } from "./alembic-app.ts";

// What is refused is refused before Alembic is asked.
beforeEach(() => vi.stubEnv("PATH", "/nowhere"));
afterEach(() => vi.unstubAllEnvs());

const run = ({ project, migrations }: AlembicApp) => importAlembic({ from: project, directory: migrations });

async function refused(app: AlembicApp, code: string, message: string): Promise<void> {
  await expect(run(app)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  await expect(access(app.migrations)).rejects.toThrow("ENOENT"); // nothing was written
}

const versions = "api/alembic/versions";

test("files beside the revisions are none", async () => {
  await using app = await alembicApp([{ id: "a" }]);
  await app.write(`${versions}/__init__.py`, "import everything");
  await app.write(`${versions}/.#a_x.py`, "(");
  await app.write(`${versions}/README`, "(");
  await app.write(`${versions}/a_x.py.orig`, "(");
  await app.write(`${versions}/a_x.pyc`, "\0");
  await app.write(`${versions}/__pycache__/a_x.cpython-311.pyc`, "\0");
  await app.write(`${versions}/older/b.py`, "(");
  await mkdir(join(app.root, versions, "d.py"));
  await symlink(join(app.root, versions, "a_x.py"), join(app.root, versions, "z_again.py"));
  expect((await run(app)).revisions.map(({ revision }) => revision)).toEqual(["a"]);
});

test.each([
  [
    "a value that is computed",
    { "b.py": pythonText({ id: "b" }).replace("= 'b'", "= 'b'.strip()") },
    "b.py:12 cannot be imported: revision is not",
  ],
  ["a Python that no Python reads", { "b.py": "revision = 'b\n" }, "b.py:1 cannot be imported: its string has no end"],
  [
    "a module that is no revision",
    { "tools.py": "def help(): pass\n" },
    "tools.py cannot be imported: it does not assign an id",
  ],
  ["an empty file", { "b.py": "" }, "b.py cannot be imported: it does not assign an id"],
])("refused: %s", async (_, files, message) => {
  await using app = await alembicApp([{ id: "a" }]);
  for (const [name, text] of Object.entries(files)) await app.write(`${versions}/${name}`, text);
  await refused(app, "ALEMBIC_FILE_INVALID", message);
});

test("a file that is not UTF-8, or that cannot be read", async () => {
  await using latin = await alembicApp([{ id: "a" }]);
  await writeFile(join(latin.root, versions, "b.py"), Buffer.from("# -*- coding: latin-1 -*-\n# \xe4\n", "latin1"));
  await refused(latin, "ALEMBIC_FILE_INVALID", "b.py cannot be imported: it is not UTF-8");
  await using dangling = await alembicApp([{ id: "a" }]);
  await symlink("nowhere", join(dangling.root, versions, "b.py"));
  await refused(dangling, "ALEMBIC_FILE_INVALID", "b.py cannot be imported: it cannot be read (ENOENT)");
});

test("revisions that do not fit together", async () => {
  await using twins = await alembicApp([{ id: "a" }]);
  await twins.write(`${versions}/b.py`, pythonText({ id: "a" }));
  await refused(twins, "DUPLICATE_REVISION", "b.py");
  await using orphan = await alembicApp([{ id: "a", down: "'gone'" }]);
  await refused(orphan, "MISSING_PARENT", "gone");
  await using circle = await alembicApp([
    { id: "a", down: "'b'" },
    { id: "b", down: "'a'" },
  ]);
  await refused(circle, "REVISION_CYCLE", "a");
  await using path = await alembicApp([{ id: "a" }]);
  await path.write(`${versions}/b.py`, pythonText({ id: "../../b", down: "'a'" }));
  await refused(path, "INVALID_REVISION_ID", "../../b");
});

test("what our files could not say as it is", async () => {
  await using comma = await alembicApp([{ id: "a,b" }, { id: "c", down: "'a,b'" }]);
  await refused(comma, "ALEMBIC_FILE_INVALID", 'a,b_x.py cannot be imported: the name "a,b" has a comma');
  await using label = await alembicApp([{ id: "a", labels: "('x,y',)" }]);
  await refused(label, "ALEMBIC_FILE_INVALID", 'the name "x,y" has a comma');
});

test("no project, and one that says where nothing is", async () => {
  await using empty = await alembicApp([]);
  await mkdir(join(empty.root, versions));
  await refused(empty, "ALEMBIC_PROJECT_INVALID", "no revision was found in ");
  await expect(importAlembic({ from: join(empty.root, "nothing"), directory: empty.migrations })).rejects.toMatchObject(
    {
      code: "ALEMBIC_PROJECT_INVALID",
      message: expect.stringContaining("it is no directory"),
    },
  );
  await using app = await alembicApp([{ id: "a" }]);
  for (const [ini, message] of [
    ["[other]\nscript_location = alembic\n", "it has no section [alembic]"],
    ["[alembic]\n", "its script_location is not there"],
    ["[alembic]\nscript_location = %(gone)s/alembic\n", "its script_location is not there"],
    [
      "[alembic]\nscript_location = package:migrations\n",
      "it names package:migrations, a place inside a Python package",
    ],
    ["[alembic]\nscript_location = alembic\nsourceless = true\n", "compiled revisions cannot be read"],
    [
      "[alembic]\nscript_location = alembic\nversion_locations = a|b\nversion_path_separator = |\n",
      "none of Alembic's",
    ],
  ] as const) {
    await app.write("api/alembic.ini", ini);
    await refused(app, "ALEMBIC_PROJECT_INVALID", message);
  }
  await app.write("api/package/migrations/versions/a.py", pythonText({ id: "a" }));
  await app.write("api/alembic.ini", "[alembic]\nscript_location = package:migrations\n");
  expect((await run(app)).revisions).toHaveLength(1);
});
