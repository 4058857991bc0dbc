import { AsyncResource } from "node:async_hooks";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { type ConnectOptions, connect } from "../connection/connect.ts";
import type { Connection, Notification } from "../connection/connection.ts";
import { connectOptions, type DatabaseOptions } from "../connection/options.ts";
import { ConnectionFailed, ConnectionLost, PoolClosed, TransactionPooler } from "../errors.ts";
import { checkName, quote } from "../identifier.ts";
import type { ChannelEvent } from "./channel.ts";
import { Subscription } from "./subscription.ts";

/** The pause after the first attempt to connect that failed, in milliseconds, which doubles, and the longest. */
const PAUSE = { first: 100, most: 5000 };

/**
 * Listens for notifications on a connection of its own beside the pool: one for all channels, opened for the first
 * subscription and closed with the last. When it is lost it is made again, however long that takes, and all subscriptions
 * with it.
 */
export class Listener {
  readonly #target: ConnectOptions;
  readonly #context = new AsyncResource("Listener");
  readonly #closing = new AbortController();
  readonly #subscriptions = new Map<string, Set<Subscription>>();
  #connection: Connection | undefined;
  /** Channels for which LISTEN was sent on this connection, and whether it has taken effect. */
  #channels = new Map<string, boolean>();
  /** Settles when nobody listens any more and the connection is closed. */
  #running: Promise<void> | undefined;
  /** Called when the last subscription has gone. */
  #onDeserted: (() => void) | undefined;

  /** Connects past a pooler, and among several hosts to the primary: a standby takes no LISTEN. */
  constructor(options: DatabaseOptions) {
    const { url, directUrl, pooler } = options;
    const way = directUrl === undefined ? { url, pooler } : { url: directUrl, pooler: undefined };
    const target = connectOptions({ ...options, ...way });
    const wanted = target.targetSessionAttrs === "read-write" ? "read-write" : "primary";
    this.#target = { ...target, targetSessionAttrs: wanted, applicationName: "hypertroq listen" };
  }

