import { expect, it } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { hypertroq, hypertroqEach } from "../cli/hypertroq.ts";
import { temporaryApp, uniqueName } from "../migrations/temporary-app.ts";

it("prints SQL without secrets, then makes the roles, and says a password that it made once", async () => {
  await using app = await temporaryApp();
  const prefix = uniqueName("cli");
  await app.write("hypertroq.config.mjs", `export default { roles: { prefix: "${prefix}" } };`);
  const database = await createTestDatabase();
  const env = { DIRECT_URL: database.url, ROLES_APP_PASSWORD: "a password that was given" };
  const words = ["apply --dry-run", "show", "apply", "apply", "show", "apply --json"].map((text) => [
    "roles",
    ...text.split(" "),
  ]);
  const [dry, before, applied, again, after, json] = await hypertroqEach(words, { cwd: app.root, env });

  expect(dry).toMatchObject({ code: 0, stderr: "" });
  expect(dry!.stdout).toContain(`create role "${prefix}_owner";\ncreate role "${prefix}_migrator" LOGIN;\n`);
  expect(dry!.stdout).toContain(`alter role "${prefix}_app" password '…';\n`);
  expect(before).toMatchObject({ code: 1, stdout: expect.stringContaining(`There is no role ${prefix}_app\n`) });
  expect(applied).toMatchObject({ code: 0, stderr: "" });
  const [, said] = applied!.stdout.split("Passwords, which are shown this once:\n");
  expect(said!.replaceAll(/ {2}\S{32}\n/g, "  …\n")).toBe(
    ["migrator", "readonly", "backup"].map((kind) => `  ${prefix}_${kind}  …\n`).join(""),
  );
  expect(again).toEqual({ code: 0, stdout: "", stderr: "Nothing to do: everything is as it shall be.\n" });
  expect(after).toMatchObject({ code: 0, stdout: expect.stringContaining("Everything is as it shall be.\n") });
  expect(JSON.parse(json!.stdout)).toMatchObject({ changes: [], passwords: {}, names: { app: `${prefix}_app` } });
  for (const { stdout, stderr } of [dry!, before!, applied!, again!, after!, json!]) {
    expect(stdout + stderr).not.toMatch(/SCRAM-SHA|password that was given/);
  }

  const wrong = await hypertroq(["roles", "show"], { cwd: app.root, env: { ...env, ROLES_APP_PASSWORD: "hunter2" } });
  expect(wrong).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringContaining("ROLES_APP_PASSWORD must be 16"),
  });
  expect(wrong.stderr).not.toContain("hunter2");
  await database.drop();
  const server = await createTestDatabase();
  for (const kind of ["owner", "migrator", "app", "readonly", "backup"])
    await server.query(`drop role ${prefix}_${kind}`);
  await server.drop();
});
