import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { developmentServer, EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { fallbackRoot } from "../src/account.ts";
import {
  install,
  isRoot,
  leaveOutLinks,
  newDataDir,
  type Program,
  type ProgramOptions,
  platform,
  program,
  query,
  servers,
  serversOf,
  temporary,
} from "./helpers.ts";

interface Said {
  url: string;
  pid: number;
  dataDir: string;
  adopted: boolean;
  notes: string[];
  error?: unknown;
}

/** Starts a server, says what it is, and stops it when its standard input says so. */
function serve(directory: string, dataDir: string | undefined, options: ProgramOptions): Program {
  return program(
    directory,
    `const notes = [];
     const server = await EmbeddedPostgres.start({ ...${JSON.stringify({ dataDir })}, log: (line) => notes.push(line) });
     const { url, pid, dataDir, adopted } = server;
     say({ url, pid, dataDir, adopted, notes });
     await new Promise((resolve) => process.stdin.once("data", resolve));
     process.stdin.destroy();
     await server.stop();
     say((await server.exited).code);`,
    options,
  );
}

async function stop(served: Program, code: number | null = 0): Promise<void> {
  served.child.stdin!.write("stop\n");
  expect(await served.next<number | null>()).toBe(code);
  expect(await served.ended).toEqual({ code: 0, signal: null, stderr: "" });
}

/** The uid the kernel knows a process by. */
const uidOf = (pid: number): number => statSync(`/proc/${pid}`).uid;

/** What in a directory is not a user's. */
const notOf = (uid: number, directory: string): string =>
  spawnSync("find", [directory, "!", "-uid", String(uid)], { encoding: "utf8" }).stdout;

describe("an installation", () => {
  const place = mkdtempSync(join(tmpdir(), "embedded-postgres-test-"));
  chmodSync(place, 0o755);
  let installation: string;
  beforeAll(() => {
    installation = install(place);
  });
  afterAll(() => rmSync(place, { recursive: true, force: true }));

  test("without install scripts gets the links to its libraries at the first start, by several processes at once", async () => {
    leaveOutLinks(place);
    // Neither would start without.
    const served = [1, 2].map(() => serve(temporary(), undefined, { installation }));
    for (const each of served) await each.next<Said>();
    for (const each of served) await stop(each);
  });

  test("without install scripts that can't be written keeps the links beside the data; an ordinary user runs it, and root as that user", async () => {
    leaveOutLinks(place);
    const modules = join(place, "node_modules");
    spawnSync("chmod", ["-R", "a-w", modules]);
    onTestFinished(() => void spawnSync("chmod", ["-R", "u+w", modules]));
    const directory = temporary();
    chmodSync(directory, 0o755);
    const home = join(directory, "home");
    mkdirSync(home);
    chmodSync(home, 0o777);
    const uid = isRoot ? 65534 : process.getuid!();
    const user = { installation, ...(isRoot && { uid }) };
    const served = serve(directory, join(home, "data"), user);
    const said = await served.next<Said>();
    expect(said).toMatchObject({ adopted: false, dataDir: join(home, "data") });
    expect(uidOf(said.pid)).toBe(uid);
    expect(statSync(join(said.dataDir, "hypertroq/password")).uid).toBe(uid);
    expect(readdirSync(join(said.dataDir, "hypertroq/lib"))).toContain("libicui18n.so.60");
    await stop(served);

    if (!isRoot) return;
    const second = serve(directory, join(home, "data"), { installation });
    const { pid, dataDir } = await second.next<Said>();
    expect(uidOf(pid)).toBe(uid);
    await stop(second);
    expect(notOf(uid, dataDir)).toBe("");
    // And the user may go on with it.
    const third = serve(directory, join(home, "data"), user);
    await third.next<Said>();
    await stop(third);
  });

  test("without the optional platform package says what to do", async () => {
    const directory = temporary();
    expect(await serve(directory, undefined, { installation: install(directory, []) }).next()).toMatchObject({
      error: {
        code: "BINARIES_MISSING",
        packageName: platform,
        message: expect.stringContaining("--include=optional"),
      },
    });
  });

  test("and data below a directory that nobody else may enter: files stay their owner's", async () => {
    chmodSync(place, 0o700);
    onTestFinished(() => chmodSync(place, 0o755));
    const dataDir = newDataDir(place);
    const served = serve(place, dataDir, { installation });
    const { dataDir: real, pid, notes } = await served.next<Said>();
    const owner = statSync(real).uid;
    expect(uidOf(pid)).toBe(owner);
    expect(serversOf(dataDir)).toContain(pid);
    if (isRoot && !namespacesWork()) expect(notes).toHaveLength(1);
    else {
      expect(owner).toBe(process.getuid!());
      expect(notOf(owner, real)).toBe("");
      expect(notes).toEqual([]);
    }
    await stop(served);
  });

  if (isRoot && namespacesWork()) {
    test("gives a user without a line in /etc/passwd, whom initdb refuses, a server", async () => {
      const directory = temporary();
      chmodSync(directory, 0o755);
      const uid = 4_242_424;
      expect(readFileSync("/etc/passwd", "utf8")).not.toContain(`:${uid}:`);
      const home = join(directory, "home");
      mkdirSync(home);
      chmodSync(home, 0o777);
      const served = serve(directory, join(home, "data"), { installation, uid });
      const { pid } = await served.next<Said>();
      expect(uidOf(pid)).toBe(uid);
      await stop(served);
    });
  }
});

const withoutUnshare = { ...process.env, PATH: "/nowhere" };

// What follows needs root to set the stage; an ordinary user meets none of it.
if (isRoot) {
  describe("root without user namespaces", () => {
    const before = existsSync(fallbackRoot);
    // The binaries are copied once per version; where namespaces work, nobody else needs the copy.
    afterAll(() => {
      if (!before && namespacesWork()) rmSync(fallbackRoot, { recursive: true, force: true });
    });

    const noteOf = (dataDir: string): string =>
      expect.stringMatching(new RegExp(`^User namespaces are blocked here.* ${dataDir}$`));

    test("because the program unshare is missing: another user, data and binaries below /var/lib, found and kept", async () => {
      const dataDir = newDataDir();
      const directory = dirname(dataDir);
      chmodSync(directory, 0o700);
      const options = { env: withoutUnshare };

      const first = serve(directory, dataDir, options);
      const before = await first.next<Said>();
      expect(before.notes).toEqual([noteOf(before.dataDir)]);
      expect(before.dataDir).toMatch(/^\/var\/lib\/hypertroq\/[0-9a-f]{16}$/);
      expect(uidOf(before.pid)).not.toBe(0);
      await query(before.url, "CREATE TABLE kept AS SELECT 42 AS answer");
      // Node is killed: the server is found, also from where namespaces work, and adopted.
      first.child.kill("SIGKILL");
      await first.ended;
      expect(await EmbeddedPostgres.find(dataDir)).toMatchObject({ pid: before.pid, dataDir: before.dataDir });
      const second = serve(directory, dataDir, options);
      expect(await second.next()).toMatchObject({ pid: before.pid, url: before.url, adopted: true });
      // Its exit code is its parent's to know, and that is no more.
      await stop(second, null);
      const third = await EmbeddedPostgres.start({ dataDir });
      expect(third).toMatchObject({ dataDir: before.dataDir, adopted: false });
      expect(await query(third.url, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
      await third.stop();
      await developmentServer({ dataDir, database: "kept" }).reset();
      expect(existsSync(before.dataDir)).toBe(false);
    });

    test("because the kernel refuses them: a throw-away server leaves nothing behind, nor does a killed one after the next start", async () => {
      const directory = temporary();
      const options = namespacesWork() ? { wrapper: await refusingNamespaces() } : {};
      const first = serve(directory, undefined, options);
      const left = await first.next<Said>();
      expect(left.notes).toEqual([noteOf(left.dataDir)]);
      expect(left.dataDir.startsWith(`${fallbackRoot}/hypertroq-postgres-`)).toBe(true);
      first.child.kill("SIGKILL");
      await first.ended;
      const second = serve(directory, undefined, options);
      const { dataDir } = await second.next<Said>();
      await stop(second);
      expect(existsSync(left.dataDir)).toBe(false);
      expect(existsSync(dataDir)).toBe(false);
      expect(servers((path) => path.startsWith(fallbackRoot) && (path === left.dataDir || path === dataDir))).toEqual(
        [],
      );
    });

    test("a cluster that is root's is refused and left as it is", async () => {
      const dataDir = newDataDir();
      const directory = dirname(dataDir);
      mkdirSync(join(dataDir, "hypertroq"), { recursive: true });
      writeFileSync(join(dataDir, "PG_VERSION"), "16\n");
      expect(await serve(directory, dataDir, { env: withoutUnshare }).next()).toMatchObject({
        error: { code: "NO_ACCOUNT", message: expect.stringContaining("chown -R nobody") },
      });
      expect(readdirSync(dataDir).sort()).toEqual(["PG_VERSION", "hypertroq"]);
      expect(readdirSync(join(dataDir, "hypertroq"))).toEqual([]);
    });

    const withUnshare = (directory: string, script: string): NodeJS.ProcessEnv => {
      writeFileSync(join(directory, "unshare"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      return { ...process.env, PATH: `${directory}:${process.env["PATH"]}` };
    };

    test("is not what a Ctrl-C means that comes before the server: it goes to the program alone", async () => {
      const directory = temporary();
      const command = `PATH=${process.env["PATH"]}; kill -INT -$PPID; exec unshare "$@"`;
      const started = program(
        directory,
        `let heard = false;
         process.on("SIGINT", () => { heard = true; });
         const server = await EmbeddedPostgres.start();
         await server.stop();
         say(heard);`,
        { env: withUnshare(directory, command), leader: true },
      );
      expect(await started.next()).toBe(true);
    });

    test("is not what a signal means that ends the program unshare", async () => {
      const dataDir = newDataDir();
      const directory = dirname(dataDir);
      const env = withUnshare(directory, "kill -TERM $$");
      expect(await serve(directory, dataDir, { env }).next()).toMatchObject({
        error: { name: "AbortError", message: expect.stringContaining("SIGTERM") },
      });
      expect(existsSync(dataDir)).toBe(false);
    });
  });
}

function namespacesWork(): boolean {
  return spawnSync("unshare", ["-U", "--map-user=1", "true"]).status === 0;
}

/** Runs Node where the kernel refuses user namespaces: in one, mapped one to one, that may have no more below it. */
async function refusingNamespaces(): Promise<NonNullable<ProgramOptions["wrapper"]>> {
  const holder = spawn("unshare", ["-U", "sleep", "600"]);
  onTestFinished(() => void holder.kill("SIGKILL"));
  const outside = readlinkSync("/proc/self/ns/user");
  await expect.poll(() => readlinkSync(`/proc/${holder.pid}/ns/user`)).not.toBe(outside);
  writeFileSync(`/proc/${holder.pid}/uid_map`, "0 0 4294967295");
  writeFileSync(`/proc/${holder.pid}/gid_map`, "0 0 4294967295");
  const script = 'echo 0 > /proc/sys/user/max_user_namespaces && ! unshare -U true 2>/dev/null && exec "$@"';
  return (node, file) => ["nsenter", ["-U", `--target=${holder.pid}`, "sh", "-c", script, "sh", node, file]];
}