  /** See `DatabaseManager.listen`. */
  async *listen(channel: string, signal: AbortSignal | undefined): AsyncGenerator<ChannelEvent, void, undefined> {
    checkName(channel);
    if (this.#closing.signal.aborted) throw new PoolClosed();
    if (signal?.aborted) return;
    const subscription = new Subscription(channel);
    const end = (): void => subscription.end();
    signal?.addEventListener("abort", end, { once: true });
    this.#join(subscription);
    try {
      for (let event = await subscription.next(); event !== undefined; event = await subscription.next()) yield event;
    } finally {
      signal?.removeEventListener("abort", end);
      this.#leave(subscription);
    }
  }

  /** Ends all subscriptions, and the connection. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#endAll();
    this.#onDeserted?.();
    await this.#running;
  }

  #join(subscription: Subscription): void {
    const { channel } = subscription;
    const others = this.#subscriptions.get(channel);
    if (others === undefined) this.#subscriptions.set(channel, new Set([subscription]));
    else others.add(subscription);
    this.#running ??= this.#context.runInAsyncScope(() => this.#run());
    if (this.#connection === undefined) return;
    if (this.#channels.get(channel)) subscription.begin();
    else if (!this.#channels.has(channel)) void this.#listenOn(this.#connection, [channel]);
  }

  #leave(subscription: Subscription): void {
    const { channel } = subscription;
    const others = this.#subscriptions.get(channel);
    others?.delete(subscription);
    if (others?.size !== 0) return;
    this.#subscriptions.delete(channel);
    if (this.#subscriptions.size === 0) this.#onDeserted?.();
    else if (this.#channels.delete(channel)) void this.#connection?.query(`unlisten ${quote(channel)}`).catch(() => {});
  }

  /** Until nobody listens any more. */
  async #run(): Promise<void> {
    const { signal } = this.#closing;
    for (let failures = 0; this.#subscriptions.size > 0 && !signal.aborted; failures++) {
      try {
        const connection = await this.#connect();
        failures = 0;
        await this.#serve(connection);
      } catch (error) {
        if (signal.aborted) break;
        if (!(error instanceof ConnectionFailed && error.isTransient)) {
          this.#endAll(error);
          break;
        }
        if (failures === 0) this.#target.logger.warn({ err: error }, "cannot listen for notifications; trying again");
      }
      if (this.#subscriptions.size === 0) break;
      const pause = Math.random() * Math.min(PAUSE.most, PAUSE.first * 2 ** failures);
      await sleep(pause, undefined, { signal }).catch(() => {});
    }
    this.#running = undefined;
    // Somebody may have come since.
    if (this.#subscriptions.size > 0 && !signal.aborted) this.#running = this.#run();
  }

  async #connect(): Promise<Connection> {
    const connection = await connect(this.#target, this.#closing.signal);
    if (connection.facts.settings === undefined) return connection;
    await connection.close();
    throw new TransactionPooler("LISTEN does not hold there. Set directUrl (DIRECT_URL) to the server itself.");
  }

  /** Until the connection is lost, which is told to all, or nobody listens any more. */
  async #serve(connection: Connection): Promise<void> {
    this.#connection = connection;
    this.#channels = new Map();
    connection.onNotification = (notification) => this.#tell(notification);
    const deserted = new Promise<void>((resolve) => {
      this.#onDeserted = resolve;
    });
    const ended = connection.ended.aborted ? undefined : once(connection.ended, "abort");
    void this.#watch(connection);
    if (this.#subscriptions.size === 0 || this.#closing.signal.aborted) this.#onDeserted?.();
    else void this.#listenOn(connection, [...this.#subscriptions.keys()]);
    await Promise.race([ended, deserted]);
    this.#connection = undefined;
    this.#onDeserted = undefined;
    const isLost = connection.isLost && !this.#closing.signal.aborted;
    for (const subscriptions of this.#subscriptions.values()) for (const each of subscriptions) each.interrupt();
    if (isLost) this.#target.logger.warn(connection.host, "the connection that listens was lost; it is made again");
    await connection.close();
  }

  async #listenOn(connection: Connection, channels: readonly string[]): Promise<void> {
    for (const channel of channels) this.#channels.set(channel, false);
    const steps = channels.map((channel) => ({ text: `listen ${quote(channel)}`, values: [], once: true }));
    const { failure } = await connection.fly(steps);
    if (this.#connection !== connection || failure instanceof ConnectionLost) return;
    for (const channel of channels) {
      if (!this.#channels.has(channel)) continue; // everybody has left it meanwhile
      if (failure === undefined) this.#channels.set(channel, true);
      else this.#channels.delete(channel);
      for (const each of this.#subscriptions.get(channel) ?? []) {
        if (failure === undefined) each.begin();
        else each.end(failure);
      }
    }
  }

  #tell({ channel, payload, processId }: Notification): void {
    for (const each of this.#subscriptions.get(channel) ?? [])
      each.notify({ kind: "notification", payload, processId });
  }

  /** A connection that only listens never sends anything by which a peer that is gone would be noticed. */
  async #watch(connection: Connection): Promise<void> {
    const { watchdog } = this.#target;
    if (watchdog === 0) return;
    const signal = connection.ended;
    const pause = (): Promise<boolean> => sleep(watchdog * 1000, true, { signal, ref: false }).catch(() => false);
    while (await pause()) {
      const answered = connection.query("select 1").then(
        () => true,
        () => true,
      );
      if ((await Promise.race([answered, pause().then(() => false)])) === false) connection.destroy();
    }
  }

  #endAll(reason?: unknown): void {
    for (const subscriptions of this.#subscriptions.values()) for (const each of subscriptions) each.end(reason);
    this.#subscriptions.clear();
  }
}
