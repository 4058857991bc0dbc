import { execFile, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import module from "node:module";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newestNode } from "./newest-node.ts";
import { ENVIRONMENT, link, Outside, packOnce } from "./packed.ts";
import { FULL } from "./sample.ts";

const packed = await packOnce();

interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program in a directory. */
function run(
  file: string,
  words: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  return new Promise((resolve) => {
    execFile(file, words, { cwd, env: { ...ENVIRONMENT, ...env } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

describe("create-hypertroq", () => {
  let place: Outside;
  beforeAll(async () => {
    place = new Outside();
    await link(place.path, packed, ["fastify"]);
  });
  afterAll(() => place[Symbol.dispose]());

  const create = (...words: string[]): Promise<Finished> => {
    const program = join(place.path, "node_modules/create-hypertroq/bin/create-hypertroq.js");
    return run(process.execPath, [program, ...words], place.path);
  };

  it("makes an app in a new directory, whatever it is called, once", async () => {
    const made = await create("My first App");
    expect(made).toMatchObject({ code: 0 });
    expect(made.stderr).toMatch(/\n {2}npm install\n[\s\S]*\nBut first: cd "My first App"\n$/);
    expect(made.stdout.split("\n")).toEqual(expect.arrayContaining(["package.json", ".gitignore", "src/models.ts"]));
    const manifest = JSON.parse(readFileSync(join(place.path, "My first App/package.json"), "utf8"));
    expect(manifest).toMatchObject({ name: "my-first-app", dependencies: { "@hypertroq/database": "^0.1.0" } });
    const again = await create("My first App");
    expect(again).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("is not empty. Nothing was written."),
    });
  });

  it("makes an app that ends when its server has died, and says so", async () => {
    const cwd = join(place.path, "My first App");
    const env = { ...ENVIRONMENT, PORT: "0" };
    // jiti comes with the package and runs TypeScript on every Node; npm has installed no tsx here.
    const jiti = join(place.path, "node_modules/jiti/lib/jiti-cli.mjs");
    const child = spawn(process.execPath, [jiti, "src/main.ts"], { cwd, env });
    let said = "";
    child.stderr.on("data", (chunk) => (said += chunk));
    const ended = new Promise((resolve) => child.once("close", resolve));
    try {
      await new Promise((resolve) => child.stdout.once("data", resolve).once("close", resolve));
      process.kill(Number.parseInt(readFileSync(join(cwd, ".hypertroq/data/postmaster.pid"), "utf8"), 10), "SIGKILL");
      expect(await ended).toBe(1);
      expect(said).toMatch(
        /^PostgreSQL in .*\.hypertroq\/data has stopped\. Its log ends with:\n[\s\S]+\n.*: npm start\n$/,
      );
    } finally {
      child.kill("SIGTERM");
      await ended;
    }
  });

  it("says what is wrong with its words, and writes nothing", async () => {
    for (const words of [["--template"], ["a", "b"]]) {
      expect(await create(...words)).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("Usage: ") });
    }
    expect(await create("--help")).toMatchObject({ code: 0, stdout: expect.stringContaining("Usage: "), stderr: "" });
    place.write("a-file", "");
    expect(await create("a-file/app")).toMatchObject({ code: 1, stderr: expect.stringContaining("(ENOTDIR)") });
    expect(readdirSync(place.path).sort()).toEqual(["My first App", "a-file", "node_modules"]);
  });
});

// It needs the registry, and minutes.
if (FULL) {
  const NODES = { "this Node": async () => process.execPath, "the newest Node": newestNode };
  describe.each(Object.entries(NODES))("an app that npm makes and installs, on %s", (_name, findNode) => {
    let place: Outside;
    let app: string;
    let env: Readonly<Record<string, string>>;
    beforeAll(async () => {
      place = new Outside();
      app = join(place.path, "my-app");
      env = { PATH: [dirname(await findNode()), process.env["PATH"]].join(delimiter) };
      const [database, embedded, creator] = packed.map(({ file }) => file) as [string, string, string];
      // `npm create hypertroq my-app`, which is this, but for where the packages come from.
      const words = [
        "exec",
        "--yes",
        `--package=${creator}`,
        `--package=${database}`,
        "--",
        "create-hypertroq",
        "my-app",
      ];
      expect(await run("npm", words, place.path, env)).toMatchObject({ code: 0 });
      const installed = await run("npm", ["install", database, embedded], app, env);
      expect(installed).toMatchObject({ code: 0, stderr: expect.not.stringContaining("EBADENGINE") });
    }, 600_000);
    afterAll(() => place[Symbol.dispose]());

    const npm = (...words: string[]): Promise<Finished> => run("npm", words, app, env);
    const hypertroq = (...words: string[]): Promise<Finished> => npm("exec", "--", "hypertroq", ...words);

    it("has its types right, and its tests", async () => {
      expect(await npm("run", "typecheck")).toMatchObject({ code: 0 });
      const tests = await npm("test");
      expect(tests, tests.stdout + tests.stderr).toMatchObject({ code: 0 });
    });

    it("is migrated, changed, migrated again and back, seeded, and what its models describe", async () => {
      expect(await hypertroq("--version")).toMatchObject({ code: 0, stdout: "0.1.0\n" });
      expect(await hypertroq("upgrade", "head")).toMatchObject({ code: 0 });
      expect(await hypertroq("current")).toMatchObject({ code: 0, stdout: expect.stringContaining("(head)") });
      // Where Node can, it keeps what it has compiled.
      const { enableCompileCache } = module as { enableCompileCache?: unknown };
      const canKeep = (await findNode()) !== process.execPath || enableCompileCache !== undefined;
      expect(existsSync(join(app, "node_modules/.cache/hypertroq/node"))).toBe(canKeep);
      const models = join(app, "src/models.ts");
      const text = readFileSync(models, "utf8");
      writeFileSync(
        models,
        text.replace("varchar(50).index(),", "varchar(50).index(),\n  notes: varchar(500).nullable(),"),
      );
      expect(await hypertroq("check")).toMatchObject({ code: 1 });
      expect(await hypertroq("revision", "--autogenerate", "-m", "notes")).toMatchObject({ code: 0 });
      expect(await hypertroq("upgrade", "head")).toMatchObject({ code: 0 });
      expect(await hypertroq("check")).toMatchObject({ code: 0 });
      expect(await hypertroq("downgrade", "-1")).toMatchObject({ code: 0 });
      expect(await hypertroq("upgrade", "head")).toMatchObject({ code: 0 });
      expect(await hypertroq("seed")).toMatchObject({ code: 0 });
    });

    it("serves, and ends when it is told to", async () => {
      const child = spawn("npm", ["start", "--silent"], {
        cwd: app,
        env: { ...ENVIRONMENT, ...env, PORT: "0" },
        stdio: ["ignore", "pipe", "inherit"],
        detached: true,
      });
      const ended = new Promise((resolve) => child.once("close", resolve));
      try {
        const url = await new Promise<string>((resolve, reject) => {
          createInterface({ input: child.stdout }).on("line", (line) => line.startsWith("http") && resolve(line));
          child.once("exit", (code) => reject(new Error(`It ended with ${code}.`)));
        });
        const names = ((await (await fetch(url)).json()) as { name: string }[]).map(({ name }) => name);
        expect(names).toEqual(["Bench press", "Pull-up", "Squat"]);
      } finally {
        process.kill(-child.pid!, "SIGTERM");
        await ended;
      }
      await expect.poll(() => existsSync(join(app, ".hypertroq/data/postmaster.pid"))).toBe(false);
    });
  });
}
