import { expect } from "vitest";
import { client } from "./migrator-of.ts";

/** How long each kind of statement had to wait at most, in milliseconds. */
export type Waits = Readonly<Record<Kind, number>>;
type Kind = keyof typeof STATEMENTS;

const STATEMENTS = {
  insert: "insert into t (a, b) select $1::int % 100, 'new'",
  update: "update t set b = b || '' where id = $1",
  select: "select a from t where id = $1",
} as const;

/** Connections that go on using table `t` until they are told to stop, each statement a transaction. */
export class Users implements AsyncDisposable {
  readonly processes: number[] = [];
  readonly done: Record<Kind, number> = { insert: 0, update: 0, select: 0 };
  readonly #statements: { readonly kind: Kind; readonly from: number; readonly to: number }[] = [];
  #isStopped = false;
  #work: Promise<unknown> = Promise.resolve();

  /** They have all done something when they are returned. */
  static async start(url: string, rows: number): Promise<Users> {
    const users = new Users();
    const kinds = Object.keys(STATEMENTS) as Kind[];
    users.#work = Promise.all(kinds.map((kind) => users.#go(kind, url, rows)));
    users.#work.catch(() => {}); // told when they are stopped
    await users.goOn();
    return users;
  }

  async #go(kind: Kind, url: string, rows: number): Promise<void> {
    await using own = await client(url);
    this.processes.push((await own.query("select pg_backend_pid() as pid")).rows[0].pid);
    for (let turn = 1; !this.#isStopped; turn++) {
      const from = performance.now();
      await own.query(STATEMENTS[kind], [1 + ((turn * 7919) % rows)]);
      this.#statements.push({ kind, from, to: performance.now() });
      this.done[kind]++;
    }
  }

  /** Until each has done something more. */
  async goOn(): Promise<void> {
    const before = { ...this.done };
    const kinds = Object.keys(before) as Kind[];
    await expect.poll(() => kinds.every((kind) => this.done[kind] > before[kind] + 1)).toBe(true);
  }

  /** The longest of what was under way between two times. */
  waits(from: number, to: number): Waits {
    const longest = (kind: Kind): number =>
      Math.max(
        0,
        ...this.#statements
          .filter((one) => one.kind === kind && one.to >= from && one.from <= to)
          .map((one) => one.to - one.from),
      );
    return { insert: longest("insert"), update: longest("update"), select: longest("select") };
  }

  /** @throws what one of them has failed with. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#work;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop().catch(() => {}); // whoever wants to know has called stop()
  }
}
