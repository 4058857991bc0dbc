import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { FastifyInstance } from "fastify";
import { expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { isEmptyDirectory, writeStarter } from "../../src/config/starter.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { DatabaseManager, type Schema } from "../../src/index.ts";
import { compareInMemory } from "../../src/migrations/autogenerate/compare-models.ts";
import { Migrator } from "../../src/migrations/index.ts";
import { type Seed, seed } from "../../src/seeding/index.ts";

const MODULES = fileURLToPath(new URL("../../../../node_modules", import.meta.url));

/** Inside the repository, so that the files find the packages. */
async function directory(name: string): Promise<AsyncDisposable & { readonly root: string }> {
  await mkdir(join(MODULES, ".cache"), { recursive: true });
  const parent = await mkdtemp(join(MODULES, ".cache", "starter-"));
  const root = join(parent, name);
  await mkdir(root);
  return { root, [Symbol.asyncDispose]: () => rm(parent, { recursive: true, force: true }) };
}

test("the app is typed, its revision makes what its models describe, its seed is stored, its routes answer", async () => {
  await using app = await directory("My App");
  const files = await writeStarter(app.root);
  expect(files).toContain(".gitignore");
  expect(JSON.parse(await readFile(join(app.root, "package.json"), "utf8"))).toMatchObject({ name: "my-app" });
  expect(await readFile(join(app.root, "README.md"), "utf8")).toMatch(/^# my-app\n/);
  const complaints = promisify(execFile)(join(MODULES, ".bin/tsc"), { cwd: app.root }).then(
    ({ stdout }) => stdout,
    ({ stdout }: { stdout: string }) => stdout,
  );
  expect(await complaints).toBe("");

  await using database = await createTestDatabase();
  const connect = connectOptions({ url: database.url });
  await new Migrator({ connect, directory: join(app.root, "migrations") }).upgrade();
  const load = (file: string) => import(/* @vite-ignore */ join(app.root, file));
  const { schema } = (await load("src/models.ts")) as { readonly schema: Schema };
  expect((await compareInMemory({ connect, schema }))?.detected).toEqual([]);

  const manager = new DatabaseManager({ url: database.url });
  try {
    const { seeds } = (await load("src/seeds.ts")) as { readonly seeds: readonly Seed[] };
    await seed(manager, seeds, { environment: "production" });
    const { createApp } = (await load("src/app.ts")) as {
      createApp(manager: DatabaseManager): Promise<FastifyInstance>;
    };
    const http = await createApp(manager);
    const names = (await http.inject("/exercises")).json().map(({ name }: { name: string }) => name);
    expect(names).toEqual(["Bench press", "Pull-up", "Squat"]);
    const twice = await http.inject({ method: "POST", url: "/exercises", payload: { name: "Squat", muscle: "legs" } });
    expect(twice.statusCode).toBe(409);
    await http.close();
  } finally {
    await manager.close();
  }
});

test("a directory that has something in it gets no app", async () => {
  await using app = await directory("app");
  expect(await isEmptyDirectory(app.root)).toBe(true);
  await mkdir(join(app.root, ".git"));
  expect(await isEmptyDirectory(app.root)).toBe(true);
  await writeFile(join(app.root, "notes.txt"), "");
  expect(await isEmptyDirectory(app.root)).toBe(false);
});
