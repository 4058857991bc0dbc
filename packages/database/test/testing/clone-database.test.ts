import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { DatabaseManager, errors } from "../../src/index.ts";
import { type CloneOptions, cloneDatabase } from "../../src/testing/index.ts";
import { withDatabase } from "../../src/testing/maintenance.ts";

/** Where locks are held; the databases that are made are of the same server. */
let maintenance: TestDatabase;
let serial = 0;
let prefix: string;
const prefixes: string[] = [];

beforeAll(async () => {
  maintenance = await createTestDatabase();
});
afterAll(async () => {
  for (const name of prefixes) {
    for (const database of await databases(name)) await maintenance.query(`drop database "${database}" with (force)`);
  }
  await maintenance.drop();
});

/** Options with a prefix of the test's own, and how often they have made a template. */
function options(changes: Partial<CloneOptions> = {}) {
  prefix = `clones_${process.pid}_${++serial}`;
  prefixes.push(prefix);
  const made: string[] = [];
  const prepare = async (url: string): Promise<void> => {
    made.push(url);
    await run(url, async (manager) => {
      await manager.sql`create table notes (line text)`;
      await manager.sql`insert into notes values ('template')`;
    });
  };
  return { made, url: maintenance.url, key: "one", name: prefix, prepare, ...changes };
}

async function run<T>(url: string, work: (manager: DatabaseManager) => Promise<T>): Promise<T> {
  const manager = new DatabaseManager({ url });
  try {
    return await work(manager);
  } finally {
    await manager.close();
  }
}

const databases = async (name = prefix): Promise<string[]> =>
  (
    await maintenance.query<{ datname: string }>(
      "select datname from pg_database where starts_with(datname, $1) order by 1",
      [`${name}_`],
    )
  ).map(({ datname }) => datname);
const kinds = async (): Promise<string[]> =>
  (await databases()).map((name) => name.slice(prefix.length + 1).replace(/[\da-f]{12,}/, "…"));
/** The connections that hold clones. */
const workers = (): Promise<object[]> =>
  maintenance.query("select from pg_stat_activity where datname = $1 and application_name = 'hypertroq testing'", [
    maintenance.name,
  ]);
const notes = (url: string) => run(url, (manager) => manager.sql`select line from notes order by 1`);

describe("a clone", () => {
  it("has what the template has, and is one's own", async () => {
    const given = options();
    const [first, second] = [await cloneDatabase(given), await cloneDatabase(given)];
    await run(first.url, (manager) => manager.sql`insert into notes values ('first')`);
    expect(await notes(first.url)).toEqual([{ line: "first" }, { line: "template" }]);
    expect(await notes(second.url)).toEqual([{ line: "template" }]);
    expect(given.made).toHaveLength(1);
    expect(await kinds()).toEqual(["clone_…", "clone_…", "template_…"]);
    await first.drop();
    await second[Symbol.asyncDispose]();
    expect(await kinds()).toEqual(["template_…"]);
  });

  it("is dropped though somebody is connected, and once", async () => {
    const database = await cloneDatabase(options());
    const manager = new DatabaseManager({ url: database.url });
    await manager.sql`select 1`;
    await Promise.all([database.drop(), database.drop()]);
    expect(await kinds()).toEqual(["template_…"]);
    await manager.close();
  });

  it("holds one connection to the maintenance database, and none when it is dropped", async () => {
    const database = await cloneDatabase(options());
    expect(await workers()).toHaveLength(1);
    await database.drop();
    await expect.poll(workers).toHaveLength(0);
  });
});

describe("a template", () => {
  it("is made once, whatever number of workers ask at the same time", async () => {
    const given = options();
    const clones = await Promise.all(Array.from({ length: 6 }, () => cloneDatabase(given)));
    expect(given.made).toHaveLength(1);
    expect(new Set(clones.map(({ name }) => name)).size).toBe(6);
    expect(await Promise.all(clones.map(({ url }) => notes(url)))).toEqual(clones.map(() => [{ line: "template" }]));
    await Promise.all(clones.map((clone) => clone.drop()));
  });

  it("stays for the next run, and nobody can connect to it", async () => {
    const given = options();
    await (await cloneDatabase(given)).drop();
    await (await cloneDatabase(given)).drop();
    expect(given.made).toHaveLength(1);
    const [template] = await databases();
    const url = new URL(maintenance.url);
    url.pathname = `/${template}`;
    await expect(run(url.href, (manager) => manager.sql`select 1`)).rejects.toThrow(errors.ConnectionFailed);
  });

  it("is made anew for another key; the old one is dropped when nobody uses it any more", async () => {
    const given = options();
    const old = await cloneDatabase(given);
    const other = await cloneDatabase({ ...given, key: "two" });
    expect(await kinds()).toEqual(["clone_…", "clone_…", "template_…", "template_…"]);
    await Promise.all([old.drop(), other.drop()]);
    const third = await cloneDatabase({ ...given, key: "three" });
    expect(await kinds()).toEqual(["clone_…", "template_…"]);
    await third.drop();
    expect(given.made).toHaveLength(3);
  });

  it("is not there when it could not be made, and is made by the next who asks", async () => {
    const failing = options({
      prepare: async (url) => {
        await run(url, (manager) => manager.sql`create table notes (line text)`);
        throw new Error("no such migration");
      },
    });
    await expect(cloneDatabase(failing)).rejects.toThrow("no such migration");
    expect(await kinds()).toEqual([]);
    const { prepare } = options();
    const database = await cloneDatabase({ ...failing, prepare });
    expect(await notes(database.url)).toEqual([{ line: "template" }]);
    await database.drop();
  });

  it("cannot be cloned when prepare has left a connection open, and the error says so", async () => {
    const left: DatabaseManager[] = [];
    const given = options({
      prepare: async (url) => {
        left.push(new DatabaseManager({ url }));
        await left[0]!.sql`select 1`;
      },
    });
    await expect(cloneDatabase(given)).rejects.toThrow(/prepare\(\) has left a connection to the template open/);
    expect(await kinds()).toEqual([]);
    await left[0]!.close();
  });
});

