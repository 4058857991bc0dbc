import type { ServerResponse } from "node:http";
import type { FastifyInstance } from "fastify";
import { Problem } from "./problem.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Served while the process stops too: probes ask just then. */
    readonly servedWhileDraining?: boolean;
  }
}

/**
 * Lets a process stop without cutting anybody off: once draining, new work is refused with 503 and every connection is
 * closed after its answer, while requests under way finish. The port stays open until they have, so that probes see why.
 */
export class Drain {
  readonly #underWay = new Set<ServerResponse>();
  readonly #stopping = new AbortController();
  #finished: (() => void) | undefined;

  /** Aborted when the process begins to drain: what would never end by itself ends then. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  get draining(): boolean {
    return this.signal.aborted;
  }

  /** Call it before other hooks are added, so that what they do is waited for. */
  attach(app: FastifyInstance): void {
    app.addHook("onRequest", async (request, reply) => {
      if (request.routeOptions.config.servedWhileDraining) return;
      if (this.draining) {
        throw new Problem(503, "This process is stopping. Try again in a moment.", {
          kind: "stopping",
          headers: { "retry-after": "1" },
        });
      }
      this.#underWay.add(reply.raw);
      reply.raw.once("close", () => {
        this.#underWay.delete(reply.raw);
        if (this.#underWay.size === 0) this.#finished?.();
      });
    });
    app.addHook("onSend", async (_request, reply) => {
      if (this.draining) reply.header("connection", "close");
    });
  }

  /** Begins to drain. */
  start(): void {
    this.#stopping.abort();
  }

  /**
   * Waits until the requests under way are answered.
   *
   * @param deadline longest wait, in seconds.
   * @returns how many were not.
   */
  async finish(deadline: number): Promise<number> {
    if (this.#underWay.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, deadline * 1000);
        this.#finished = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#underWay.size;
  }
}
