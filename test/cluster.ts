import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EmbeddedPostgres, makeReplica } from "@hypertroq/embedded-postgres";
import pg from "pg";

/** Nobody else needs what these servers write to be on the disk. */
const SETTINGS = {
  fsync: false,
  full_page_writes: false,
  max_connections: 100,
  wal_retrieve_retry_interval: 200,
  // What a replica replays goes before who reads there.
  max_standby_streaming_delay: 0,
};
type Settings = Readonly<Record<string, string | number | boolean>>;

/** A server of a cluster, in the hands of a test. */
export class Node {
  server: EmbeddedPostgres;
  readonly #settings: Settings;
  #isPaused = false;
  #isReplayPaused = false;

  constructor(server: EmbeddedPostgres, settings: Settings) {
    this.server = server;
    this.#settings = settings;
  }

  /** Of the database `postgres`, past the layer under test. */
  get url(): string {
    return this.server.url;
  }

  /** Runs SQL on a connection outside the layer under test. */
  async query<Row extends object = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Row[]> {
    try {
      return await this.#query<Row>(sql, values);
    } catch (error) {
      if ((error as { code?: string }).code !== "40001") throw error; // what a replica replays was in the way
      return await this.query<Row>(sql, values);
    }
  }

  async #query<Row extends object>(sql: string, values?: unknown[]): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.url });
    client.on("error", () => {});
    await client.connect();
    try {
      return (await client.query<Row>(sql, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** All of its processes go at once, as when the machine does. */
  async kill(): Promise<void> {
    for (const pid of this.#processes()) signal(pid, "SIGKILL");
    await this.server.exited;
    await this.server.stop();
  }

  /** None of its processes does anything until `resume`; their sockets stay open. */
  pause(): void {
    this.#isPaused = true;
    for (const pid of this.#processes()) signal(pid, "SIGSTOP");
  }

  /** It receives, and shows nothing of it, until `resume`. */
  async pauseReplay(): Promise<void> {
    await this.query("select pg_wal_replay_pause()");
    this.#isReplayPaused = true;
  }

  /** Ends both kinds of pause. */
  async resume(): Promise<void> {
    if (this.#isPaused) for (const pid of this.#processes()) signal(pid, "SIGCONT");
    this.#isPaused = false;
    if (this.#isReplayPaused) await this.query("select pg_wal_replay_resume()");
    this.#isReplayPaused = false;
  }

  async restart(): Promise<void> {
    const { dataDir, port } = this.server;
    this.server = await EmbeddedPostgres.start({ dataDir, port, settings: this.#settings });
  }

  /** Streams from another primary. */
  async follow({ server }: Node): Promise<void> {
    const { password } = new URL(this.url);
    const conninfo = `host=127.0.0.1 port=${server.port} user=postgres password=${decodeURIComponent(password)}`;
    await this.query(`alter system set primary_conninfo = '${conninfo}'`);
    await this.query("select pg_reload_conf()");
  }

  /** The postmaster first, so that it starts no others meanwhile. */
  #processes(): number[] {
    const parent = this.server.pid;
    const children = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry) && parentOf(entry) === parent);
    return [parent, ...children.map(Number)];
  }
}

/** A primary, and replicas that stream from it. */
export class Cluster implements AsyncDisposable {
  readonly primary: Node;
  readonly replicas: readonly Node[];
  readonly #root: string;

  private constructor(root: string, primary: Node, replicas: readonly Node[]) {
    this.#root = root;
    this.primary = primary;
    this.replicas = replicas;
  }

  /** @param more settings of each server. */
  static async start(count: number, more: Settings = {}): Promise<Cluster> {
    const settings = { ...SETTINGS, ...more };
    const root = mkdtempSync(join(tmpdir(), "hypertroq-cluster-"));
    const directory = (name: string): string => join(root, name);
    const first = await EmbeddedPostgres.start({ dataDir: directory("primary"), settings: SETTINGS });
    const { port } = first;
    await first.stop();
    const names = Array.from({ length: count }, (_, i) => `replica${i + 1}`);
    for (const name of names) makeReplica(directory("primary"), { dataDir: directory(name), port });
    const start = async (name: string, at?: number): Promise<Node> => {
      const options = { dataDir: directory(name), settings, ...(at === undefined ? {} : { port: at }) };
      return new Node(await EmbeddedPostgres.start(options), settings);
    };
    const primary = await start("primary", port);
    return new Cluster(root, primary, await Promise.all(names.map((name) => start(name))));
  }

  /** A URL of all servers, for `DATABASE_URL`. */
  get url(): string {
    const url = new URL(this.primary.url);
    const hosts = [this.primary, ...this.replicas].map(({ server }) => `127.0.0.1:${server.port}`);
    return `postgresql://${url.username}:${url.password}@${hosts.join(",")}${url.pathname}?target_session_attrs=primary`;
  }

  get replicaUrls(): readonly string[] {
    return this.replicas.map(({ url }) => url);
  }

  /** Waits until the replicas have replayed what the primary has written. */
  async caughtUp(replicas: readonly Node[] = this.replicas): Promise<void> {
    const [row] = await this.primary.query<{ lsn: string }>("select pg_current_wal_flush_lsn() lsn");
    for (const replica of replicas) {
      const isThere = async (): Promise<boolean> => {
        const [answer] = await replica.query<{ there: boolean }>(
          "select pg_last_wal_replay_lsn() >= $1::pg_lsn as there",
          [row!.lsn],
        );
        return answer!.there;
      };
      while (!(await isThere())) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of [this.primary, ...this.replicas]) {
      await node.resume().catch(() => {}); // it may be gone
      await node.server.stop({ mode: "immediate" });
    }
    rmSync(this.#root, { recursive: true, force: true, maxRetries: 3 });
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}