describe("what killed runs have left behind", () => {
  const program = (given: CloneOptions): string => `
    import { cloneDatabase } from "@hypertroq/database/testing";
    const { url, key, name } = ${JSON.stringify(given)};
    const prepare = async (template) => {
      if (key === "endless") process.stdout.write("preparing");
      if (key === "endless") await new Promise((resolve) => setTimeout(resolve, 600_000));
    };
    await cloneDatabase({ url, key, name, prepare });
    process.stdout.write("cloned");`;
  const children: ChildProcess[] = [];
  const start = async (given: CloneOptions): Promise<() => Promise<void>> => {
    const cwd = fileURLToPath(new URL("../..", import.meta.url));
    const words = ["--input-type=module", "--eval", program(given)];
    const child = spawn(process.execPath, words, { cwd, stdio: ["ignore", "pipe", "inherit"] });
    children.push(child);
    await once(child.stdout, "data");
    return async () => {
      child.kill("SIGKILL");
      await once(child, "close");
    };
  };
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });

  it("is dropped by the next: clones whose worker has gone, and only those", async () => {
    const given = options();
    const [kill, killLater] = [await start(given), await start(given)];
    expect(await kinds()).toEqual(["clone_…", "clone_…", "template_…"]);
    await kill();
    await expect.poll(workers).toHaveLength(1);
    const database = await cloneDatabase(given);
    expect(await kinds()).toEqual(["clone_…", "clone_…", "template_…"]);
    await killLater();
    await expect.poll(workers).toHaveLength(1);
    await (await cloneDatabase(given)).drop();
    expect(await databases()).toEqual([database.name, expect.stringContaining("template")]);
    await database.drop();
  });

  it("is made anew when it is a template that was not finished", async () => {
    const given = options({ key: "endless" });
    const kill = await start(given);
    expect(await kinds()).toEqual(["template_…_new"]);
    await kill();
    const database = await cloneDatabase(given);
    expect(given.made).toHaveLength(1);
    expect(await kinds()).toEqual(["clone_…", "template_…"]);
    await database.drop();
  });

  it("leaves databases alone that only look alike", async () => {
    const given = options();
    const mine = [`${prefix}_clone_mine`, `${prefix}_template_old`, `${prefix}x_clone_0123456789ab`];
    for (const name of mine) await maintenance.query(`create database ${name}`);
    await (await cloneDatabase(given)).drop();
    expect(await databases()).toEqual([mine[0], expect.stringMatching(/_template_[\da-f]{16}$/), mine[1]]);
    await maintenance.query(`drop database ${mine[2]}`);
  });
});

describe("options:", () => {
  it("the URL of a clone is that of the maintenance database, whose name may stand in two places", () => {
    expect(withDatabase("postgresql+asyncpg://u:p%2F@h1:1,[::1]:2/app?sslmode=require&dbname=x", "c")).toBe(
      "postgresql+asyncpg://u:p%2F@h1:1,[::1]:2/c?sslmode=require",
    );
    expect(withDatabase(" postgresql://%2Ftmp ", "c")).toBe("postgresql://%2Ftmp/c");
    expect(withDatabase("postgresql://h?dbname=x", "c")).toBe("postgresql://h/c");
    expect(() => withDatabase("mysql://h", "c")).toThrow(errors.SettingsError);
  });

  it("names that will not do are refused before anything is done", async () => {
    for (const name of ["", "Tests", "a-b", "x".repeat(34)]) {
      await expect(cloneDatabase({ ...options(), name })).rejects.toThrow(errors.DefinitionError);
    }
    const longest = `${options().name}_`.padEnd(33, "x");
    prefixes.push(longest);
    await (await cloneDatabase({ ...options(), name: longest })).drop();
  });

  it("a user who may not create databases is told so, and nothing is held", async () => {
    const role = `clones_${process.pid}_role`;
    await maintenance.query(`create role ${role} login password 'x'`);
    const url = new URL(maintenance.url);
    [url.username, url.password] = [role, "x"];
    await expect(cloneDatabase({ ...options(), url: url.href })).rejects.toMatchObject({ sqlState: "42501" });
    await maintenance.query(`drop role ${role}`);
    await (await cloneDatabase(options())).drop();
  });

  it("permission to create databases is enough", async () => {
    const role = `clones_${process.pid}_maker`;
    await maintenance.query(`create role ${role} login createdb password 'x'`);
    const url = new URL(maintenance.url);
    [url.username, url.password] = [role, "x"];
    const given = { ...options(), url: url.href };
    const database = await cloneDatabase(given);
    expect(await notes(database.url)).toHaveLength(1);
    await database.drop();
    await (await cloneDatabase({ ...given, key: "two" })).drop();
    expect(await kinds()).toEqual(["template_…"]);
    for (const name of await databases()) await maintenance.query(`drop database "${name}"`);
    await maintenance.query(`drop role ${role}`);
  });
});
