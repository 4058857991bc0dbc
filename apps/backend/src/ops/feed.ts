import type { Writable } from "node:stream";
import type { Monitor } from "@hypertroq/database/monitoring";
import type { FastifyBaseLogger } from "fastify";
import type { Facts, OpsFacts } from "./facts.ts";
import { sectionsOf } from "./sections/index.ts";

export interface FeedOptions {
  readonly facts: Facts;
  readonly monitor: Monitor;
  readonly logger: FastifyBaseLogger;
  /** Ends all streams when it is aborted. */
  readonly signal: AbortSignal;
  /** Streams at the same time. Default 20. */
  readonly most?: number;
  /** Bytes that may wait for one that reads slowly, before it is cut off. Default 1 MiB. */
  readonly mostWaiting?: number;
  /** Seconds that a stream lasts; a browser then asks for a new one, and is asked again who it is. Default 600. */
  readonly lifetime?: number;
}

/**
 * Tells browsers what changes on the dashboard, as server-sent events (WHATWG HTML, 9.2): `section`, with a part's id and
 * what is in it now. The parts are made once for all who look, at each of the monitor's samples, and not at all while
 * nobody looks.
 */
export class Feed {
  readonly #options: FeedOptions;
  readonly #streams = new Set<Writable>();
  readonly #last = new Map<string, string>();
  #busy = false;

  constructor(options: FeedOptions) {
    this.#options = options;
    const { monitor, signal } = options;
    const stop = monitor.subscribe(({ kind }) => {
      if (kind === "sample") void this.#tick();
    });
    signal.addEventListener("abort", () => {
      stop();
      for (const stream of this.#streams) stream.end();
    });
  }

  /** Streams that are open. */
  get size(): number {
    return this.#streams.size;
  }

  /** Whether there is room for another one. */
  get hasRoom(): boolean {
    return this.size < (this.#options.most ?? 20);
  }

  /** Sends everything, and from then on what changes, into a response whose headers are sent. */
  async add(stream: Writable): Promise<void> {
    const { facts, signal, lifetime = 600 } = this.#options;
    const timer = setTimeout(() => stream.end(), lifetime * 1000).unref();
    this.#streams.add(stream);
    stream.once("close", () => {
      clearTimeout(timer);
      this.#streams.delete(stream);
      if (this.#streams.size === 0) this.#last.clear();
    });
    // A broken connection ends in "close".
    stream.on("error", () => {});
    if (signal.aborted) stream.end();
    this.#write(stream, `retry: 2000\n\n${[...eventsOf(await facts.now()).values()].join("")}`);
  }

  async #tick(): Promise<void> {
    if (this.#streams.size === 0 || this.#busy) return;
    this.#busy = true;
    try {
      const events = eventsOf(await this.#options.facts.now());
      let text = "";
      for (const [id, event] of events) {
        if (this.#last.get(id) !== event) text += event;
        this.#last.set(id, event);
      }
      for (const stream of this.#streams) this.#write(stream, text);
    } catch (error) {
      this.#options.logger.error({ err: error }, "the dashboard could not be made");
    } finally {
      this.#busy = false;
    }
  }

  #write(stream: Writable, text: string): void {
    const { mostWaiting = 1024 * 1024, logger } = this.#options;
    if (stream.writableEnded || stream.destroyed) return;
    stream.write(text);
    if (stream.writableLength <= mostWaiting) return;
    logger.warn({ bytes: stream.writableLength }, "a dashboard that reads too slowly is cut off");
    stream.destroy();
  }
}

function eventsOf(facts: OpsFacts): ReadonlyMap<string, string> {
  return new Map(
    sectionsOf(facts).map(({ id, body }) => {
      const data = JSON.stringify([`${id}-body`, body(facts).text]);
      return [id, `event: section\ndata: ${data}\n\n`];
    }),
  );
}
