import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import { writeStarter } from "../../packages/database/src/config/starter.ts";
import { hypertroqEach } from "../../packages/database/test/cli/hypertroq.ts";
import { createTestDatabase } from "../database.ts";
import { ROOT } from "./blocks.ts";
import { follow } from "./follow.ts";

const MODULES = join(ROOT, "node_modules");

/** A directory inside of the repository, so that an app in it finds the packages. */
async function directory(): Promise<AsyncDisposable & { readonly root: string }> {
  await mkdir(join(MODULES, ".cache"), { recursive: true });
  const root = await mkdtemp(join(MODULES, ".cache", "follow-"));
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) };
}

/** The README's commands, in the small app. @throws what `follow` throws. */
export async function followReadme(): Promise<void> {
  await using app = await directory();
  await using database = await createTestDatabase();
  await writeStarter(app.root);
  const run = await follow("README.md", app.root, { own: database.url });
  expect(run).toContain("npx hypertroq downgrade -1");
}

/** The small app becomes what the start makes of it, and its tests pass. @throws what `follow` throws. */
export async function followStart(): Promise<void> {
  await using app = await directory();
  await using database = await createTestDatabase();
  await writeStarter(app.root);
  const started = await hypertroqEach([["upgrade"], ["seed"]], { cwd: app.root, env: { DATABASE_URL: database.url } });
  expect(started.map(({ code }) => code)).toEqual([0, 0]); // what its first start does
  const run = await follow("docs/start.md", app.root, { own: database.url });
  expect(run.length).toBeGreaterThan(6);
  expect(await database.query("select count(*)::int as sets from training_sets")).toEqual([{ sets: 20 }]);
  await promisify(execFile)(join(MODULES, ".bin/vitest"), ["run", "--root", app.root], { cwd: app.root });
}

/** A database of Prisma's comes over. @throws what `follow` throws. */
export async function followFromAnother(): Promise<void> {
  await using app = await directory();
  await using database = await createTestDatabase();
  await using empty = await createTestDatabase();
  await writeFile(join(app.root, "package.json"), '{ "type": "module" }');
  await database.query(`
    create table "User" (id serial primary key, "fullName" text not null, email text not null unique);
    create table "Post" (id serial primary key, "authorId" int not null references "User", title text not null);
    create table _prisma_migrations (id varchar(36) primary key, checksum varchar(64) not null)`);
  await follow("docs/coming-from-others.md", app.root, { own: database.url, other: empty.url });
}
