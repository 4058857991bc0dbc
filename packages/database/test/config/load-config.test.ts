import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { loadEnvironment } from "../../src/config/environment.ts";
import { findConfig } from "../../src/config/find-config.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { type TemporaryApp, temporaryApp } from "../migrations/temporary-app.ts";

/** A directory with these files and nothing else. */
async function tree(files: Readonly<Record<string, string>>): Promise<TemporaryApp> {
  const app = await temporaryApp();
  await rm(join(app.root, "hypertroq.config.mjs"));
  for (const [path, text] of Object.entries(files)) await app.write(path, text);
  return app;
}

const CONFIG = "export default {};";

afterEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith("HTQ_TEST_")) delete process.env[name];
});

test("the nearest configuration in the directory or above it", async () => {
  await using app = await tree({
    "hypertroq.config.js": CONFIG,
    "inner/hypertroq.config.ts": CONFIG,
    "inner/hypertroq.config.mjs": CONFIG,
    "inner/src/deep/x": "",
    "outer/x": "",
  });
  expect(findConfig(join(app.root, "inner/src/deep"))).toBe(join(app.root, "inner/hypertroq.config.ts"));
  expect(findConfig(join(app.root, "outer"))).toBe(join(app.root, "hypertroq.config.js"));
});

test.each([
  ["names and *", '{ "workspaces": ["tools", "apps/*"] }'],
  ["* within a name", '{ "workspaces": ["./ap*s/back-*/"] }'],
  ["yarn's form", '{ "workspaces": { "packages": ["apps/*"] } }'],
])("from the root of workspaces: the one that has a configuration (%s)", async (_, manifest) => {
  await using app = await tree({
    "package.json": manifest,
    "apps/back-end/hypertroq.config.ts": CONFIG,
    "apps/web/package.json": "{}",
    "apps/file.txt": "",
    "elsewhere/hypertroq.config.ts": CONFIG,
    "docs/x": "",
  });
  const expected = join(app.root, "apps/back-end/hypertroq.config.ts");
  expect(findConfig(app.root)).toBe(expected);
  expect(findConfig(join(app.root, "docs"))).toBe(expected);
});

test("several workspaces with a configuration, none, and a directory that belongs to no workspace root", async () => {
  await using app = await tree({
    "package.json": '{ "workspaces": ["*"] }',
    "a/hypertroq.config.ts": CONFIG,
    "b/hypertroq.config.ts": CONFIG,
    "c/package.json": "{}",
  });
  const files = [join(app.root, "a/hypertroq.config.ts"), join(app.root, "b/hypertroq.config.ts")];
  expect(() => findConfig(app.root)).toThrow(expect.objectContaining({ code: "CONFIG_AMBIGUOUS", files }));
  const directory = join(app.root, "c");
  expect(() => findConfig(directory)).toThrow(expect.objectContaining({ code: "CONFIG_NOT_FOUND", directory }));
  await app.write("c/package.json", "{");
  expect(() => findConfig(directory)).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
});

test(".env: the nearest one up to the root of the workspaces or of the checkout; what is set already wins", async () => {
  await using app = await tree({
    ".env": "HTQ_TEST_LEVEL=above",
    "repo/package.json": '{ "workspaces": ["apps/*"] }',
    "repo/.env": 'HTQ_TEST_LEVEL=repo\nHTQ_TEST_SET=file\nHTQ_TEST_QUOTED="a b # c"',
    "repo/apps/one/.env": "\ufeffHTQ_TEST_FIRST=after the byte order mark\r\nHTQ_TEST_LEVEL=app\r\n",
    "repo/apps/two/x": "",
    "git/apps/three/x": "",
    "alone/x": "",
  });
  await mkdir(join(app.root, "git/.git"));
  process.env["HTQ_TEST_SET"] = "environment";
  expect(loadEnvironment(join(app.root, "repo/apps/two"))).toBe(join(app.root, "repo/.env"));
  expect(process.env).toMatchObject({
    HTQ_TEST_LEVEL: "repo",
    HTQ_TEST_SET: "environment",
    HTQ_TEST_QUOTED: "a b # c",
  });
  expect(loadEnvironment(join(app.root, "repo/apps/one"))).toBe(join(app.root, "repo/apps/one/.env"));
  expect(process.env["HTQ_TEST_FIRST"]).toBe("after the byte order mark");
  expect(loadEnvironment(join(app.root, "git/apps/three"))).toBe(undefined);
  expect(loadEnvironment(join(app.root, "alone"))).toBe(undefined);
});

