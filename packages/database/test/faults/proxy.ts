import { connect, createServer, type Server, type Socket } from "node:net";
import { type Fault, Link, type Side } from "./link.ts";
import { Recording, type Sent } from "./wire.ts";

/**
 * A TCP proxy on loopback between clients and a PostgreSQL server, which records what clients send and, when told to,
 * does to connections what networks do. Faults last until `restore`; a connection that lost bytes in a black hole stays
 * in it, because what would come next is garbled.
 */
export class FaultProxy implements AsyncDisposable {
  /** The server's URL, by way of this proxy. */
  readonly url: string;
  readonly recording = new Recording();
  /** Is told each message of a client's before it is passed on: a fault inflicted here meets that message already. */
  onMessage: (message: Sent) => void = () => {};
  readonly #server: Server;
  readonly #links = new Set<Link>();
  /** What new connections suffer. */
  #fault: Fault = {};
  #isRefusing = false;
  #accepted = 0;

  private constructor(server: Server, target: URL) {
    this.#server = server;
    server.on("connection", (client) => this.#accept(client, target));
    const url = new URL(target);
    url.host = `127.0.0.1:${(server.address() as { port: number }).port}`;
    this.url = url.href;
  }

  static async start(target: string): Promise<FaultProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    return new FaultProxy(server, new URL(target));
  }

  /** How many connections are open on the client's side. */
  get size(): number {
    return [...this.#links].filter((link) => link.isOpen).length;
  }

  /** How many connections were accepted in all. */
  get accepted(): number {
    return this.#accepted;
  }

  /** From now on this is what happens on connections that are open, on new ones, or on both. */
  inflict(fault: Fault, on: "existing" | "new" | "all" = "all"): void {
    if (on !== "existing") this.#fault = fault;
    if (on !== "new") for (const link of this.#links) link.inflict(fault);
  }

  /**
   * Ends all connections that are open, by RST or by FIN, on both sides; or on one of them, whereupon the other is
   * half-open: it learns of it when it next sends something, or at `restore`.
   */
  cut(how: "rst" | "fin", only?: Side): void {
    for (const link of this.#links) link.cut(how, only);
  }

  /** Once, when such a statement is next sent: a fault inflicted by `act` meets the statement, and so its answer. */
  when(text: RegExp, act: () => void): void {
    this.onMessage = (message) => {
      if ((message.type !== "bind" && message.type !== "query") || !text.test(message.text ?? "")) return;
      this.onMessage = () => {};
      act();
    };
  }

  /** Resets every new connection as soon as it is made. */
  refuse(): void {
    this.#isRefusing = true;
  }

  /** Ends all faults. */
  restore(): void {
    this.#isRefusing = false;
    this.inflict({});
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => {
      this.#server.close(resolve);
    });
    for (const link of this.#links) link.destroy();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #accept(client: Socket, target: URL): void {
    if (this.#isRefusing) {
      client.on("error", () => {});
      client.resetAndDestroy();
      return;
    }
    this.#accepted += 1;
    const number = this.#accepted;
    const server = connect({
      host: target.hostname,
      port: Number(target.port),
      allowHalfOpen: true,
      noDelay: true,
    });
    const reset = (): unknown => client.resetAndDestroy(); // nothing listens there
    const link = new Link(client, server, (message) => {
      const sent = { ...message, link: number };
      this.recording.messages.push(sent);
      this.onMessage(sent);
    });
    server.once("connect", () => server.off("error", reset));
    server.once("error", reset);
    link.inflict(this.#fault);
    this.#links.add(link);
    let open = 2;
    for (const socket of [client, server]) {
      socket.on("close", () => {
        open -= 1;
        if (open === 0) this.#links.delete(link);
      });
    }
  }
}
