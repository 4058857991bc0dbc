import { type ChildProcess, spawn } from "node:child_process";
import { readdir, rm, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createRevision, ScriptDirectory } from "../../src/migrations/index.ts";
import { inTurn } from "../../src/migrations/script/turn.ts";
import { hypertroq, PROGRAM } from "../cli/hypertroq.ts";
import { history, type TemporaryApp, temporaryApp } from "./temporary-app.ts";

const files = async (app: TemporaryApp): Promise<string[]> => (await readdir(join(app.migrations, "versions"))).sort();

test("of several at once each follows the one before, and nothing else is left", async () => {
  await using app = await temporaryApp(history(1));
  const directory = app.migrations;
  const names = ["a", "b", "c", "d", "e", "f"];
  await Promise.all(names.map((id) => createRevision({ directory, id, sql: id === "c" })));
  const { graph } = await ScriptDirectory.load(directory);
  expect(graph.heads).toHaveLength(1);
  expect([...graph.order].sort()).toEqual(["r1", ...names].sort());
  expect(await files(app)).toHaveLength(8);
});

test("two programs at once: both write, and one line of history comes of it", async () => {
  await using app = await temporaryApp(history(1));
  const run = (id: string) => hypertroq(["revision", "-m", "x", "--rev-id", id], { cwd: app.root });
  for (const { code, stderr } of await Promise.all([run("a"), run("b")]))
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const { graph } = await ScriptDirectory.load(app.migrations);
  expect(graph.heads).toHaveLength(1);
  expect(graph.order).toHaveLength(3);
});

test("claims that processes left when they died are no claims; those of the living are, for a while", async () => {
  await using app = await temporaryApp(history(1));
  const directory = app.migrations;
  const dead = spawn("true");
  await new Promise((resolve) => dead.once("close", resolve));
  await app.write(`migrations/versions/.${dead.pid}.${hostname()}.0123456789ab.claim`, "");
  const elsewhere = await app.write("migrations/versions/.1.elsewhere.example.0123456789ab.claim", "");
  await utimes(elsewhere, 0, 0);
  await createRevision({ directory, id: "r2" });
  expect(await files(app)).toEqual(["r1_x.ts", "r2_empty_message.ts"]);

  const claim = await app.write(`migrations/versions/.${process.pid}.${hostname()}.0123456789ab.claim`, "");
  const waiting = createRevision({ directory, id: "r3" });
  await sleep(300);
  expect(await files(app)).not.toContain("r3_empty_message.ts");
  await rm(claim);
  await waiting;

  await app.write(`migrations/versions/.${process.pid}.${hostname()}.0123456789ab.claim`, "");
  const work = () => expect.fail("it was not our turn");
  await expect(inTurn(join(directory, "versions"), work, 50)).rejects.toMatchObject({
    code: "REVISIONS_BUSY",
    message: expect.stringContaining(`process ${process.pid} on ${hostname()}`),
  });
  await rm(claim);
  expect((await ScriptDirectory.load(directory)).graph.heads).toEqual(["r3"]);
});

test("a full disk leaves no file", async () => {
  await using app = await temporaryApp(history(1));
  // A limit on the size of files, of which a write beyond it fails as one to a full disk does.
  for (const kind of ["", " --sql"]) {
    const script = `trap '' XFSZ; ulimit -f 0; exec "${process.execPath}" "${PROGRAM}" revision -m x${kind}`;
    const { code, stderr } = await ended(spawn("bash", ["-c", script], { cwd: app.root }));
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error: .*_x\S* could not be written: EFBIG\. Nothing was changed\.\ncode: REVISION_NOT_WRITTEN\n$/,
    );
    expect(await files(app)).toEqual(["r1_x.ts"]);
  }
});

test("killed at any moment, a run leaves a whole file or none, and the next goes on", async () => {
  await using app = await temporaryApp(history(1));
  let written = 1;
  for (let delay = 80; delay <= 380; delay += 60) {
    const child = spawn(process.execPath, [PROGRAM, "revision", "-m", "x"], { cwd: app.root, stdio: "ignore" });
    const closed = new Promise((resolve) => child.once("close", resolve));
    await sleep(delay);
    child.kill("SIGKILL");
    await closed;
    const { graph } = await ScriptDirectory.load(app.migrations);
    expect(graph.heads).toHaveLength(1);
    expect([written, written + 1]).toContain(graph.order.length);
    written = graph.order.length;
  }
  await app.write("migrations/versions/.0123456789ab.draft.half_x.ts", "export const");
  await createRevision({ directory: app.migrations, id: "last" });
  expect((await files(app)).filter((name) => name.startsWith("."))).toEqual([]);
  expect((await ScriptDirectory.load(app.migrations)).graph.heads).toEqual(["last"]);
});

test("a directory that cannot be made is named", async () => {
  await using app = await temporaryApp();
  await app.write("migrations", "a file");
  await expect(createRevision({ directory: app.migrations })).rejects.toMatchObject({
    code: "REVISION_NOT_WRITTEN",
    message: expect.stringMatching(/the directory cannot be made \((ENOTDIR|EEXIST)\)/),
  });
});

async function ended(child: ChildProcess): Promise<{ code: number | null; stderr: string }> {
  let stderr = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stderr };
}
