import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, it } from "vitest";
import { Cluster, type Node } from "../../../../test/cluster.ts";
import { FULL } from "../../../../test/sample.ts";
import { DatabaseManager, errors, integer, Model, type Session, select } from "../../src/index.ts";
import { type Entry, type Row, violations } from "./history.ts";

class Counter extends Model.define({ id: integer().primaryKey(), value: integer() }) {}

const CLIENTS = 20;
/** Reads and writes, all together. */
const OPERATIONS = FULL ? 100_000 : 1500;
const SEED = FULL ? Number(process.env["HYPERTROQ_SEED"] ?? Date.now() % 1_000_000) : 7;

let cluster: Cluster | undefined;
afterEach(async () => {
  await cluster?.[Symbol.asyncDispose]();
  cluster = undefined;
});

it("loses no commit, makes none twice and shows nobody the past, while replicas and the primary fail", async () => {
  const random = randomFrom(SEED);
  // Of two replicas one at least has each commit before it is acknowledged: it is the one to promote.
  cluster = await Cluster.start(2, { synchronous_standby_names: "ANY 1 (*)" });
  const { primary, replicas } = cluster;
  await primary.query(`
    create table counters (id int primary key, value int not null);
    insert into counters select n, 0 from generate_series(0, ${CLIENTS - 1}) n;
    create table ledger (writer int not null, n int not null);`);
  await cluster.caughtUp();
  const options = { url: cluster.url, replicas: cluster.replicaUrls, poolSize: 10, replicaMaxLag: 5 };
  await using manager = closing(new DatabaseManager(options));
  await manager.start();
  await manager.first(select(Counter));

  const history: Entry[] = [];
  const last = Array.from({ length: CLIENTS }, () => ({ n: 0, token: undefined as string | undefined }));
  const gaps = { writes: new Gap(), reads: new Gap() };
  /** Of whom acknowledgements count as those of the primary that there is now. */
  let timeline = 1;
  let isDone = false;

  const writing = last.map(async (state, writer) => {
    for (let n = 1; !isDone; n++) {
      const outcome = await write(manager, writer, n).then(
        (token) => {
          if (token?.startsWith(`${timeline.toString(16)}.`)) gaps.writes.ended();
          last[writer] = Object.assign(state, { n, token });
          return "acknowledged" as const;
        },
        (error: unknown) => (error instanceof errors.CommitOutcomeUnknown ? "unknown" : failed(error)),
      );
      history.push({ kind: "write", writer, n, outcome });
      if (outcome !== "acknowledged") await sleep(20);
      else await sleep(random() * 4);
    }
  });
  const reading = last.map(async (state, writer) => {
    const counter = select(Counter).where(Counter.c.id.eq(writer));
    while (!isDone) {
      const { n: asked, token: causalToken } = state;
      const value = async (db: Session): Promise<number> => (await db.one(counter)).value;
      try {
        const got = await manager.session(async (db) => [await value(db), await value(db)], {
          readOnly: true,
          causalToken,
        });
        gaps.reads.ended();
        history.push({ kind: "read", writer, asked, got });
      } catch (error) {
        failed(error);
        await sleep(20);
      }
    }
  });

  const reached = async (count: number): Promise<void> => {
    while (history.length < count && !isDone) await sleep(20);
  };
  const faults: readonly ((node: Node) => Promise<void>)[] = [
    async (node) => {
      await node.pauseReplay();
      await sleep(1000);
      await node.resume();
    },
    async (node) => {
      node.pause();
      await sleep(3000);
      await node.resume();
    },
    async (node) => {
      await node.kill();
      await sleep(300);
      await node.restart();
    },
  ];
  const clients = Promise.all([...writing, ...reading]);
  const states = () => manager.replicas().map(({ state }) => state);
  let recovery = 0;
  let primaryNow: Node;
  try {
    const shuffled = [...faults].sort(() => random() - 0.5);
    for (const [i, fault] of shuffled.entries()) {
      await reached((OPERATIONS * (i + 1)) / 6);
      await Promise.race([fault(replicas[random() < 0.5 ? 0 : 1]!), clients]);
    }
    await expect.poll(states).toEqual(["up", "up"]);
    await reached((OPERATIONS * 4) / 6);

    const killed = performance.now();
    await primary.kill();
    timeline = 2;
    gaps.writes.began();
    gaps.reads.began();
    const [promoted, other] = await byProgress(replicas);
    primaryNow = promoted;
    await promoted.query("select pg_promote()");
    await other.follow(promoted);
    await expect.poll(() => gaps.writes.isOpen).toBe(false);
    recovery = gaps.writes.end! - killed;
    await reached(Math.max(OPERATIONS, history.length + OPERATIONS / 6));
    await expect.poll(() => states().sort()).toEqual(["primary", "up"]);
  } finally {
    isDone = true;
    await clients;
  }

  const rows = await primaryNow.query<Row & Record<string, unknown>>("select writer, n from ledger");
  expect(violations(history, rows)).toEqual([]);
  const counts = (what: (entry: Entry) => boolean): number => history.filter(what).length;
  const acknowledged = counts((entry) => entry.kind === "write" && entry.outcome === "acknowledged");
  const unknown = counts((entry) => entry.kind === "write" && entry.outcome === "unknown");
  const sum = (name: "reads" | "fallbacks"): number =>
    manager.replicas().reduce((total, each) => total + each[name], 0);
  console.log(
    `seed ${SEED}: ${history.length} operations, ${acknowledged} commits acknowledged, ${unknown} unknown; ${sum("reads")} loans by ` +
      `replicas, ${sum("fallbacks")} taken back to the primary; writes again ${Math.round(recovery)} ms after the primary was ` +
      `killed, longest wait for a read meanwhile ${Math.round(gaps.reads.longest)} ms`,
  );
  expect(acknowledged).toBeGreaterThan(OPERATIONS / 10);
  expect(sum("reads")).toBeGreaterThan(OPERATIONS / 4);
}, 1_200_000);

