import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { developmentServerOf } from "../../src/config/development-server.ts";
import { initApp } from "../../src/config/init-app.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { createRevision } from "../../src/migrations/index.ts";
import { DEFAULT_TEMPLATE } from "../../src/migrations/script/template.ts";
import { temporaryApp } from "../migrations/temporary-app.ts";

test("an empty directory becomes an app, and a second time nothing changes", async () => {
  await using app = await temporaryApp();
  await rm(join(app.root, "hypertroq.config.mjs"));
  const config = join(app.root, "hypertroq.config.ts");
  const template = join(app.migrations, "revision.ts.template");
  const all = [config, join(app.migrations, "versions"), template];
  expect(await initApp(app.root)).toEqual({ config, written: all, kept: [] });
  expect(await readFile(template, "utf8")).toBe(DEFAULT_TEMPLATE);

  // The package is not installed there; what it gives the configuration is the identity.
  await app.write("node_modules/@hypertroq/database/package.json", '{ "type": "module", "exports": "./index.js" }');
  await app.write("node_modules/@hypertroq/database/index.js", "export const defineConfig = (config) => config;");
  const { migrations } = await loadConfig(app.root);
  expect(migrations).toEqual({ directory: app.migrations, versions: [], postWrite: [], template });
  await app.write("migrations/revision.ts.template", `// mine\n${DEFAULT_TEMPLATE}`);
  expect(await initApp(app.root)).toEqual({ config, written: [], kept: all });
  const { file } = await createRevision(migrations);
  expect(await readFile(file, "utf8")).toMatch(/^\/\/ mine\n/);
});

test("where the development server is installed, it is in the configuration and its data not in git", async () => {
  await using app = await temporaryApp();
  await rm(join(app.root, "hypertroq.config.mjs"));
  await app.write("package.json", '{ "type": "module" }');
  await app.write("node_modules/@hypertroq/database/package.json", '{ "type": "module", "exports": "./index.js" }');
  await app.write("node_modules/@hypertroq/database/index.js", "export const defineConfig = (config) => config;");
  await app.write(
    "node_modules/@hypertroq/embedded-postgres/package.json",
    '{ "type": "module", "exports": "./index.js" }',
  );
  await app.write(
    "node_modules/@hypertroq/embedded-postgres/index.js",
    `const nothing = () => {};
     export const developmentServer = ({ dataDir }) =>
       ({ status: () => ({ running: false, dataDir }), use: nothing, start: nothing, stop: nothing, reset: nothing });`,
  );
  expect((await initApp(app.root)).written).toContain(join(app.root, ".gitignore"));
  // Where Node loads TypeScript itself, Vitest finds the real one, which says the same.
  const server = developmentServerOf(await loadConfig(app.root));
  expect(await server.status()).toEqual({ running: false, dataDir: join(app.root, ".hypertroq/data") });
  expect(await readFile(join(app.root, ".gitignore"), "utf8")).toContain(".hypertroq/\n");
});

test("a configuration that is there says where the rest belongs, and stays", async () => {
  await using app = await temporaryApp();
  const text = 'export default { migrations: { directory: "db", versions: ["billing"], template: "db/new.txt" } };\n';
  const config = await app.write("hypertroq.config.mjs", text);
  const inRoot = (...paths: string[]): string[] => paths.map((path) => join(app.root, path));
  expect(await initApp(app.root)).toEqual({
    config,
    written: inRoot("db/versions", "billing", "db/new.txt"),
    kept: [config],
  });
  expect(await readFile(config, "utf8")).toBe(text);

  await using plain = await temporaryApp();
  await initApp(plain.root);
  expect((await readdir(plain.root)).sort()).toEqual(["hypertroq.config.mjs", "migrations"]);
  expect(await readdir(plain.migrations)).toEqual(["versions"]);
});

test("what cannot be written is named, and a configuration that is broken", async () => {
  await using app = await temporaryApp();
  await app.write("migrations", "a file");
  await expect(initApp(app.root)).rejects.toMatchObject({ code: "REVISION_NOT_WRITTEN" });
  expect((await stat(app.migrations)).isFile()).toBe(true);
  await app.write("hypertroq.config.ts", "export default {");
  await expect(initApp(app.root)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
});
