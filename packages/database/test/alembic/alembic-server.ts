import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

let port: Promise<number> | undefined;

/** The port of the worker's server, which ends with it. */
async function startServer(): Promise<number> {
  const script = fileURLToPath(new URL("alembic-server.py", import.meta.url));
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1", PYTHONIOENCODING: "utf-8" };
  const child = spawn("/usr/bin/python3", [script], { env, stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit").then(() => {
    throw new Error("Alembic cannot be loaded.");
  });
  const [said] = (await Promise.race([once(child.stdout, "data"), ended])) as [Buffer];
  child.unref();
  for (const stream of [child.stdin, child.stdout]) (stream as unknown as Socket).unref();
  return Number(said);
}

/** Runs Alembic, in a process that has loaded it before; rejects with what it says where it fails. */
export async function runAlembic(directory: string, url: string, words: readonly string[]): Promise<string> {
  port ??= startServer();
  const socket = connect(await port, "127.0.0.1");
  socket.write([words.length, directory, url, ...words, ""].join("\0"));
  const chunks = await socket.toArray();
  const [code, stdout = "", stderr] = Buffer.concat(chunks).toString().split("\0");
  if (code !== "0") throw new Error(stderr);
  return stdout;
}

/** Does something while `alembic` on PATH is a program that does what {@link runAlembic} does. */
export async function withLoadedAlembic<T>(action: () => Promise<T>): Promise<T> {
  port ??= startServer();
  const directory = await mkdtemp(join(tmpdir(), "hypertroq-alembic-"));
  const file = join(directory, "alembic");
  const program = `#!/bin/bash
exec 3<>/dev/tcp/127.0.0.1/${await port}
printf '%s\\0' $# "$PWD" "$ALEMBIC_URL" "$@" >&3
for name in code stdout stderr; do IFS= read -r -d '' $name <&3; done
printf %s "$stdout"
printf %s "$stderr" >&2
exit $code
`;
  await writeFile(file, program);
  await chmod(file, 0o755);
  const { PATH } = process.env;
  process.env["PATH"] = `${directory}:${PATH}`;
  try {
    return await action();
  } finally {
    process.env["PATH"] = PATH;
    await rm(directory, { recursive: true });
  }
}
