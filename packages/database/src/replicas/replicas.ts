import { AsyncResource } from "node:async_hooks";
import { type ConnectOptions, connect } from "../connection/connect.ts";
import { connectOptions, type DatabaseOptions, poolOptions } from "../connection/options.ts";
import { Pool } from "../connection/pool/pool.ts";
import { type Logger, silentLogger } from "../logger.ts";
import { POSITION, positionIn } from "./position.ts";
import { Probe } from "./probe.ts";
import { Replica, type ReplicaStatus, type Surroundings } from "./replica.ts";
import { Trail } from "./trail.ts";

/** Milliseconds between two looks at the primary. */
const PERIOD = 1000;

/** Fails where it is none. */
const LOOK = `select (select system_identifier::text from pg_control_system()), position.* from (${POSITION.text}) position`;

/** What replicas are made from. */
export interface ReplicasOptions {
  readonly primary: ConnectOptions;
  readonly replicas: readonly { readonly target: ConnectOptions; readonly pool: Pool }[];
  /** Seconds that a replica may be behind. */
  readonly maxLag: number;
  readonly logger: Logger;
}

/**
 * The replicas of a primary. Once they were looked at, each is looked at again every second: whether it answers, is a replica
 * of this primary, and how far behind it is. One that is left out comes back by itself.
 */
export class Replicas {
  readonly #all: readonly Replica[];
  readonly #primary: Probe;
  readonly #context = new AsyncResource("Replicas");
  readonly #surroundings: Surroundings & { system: string | undefined };
  #timer: NodeJS.Timeout | undefined;
  #starting: Promise<void> | undefined;
  #isClosed = false;
  #turn = 0;

  /** Asks nothing yet. */
  constructor({ primary, replicas, maxLag, logger }: ReplicasOptions) {
    this.#surroundings = { trail: new Trail(maxLag), system: undefined, maxLag, logger };
    this.#primary = new Probe({ ...primary, applicationName: "hypertroq primary look" });
    this.#all = replicas.map(({ target, pool }) => new Replica(target, pool, this.#surroundings));
  }

  /** Looks at all of them, and goes on doing so. Never rejects; again, it does nothing. */
  async start(): Promise<void> {
    // Not in the context of whoever is first, which the connections would keep alive.
    this.#starting ??= this.#context.runInAsyncScope(() => this.#start());
    await this.#starting;
  }

  /** The one that has the least to do of those that reads may go to; undefined: there is none. Before `start` there is none. */
  choose(): Replica | undefined {
    if (this.#starting === undefined) void this.start();
    this.#turn += 1;
    let chosen: Replica | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#all.length; i++) {
      const replica = this.#all[(i + this.#turn) % this.#all.length]!;
      if (!replica.isUp) continue;
      const { checkedOut, waiting } = replica.pool.status();
      if (checkedOut + waiting >= least) continue;
      chosen = replica;
      least = checkedOut + waiting;
    }
    return chosen;
  }

  /** In the order of REPLICA_URLS. */
  status(): readonly ReplicaStatus[] {
    return this.#all.map((replica) => replica.status());
  }

  /** Looks no more, and closes their pools as `Pool.close` does. */
  async close(timeout: number): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await Promise.all([this.#primary.close(), ...this.#all.map((replica) => replica.close(timeout))]);
  }

  async #start(): Promise<void> {
    await this.#look(); // first, so that there is something to measure a replica's lag by
    await Promise.all(this.#all.map((replica) => replica.look()));
  }

  async #look(): Promise<void> {
    if (this.#isClosed) return;
    try {
      const [system, ...position] = await this.#primary.ask(LOOK);
      this.#surroundings.system = system as string;
      this.#surroundings.trail.note(positionIn(position), performance.now());
    } catch (error) {
      // Replicas are measured by what was seen last, so that they serve on while there is no primary.
      if (!this.#isClosed) this.#surroundings.logger.debug({ err: error }, "the primary's position is not known now");
    }
    if (!this.#isClosed) this.#timer = setTimeout(() => void this.#look(), PERIOD).unref();
  }
}

/** The replicas that the options name, each with a pool like the primary's. A connect that fails is not waited for. */
export function replicasOf(options: DatabaseOptions, primary: ConnectOptions): Replicas | undefined {
  const { replicas = [], replicaMaxLag: maxLag = 10, logger = silentLogger } = options;
  if (replicas.length === 0) return undefined;
  // Not in the context of whoever needs a connection first, which it would keep alive.
  const context = new AsyncResource("Replicas");
  const pools = replicas.map((url) => {
    const target: ConnectOptions = { ...connectOptions({ ...options, url }), targetSessionAttrs: "standby" };
    const open = (signal: AbortSignal) => context.runInAsyncScope(() => connect(target, signal));
    return { target, pool: new Pool({ ...poolOptions(options), connectRetry: 0, open }) };
  });
  return new Replicas({ primary, replicas: pools, maxLag, logger });
}
