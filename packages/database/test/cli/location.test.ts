import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { history, revisionText, temporaryApp } from "../migrations/temporary-app.ts";
import { hypertroqWarm } from "./hypertroq.ts";

test("from a directory below the app, and from the root of its workspaces, it is the same app and the same .env", async () => {
  await using repository = await temporaryApp();
  await using database = await createTestDatabase();
  const app = join(repository.root, "apps/backend");
  await repository.write("package.json", '{ "workspaces": ["apps/*"] }');
  await repository.write("apps/backend/package.json", "{}");
  await repository.write("apps/backend/hypertroq.config.mjs", "export default { migrations: { directory: 'db' } };");
  await repository.write("apps/backend/.env", `DATABASE_URL=${database.url}`);
  for (const [index, revision] of history(3).entries()) {
    await repository.write(`apps/backend/db/versions/${index}.ts`, revisionText(revision));
  }
  await mkdir(join(app, "src/deep"), { recursive: true });
  await rm(join(repository.root, "hypertroq.config.mjs"));

  expect(await hypertroqWarm(["upgrade", "r1"], { cwd: join(app, "src/deep") })).toMatchObject({ code: 0 });
  expect(await hypertroqWarm(["current"], { cwd: app })).toMatchObject({ code: 0, stdout: "r1\n" });
  expect(await hypertroqWarm(["upgrade", "+1"], { cwd: repository.root })).toMatchObject({ code: 0 });
  expect(await hypertroqWarm(["current"], { cwd: repository.root })).toMatchObject({ code: 0, stdout: "r2\n" });
  const written = await hypertroqWarm(["revision", "-m", "more", "--rev-id", "r4"], { cwd: join(app, "src") });
  expect(written).toMatchObject({ code: 0, stdout: "../db/versions/r4_more.ts\n" });
  expect(await database.query("select version_num from alembic_version")).toEqual([{ version_num: "r2" }]);
});
