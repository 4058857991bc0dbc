import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { ScriptDirectory } from "../../src/migrations/index.ts";
import { history, temporaryApp } from "../migrations/temporary-app.ts";
import { hypertroq, hypertroqEach } from "./hypertroq.ts";

test("init, and then revisions, branches and a merge: what is printed is what was written", async () => {
  await using app = await temporaryApp();
  await rm(join(app.root, "hypertroq.config.mjs"));
  // What the package gives a configuration is the identity.
  await app.write("node_modules/@hypertroq/database/package.json", '{ "type": "module", "exports": "./index.js" }');
  await app.write("node_modules/@hypertroq/database/index.js", "export const defineConfig = (config) => config;");
  const [begun, first, second, pair, branch, forked, merged, heads, again] = await hypertroqEach(
    [
      ["init"],
      ["revision", "-m", "create users", "--rev-id", "r1"],
      ["revision", "-m", "orders", "--rev-id", "r2"],
      ["revision", "-m", "views", "--rev-id", "r3", "--sql"],
      [
        "revision",
        "--head",
        "base",
        "--branch-label",
        "billing",
        "--rev-id",
        "b1",
        "--depends-on",
        "r1",
        "--depends-on",
        "r3",
      ],
      ["revision", "--head", "r1", "--splice", "--rev-id", "s2"],
      ["merge", "r3", "s2", "--no-proof", "--rev-id", "m", "-m", "one line again", "--branch-label", "main"],
      ["heads"],
      ["init"],
    ],
    { cwd: app.root },
  );
  expect(begun).toEqual({
    code: 0,
    stdout: "hypertroq.config.ts\nmigrations/versions\nmigrations/revision.ts.template\n",
    stderr: expect.stringMatching(
      /^\nNext:\n {2}1\. Say which database: DATABASE_URL=[\s\S]*hypertroq upgrade head\n$/,
    ),
  });
  const versions = (...names: string[]): object => ({
    code: 0,
    stdout: names.map((name) => `migrations/versions/${name}\n`).join(""),
    stderr: "",
  });
  expect(first).toEqual(versions("r1_create_users.ts"));
  expect(second).toEqual(versions("r2_orders.ts"));
  expect(pair).toEqual(versions("r3_views.up.sql", "r3_views.down.sql"));
  expect(branch).toEqual(versions("b1_empty_message.ts"));
  expect(forked).toEqual(versions("s2_empty_message.ts"));
  expect(merged).toEqual({
    ...versions("m_one_line_again.ts"),
    stderr: "It was not tried whether the order of the branches makes a difference.\n",
  });
  expect(heads!.stdout).toBe("b1 (billing) (head)\nm (main) (head)\n");
  expect(again).toEqual({
    code: 0,
    stdout: "",
    stderr: expect.stringMatching(/^hypertroq\.config\.ts is there already and stays/),
  });
  const script = await ScriptDirectory.load(app.migrations);
  expect(script.get("m")).toMatchObject({ down: ["r3", "s2"], labels: ["main"], message: "one line again" });
  expect(script.get("b1")).toMatchObject({ down: [], dependsOn: ["r1", "r3"] });
});

test("the configuration's template, directories and commands hold; a command that fails leaves the file and exits with 1", async () => {
  await using app = await temporaryApp(history(1));
  await mkdir(join(app.root, "billing"));
  const migrations = {
    versions: ["billing"],
    postWrite: [
      ["sh", "-c", `printf '// %s' "$PWD" >> "$1"`, "append", "{file}"],
      ["sh", "-c", "echo checked; case $1 in *bad*) exit 1;; esac", "check", "{file}"],
    ],
  };
  await app.write("hypertroq.config.mjs", `export default ${JSON.stringify({ migrations })};`);
  await mkdir(join(app.root, "src"));
  const options = { cwd: join(app.root, "src") };
  const good = await hypertroq(["revision", "-m", "good", "--rev-id", "r2", "--version-path", "../billing"], options);
  expect(good).toEqual({ code: 0, stdout: "../billing/r2_good.ts\n", stderr: "checked\n" });
  expect(await readFile(join(app.root, "billing/r2_good.ts"), "utf8")).toMatch(new RegExp(`// ${app.root}$`));

  const bad = await hypertroq(["revision", "-m", "bad", "--rev-id", "r3"], options);
  expect(bad).toMatchObject({ code: 1, stdout: "" });
  expect(bad.stderr).toMatch(
    /^checked\nerror: The revision file \S*\/billing\/r3_bad\.ts is written, but a postWrite command ended with 1: /,
  );
  expect((await readdir(join(app.root, "billing"))).map((file) => basename(file))).toEqual(["r2_good.ts", "r3_bad.ts"]);
});
