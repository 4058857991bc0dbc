import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Conversation, type FrontendMessage } from "./wire.ts";

/**
 * What becomes of bytes on their way. `pass`: they arrive. `swallow`: a black hole, nothing arrives any more and the
 * sockets stay open. `hold`: a partition that heals, they arrive when it does, however long their sender has gone.
 */
export type Way = "pass" | "swallow" | "hold";

/** What happens on a connection. */
export interface Fault {
  readonly toServer?: Way;
  readonly toClient?: Way;
  /** Milliseconds that each chunk takes, each way. */
  readonly delay?: number;
  /** Milliseconds that each chunk of the server's takes until authentication is over. */
  readonly authDelay?: number;
  /** Resets both sides once this many bytes more have come from the server: in the middle of a row, if need be. */
  readonly resetAfter?: number;
}

export type Side = "client" | "server";

/** One connection through a proxy: a socket to either side, and the bytes between them. */
export class Link {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #toServer: Pipe;
  readonly #toClient: Pipe;

  /**
   * @param hear is told each message of the client's, before it is passed on: a fault that it inflicts meets that
   *   message already.
   */
  constructor(client: Socket, server: Socket, hear: (message: FrontendMessage) => void) {
    const conversation = new Conversation();
    this.#client = client;
    this.#server = server;
    this.#toServer = new Pipe(client, server, (chunk) => {
      for (const message of conversation.fromClient(chunk)) hear(message);
    });
    this.#toClient = new Pipe(server, client, (chunk) => {
      if (conversation.isReady) this.#toClient.authDelay = 0;
      conversation.fromServer(chunk);
    });
  }

  /** Whether the client's side is open. */
  get isOpen(): boolean {
    return this.#client.readyState === "open";
  }

  inflict({ toServer = "pass", toClient = "pass", delay = 0, authDelay = 0, resetAfter }: Fault): void {
    this.#toServer.inflict(toServer, delay);
    this.#toClient.inflict(toClient, delay);
    this.#toClient.authDelay = authDelay;
    this.#toClient.resetAfter = resetAfter;
  }

  /**
   * Ends both sides; or one of them, whereupon the other is half-open: it learns of it when it next sends something, by
   * a reset, or when the fault ends.
   */
  cut(how: "rst" | "fin", only?: Side): void {
    if (only !== undefined) for (const pipe of [this.#toServer, this.#toClient]) pipe.bounce();
    if (only !== "client") end(this.#server, how);
    if (only !== "server") end(this.#client, how);
  }

  destroy(): void {
    this.#client.destroy();
    this.#server.destroy();
  }
}

function end(socket: Socket, how: "rst" | "fin"): void {
  if (how === "rst") socket.resetAndDestroy();
  else socket.destroy();
}

/** The bytes of one direction. */
class Pipe {
  /** See `Fault`. */
  authDelay = 0;
  resetAfter: number | undefined;
  readonly #from: Socket;
  readonly #to: Socket;
  #way: Way = "pass";
  #delay = 0;
  /** Bytes are missing: what comes after them would be garbled. */
  #isBroken = false;
  #bounces = false;
  readonly #held: Buffer[] = [];
  #hasEnded = false;
  /** What is delayed, in order. */
  #queue: Promise<void> | undefined;

  constructor(from: Socket, to: Socket, see: (chunk: Buffer) => void) {
    this.#from = from;
    this.#to = to;
    from.on("error", () => {}); // "close" follows
    from.on("data", (chunk: Buffer) => {
      see(chunk);
      this.#take(chunk);
    });
    for (const event of ["end", "close"]) {
      from.on(event, () => {
        if (this.#hasEnded) return;
        this.#hasEnded = true;
        if (this.#way === "pass" && !this.#bounces) this.#later(() => this.#end());
      });
    }
  }

  inflict(way: Way, delay: number): void {
    this.#way = way;
    this.#delay = delay;
    if (way !== "pass") return;
    this.#bounces = false;
    for (const chunk of this.#held.splice(0)) this.#take(chunk);
    if (this.#hasEnded) this.#later(() => this.#end());
  }

  /** Until a fault ends, what is sent is answered by a reset, and the end of one side is not told to the other. */
  bounce(): void {
    this.#bounces = true;
  }

  #take(chunk: Buffer): void {
    if (this.#bounces) this.#from.resetAndDestroy();
    else if (this.#isBroken || this.#way === "swallow") this.#isBroken = true;
    else if (this.#way === "hold") this.#held.push(chunk);
    else this.#later(() => this.#pass(chunk));
  }

  #pass(chunk: Buffer): void {
    if (this.resetAfter === undefined || this.resetAfter > chunk.length) {
      if (this.resetAfter !== undefined) this.resetAfter -= chunk.length;
      if (!this.#to.destroyed) this.#to.write(chunk);
      return;
    }
    this.#isBroken = true;
    this.#to.write(chunk.subarray(0, this.resetAfter), () => {
      this.#to.resetAndDestroy();
      this.#from.resetAndDestroy();
    });
  }

  #end(): void {
    if (this.#isBroken) this.#to.destroy();
    else this.#to.end();
  }

  /** Acts at once, or, when there is a delay, after it and after what came before. */
  #later(act: () => void): void {
    const delay = this.#delay + this.authDelay;
    if (delay === 0 && this.#queue === undefined) {
      act();
      return;
    }
    const due = performance.now() + delay;
    const queue = (this.#queue ?? Promise.resolve()).then(async () => {
      const wait = due - performance.now();
      if (wait > 0) await sleep(wait);
      act();
      if (this.#queue === queue) this.#queue = undefined;
    });
    this.#queue = queue;
  }
}
