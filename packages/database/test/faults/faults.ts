import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "./link.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

/** Something that goes wrong under load. */
export interface Scenario {
  readonly name: string;
  /** Whether the application's connections pass the proxy. */
  readonly through: "proxy" | "server";
  /**
   * What becomes of reads. They never fail where the layer can send them again: no row of the answer came, and the server
   * can be reached again before the patience for that is over.
   */
  readonly reads: "never fail" | "may fail";
  /** Whether a write may fail or end unknown. */
  readonly mayFailWrites: boolean;
  /** Whether an unknown outcome may stay so: after a crash the server's transaction ids can mean others. */
  readonly mayLoseTrack: boolean;
  /** Resolves when new connections are answered as before; what happened to older ones goes on until `proxy.restore()`. */
  run(world: World, random: Random, applicationName: string): Promise<void> | void;
}

type Expectation = Partial<Pick<Scenario, "reads" | "mayFailWrites" | "mayLoseTrack">>;

function network(
  name: string,
  run: (world: World, random: Random) => Promise<void> | void,
  { reads = "never fail", mayFailWrites = true }: Expectation = {},
): Scenario {
  return { name, through: "proxy", reads, mayFailWrites, mayLoseTrack: false, run };
}

function server(
  name: string,
  run: Scenario["run"],
  { reads = "never fail", mayFailWrites = true, mayLoseTrack = false }: Expectation = {},
): Scenario {
  return { name, through: "server", reads, mayFailWrites, mayLoseTrack, run };
}

/** A part of the application's server processes, one at least. */
async function someBackends(world: World, random: Random, applicationName: string): Promise<number[]> {
  const all = await world.backends(applicationName);
  const chosen = all.filter(() => random.next() < 0.5);
  return chosen.length > 0 ? chosen : all.slice(0, 1);
}

async function restart(world: World, mode: "fast" | "immediate", random: Random): Promise<void> {
  await world.stop(mode);
  await sleep(random.between(0, 500));
  await world.start();
}

/** Longer than it takes the watchdog of these runs to find a silent connection. */
const LONG = 5000;

/** A fault that lasts for so many milliseconds, on connections that are open and on new ones. */
async function forAWhile({ proxy }: World, fault: Fault, milliseconds: number): Promise<void> {
  proxy.inflict(fault);
  await sleep(milliseconds);
  proxy.restore();
}

export const SCENARIOS: readonly Scenario[] = [
  network("connections cut by reset", ({ proxy }) => proxy.cut("rst")),
  network("connections cut by end", ({ proxy }) => proxy.cut("fin")),
  network("half-open: the server's side has gone", ({ proxy }) => proxy.cut("rst", "server")),
  network("half-open: the client's side has gone", ({ proxy }) => proxy.cut("rst", "client")),
  network("everything delayed", (world, random) => forAWhile(world, { delay: random.between(10, 40) }, 500), {
    mayFailWrites: false,
  }),
  network("a black hole towards the server", ({ proxy }) => proxy.inflict({ toServer: "swallow" }, "existing")),
  network("a black hole towards the client", ({ proxy }) => proxy.inflict({ toClient: "swallow" }, "existing")),
  network(
    "a black hole both ways, for new connections too",
    (world) => forAWhile(world, { toServer: "swallow", toClient: "swallow" }, LONG),
    { reads: "may fail" },
  ),
  network(
    "a short partition that heals",
    (world, random) => forAWhile(world, { toServer: "hold", toClient: "hold" }, random.between(50, 300)),
    { mayFailWrites: false },
  ),
  network("a long partition that heals", (world) => forAWhile(world, { toServer: "hold", toClient: "hold" }, LONG), {
    reads: "may fail",
  }),
  network("connections cut and authentication slow", async ({ proxy }, random) => {
    proxy.inflict({ authDelay: random.between(20, 100) }, "new");
    proxy.cut("rst");
    await sleep(500);
    proxy.restore();
  }),
  network(
    "connections reset in the middle of an answer",
    ({ proxy }, random) => proxy.inflict({ resetAfter: random.between(1, 120) }, "existing"),
    { reads: "may fail" },
  ),
  network("connections cut and new ones refused", async ({ proxy }, random) => {
    proxy.refuse();
    proxy.cut("rst");
    await sleep(random.between(100, 1000));
    proxy.restore();
  }),
  server("server processes terminated", async (world, random, applicationName) => {
    const chosen = await someBackends(world, random, applicationName);
    await world.query("select pg_terminate_backend(pid) from unnest($1::int[]) as pid", [chosen]);
  }),
  server("the server restarted", (world, random) => restart(world, "fast", random)),
  server(
    "the server stopped at once, as if the power went, and started",
    (world, random) => restart(world, "immediate", random),
    { mayLoseTrack: true },
  ),
  server(
    "server processes stopped by SIGSTOP and continued",
    async (world, random, applicationName) => {
      const chosen = await someBackends(world, random, applicationName);
      for (const pid of chosen) process.kill(pid, "SIGSTOP");
      await sleep(random.between(200, 1500));
      for (const pid of chosen) process.kill(pid, "SIGCONT");
    },
    { reads: "never fail", mayFailWrites: false },
  ),
  server("server processes stopped by SIGSTOP, then terminated", async (world, random, applicationName) => {
    const chosen = await someBackends(world, random, applicationName);
    for (const pid of chosen) process.kill(pid, "SIGSTOP");
    await sleep(random.between(200, 1000));
    for (const pid of chosen) process.kill(pid, "SIGTERM");
    for (const pid of chosen) process.kill(pid, "SIGCONT");
  }),
  server(
    "a server process killed, and all others reset by the server",
    async (world, random, applicationName) => {
      process.kill(random.pick(await world.backends(applicationName)), "SIGKILL");
      await sleep(100);
    },
    { mayLoseTrack: true },
  ),
  server(
    "connections terminated and nearly every slot taken by another client",
    async (world, random, applicationName) => {
      const chosen = await someBackends(world, random, applicationName);
      await world.query("select pg_terminate_backend(pid) from unnest($1::int[]) as pid", [chosen]);
      const giveBack = await world.takeAllSlots();
      await sleep(random.between(200, 1000));
      await giveBack();
    },
  ),
];
