import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

const PROGRAM = "/usr/sbin/pgbouncer";

/** Whether there is none to try; in CI there always is one. */
export const hasNoPgBouncer = !existsSync(PROGRAM) && !process.env["CI"];

export interface PgBouncerOptions {
  readonly mode: "transaction" | "session";
  /** Connections to the server. */
  readonly size: number;
  /** Further lines of pgbouncer.ini. */
  readonly lines?: readonly string[];
}

/** A PgBouncer (Debian's 1.18) of the test's own before a database. */
export class PgBouncer implements AsyncDisposable {
  /** Through it, as the user that the database's own URL names. */
  readonly url: string;
  readonly #directory: string;
  #process: ChildProcess | undefined;

  private constructor(directory: string, url: string) {
    this.#directory = directory;
    this.url = url;
  }

  /** @param url the database behind it. */
  static async start(url: string, { mode, size, lines = [] }: PgBouncerOptions): Promise<PgBouncer> {
    const directory = await mkdtemp(join(tmpdir(), "pgbouncer-"));
    const server = new URL(url);
    const port = await freePort();
    const database = server.pathname.slice(1);
    const [user, password] = [server.username, server.password].map(decodeURIComponent);
    await writeFile(join(directory, "users.txt"), `"${user}" "${password}"\n`, { mode: 0o644 });
    await writeFile(
      join(directory, "pgbouncer.ini"),
      `[databases]
${database} = host=127.0.0.1 port=${server.port} dbname=${database}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${directory}/users.txt
pool_mode = ${mode}
default_pool_size = ${size}
max_client_conn = 1000
server_login_retry = 0.2
${lines.join("\n")}
`,
      { mode: 0o644 },
    );
    await chmod(directory, 0o755);
    server.host = `127.0.0.1:${port}`;
    const pooler = new PgBouncer(directory, server.href);
    await pooler.start();
    return pooler;
  }

  /** After `kill`, at the same port. */
  async start(): Promise<void> {
    // It refuses to run as root.
    const words = [...(process.getuid?.() === 0 ? ["-u", "nobody"] : []), join(this.#directory, "pgbouncer.ini")];
    const child = spawn(PROGRAM, words, { stdio: "ignore" });
    this.#process = child;
    for (;;) {
      const probe = new pg.Client({ connectionString: this.url });
      probe.on("error", () => {});
      const failure = await probe.connect().then(
        () => undefined,
        (error: unknown) => error,
      );
      await probe.end().catch(() => {});
      if (failure === undefined) return;
      if (child.exitCode !== null) throw failure;
      await sleep(10);
    }
  }

  /** @param signal SIGTERM has it close all connections, SIGKILL leaves that to the kernel. */
  async kill(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const child = this.#process!;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill("SIGKILL");
    await rm(this.#directory, { recursive: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