test("an .env that cannot be read is named", async () => {
  await using app = await tree({ ".env/x": "" });
  expect(() => loadEnvironment(app.root)).toThrow(
    expect.objectContaining({ code: "SETTINGS_INVALID", problems: [expect.stringContaining(join(app.root, ".env"))] }),
  );
});

test("paths are relative to the configuration's file, .env is there before it runs, and TypeScript is read", async () => {
  await using app = await tree({
    "app/.env": "HTQ_TEST_DIRECTORY=../elsewhere/migrations",
    "app/hypertroq.config.ts": `
      const directory: string = process.env.HTQ_TEST_DIRECTORY!;
      const postWrite = [["git", "add", "{file}"]];
      export default { migrations: { directory, versions: ["billing"], template: "t", postWrite, lockTimeout: 2 } };`,
    "app/src/x": "",
    "plain/hypertroq.config.js": "export default {};",
    "plain/package.json": '{ "type": "module" }',
  });
  expect(await loadConfig(join(app.root, "app/src"))).toEqual({
    file: join(app.root, "app/hypertroq.config.ts"),
    root: join(app.root, "app"),
    schema: undefined,
    migrations: {
      directory: join(app.root, "elsewhere/migrations"),
      versions: [join(app.root, "app/billing")],
      template: join(app.root, "app/t"),
      postWrite: [["git", "add", "{file}"]],
      lockTimeout: 2,
    },
    backups: { directory: join(app.root, "app/.hypertroq/backups") },
    server: undefined,
  });
  expect((await loadConfig(join(app.root, "plain"))).migrations).toEqual({
    directory: join(app.root, "plain/migrations"),
    versions: [],
    postWrite: [],
  });
});

test.each([
  ["no default export", "export const config = {};", "the default export is not an object"],
  ["a function", "export default () => ({});", "the default export is not an object"],
  [
    "an unknown section",
    "export default { migration: {} };",
    "unknown migration; known are schema, migrations, seeds, roles, backups, monitoring, database",
  ],
  [
    "a role that there is not",
    "export default { roles: { timeouts: { ap: { lock: 1 } } } };",
    "roles.timeouts has the unknown ap; known are migrator, app, readonly, backup",
  ],
  [
    "an unknown name in a section",
    "export default { migrations: { dir: 'x' } };",
    "unknown dir; known are directory, versions, template, postWrite, role, lockTimeout, ",
  ],
  ["a path that is none", "export default { migrations: { directory: 3 } };", "migrations.directory is not a path"],
  [
    "paths that are none",
    "export default { migrations: { versions: 'x' } };",
    "migrations.versions is not an array of paths",
  ],
  [
    "a command in one word",
    "export default { migrations: { postWrite: ['git add'] } };",
    "migrations.postWrite is not an array of commands",
  ],
  [
    "a command without words",
    "export default { migrations: { postWrite: [[]] } };",
    "migrations.postWrite is not an array of commands",
  ],
  [
    "a time limit that is none",
    "export default { migrations: { lockTimeout: '5s' } };",
    "migrations.lockTimeout is not a number of seconds",
  ],
  [
    "a hook that is none",
    "export default { migrations: { onVersionApply: 'f' } };",
    "migrations.onVersionApply is not a function",
  ],
  [
    "a server that is none",
    "export default { database: { server: { start() {} } } };",
    "it has no status, use, stop, reset",
  ],
  ["code that throws", "throw new Error('no coffee');", "no coffee"],
  ["a syntax error", "export default {", "hypertroq.config.ts"],
])("refused by name: %s", async (_, text, reason) => {
  await using app = await tree({ "hypertroq.config.ts": text });
  await expect(loadConfig(app.root)).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    file: join(app.root, "hypertroq.config.ts"),
    message: expect.stringContaining(reason),
  });
});