async function write(manager: DatabaseManager, writer: number, n: number): Promise<string | undefined> {
  const session = await manager.retry(async (db) => {
    await db.sql`insert into ledger values (${writer}, ${n})`;
    await db.sql`update counters set value = ${n} where id = ${writer}`;
    return db;
  });
  return session.causalToken;
}

/** What may happen to somebody whose server goes away. */
function failed(error: unknown): "failed" {
  const isMeant = [errors.ConnectionFailed, errors.ConnectionLost, errors.PoolTimeout].some(
    (kind) => error instanceof kind,
  );
  if (!isMeant) throw error;
  return "failed";
}

/** The one that has received more first. */
async function byProgress(nodes: readonly Node[]): Promise<readonly [Node, Node]> {
  const received = async (node: Node): Promise<bigint> => {
    const [row] = await node.query<{ lsn: string }>(
      "select pg_wal_lsn_diff(pg_last_wal_receive_lsn(), '0/0')::text lsn",
    );
    return BigInt(row!.lsn);
  };
  const [a, b] = await Promise.all(nodes.map(received));
  return a! >= b! ? [nodes[0]!, nodes[1]!] : [nodes[1]!, nodes[0]!];
}

/** The time from a failure to the first success after it, and the longest between two successes since. */
class Gap {
  #from: number | undefined;
  longest = 0;
  end: number | undefined;

  began(): void {
    this.#from = performance.now();
    this.end = undefined;
  }

  get isOpen(): boolean {
    return this.end === undefined;
  }

  ended(): void {
    if (this.#from === undefined) return;
    const now = performance.now();
    this.longest = Math.max(this.longest, now - this.#from);
    this.#from = now;
    this.end ??= now;
  }
}

function closing(manager: DatabaseManager): DatabaseManager & AsyncDisposable {
  return Object.assign(manager, { [Symbol.asyncDispose]: () => manager.close() });
}

/** Mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
