import type { Socket } from "node:net";
import { DefinitionError } from "../errors.ts";

/** How a flight goes on when the data of its COPY have ended. */
export interface CopyEnd {
  /** All were sent. */
  done(): void;
  /** There will be no more, and what was sent is not to be kept. */
  failed(reason: string): void;
}

/**
 * The data of one COPY FROM STDIN (PostgreSQL, "COPY Operations"). They are asked for once the server takes them, a message
 * at a time: each has left this process, or stands in the kernel's buffer, before the next one is asked for. So no more is
 * in memory than the one, however slow the server is, and one buffer serves all of them.
 */
export class CopyIn {
  readonly #messages: AsyncIterator<Buffer>;
  #end: CopyEnd | undefined;
  #isAbandoned = false;
  #hasBegun = false;
  #failure: { readonly reason: unknown } | undefined;

  /** @param messages whole CopyData messages, as `CopyWriter` makes them. */
  constructor(messages: AsyncIterator<Buffer>) {
    this.#messages = messages;
  }

  /** Whether the server has asked for data: from then on it cannot be begun again. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** What the source of the messages failed with, when that is why the server was told to fail. */
  get failure(): { readonly reason: unknown } | undefined {
    return this.#failure;
  }

  /** For the flight: the statement is complete. Why it was not one to copy with, if so. */
  refusal(): DefinitionError | undefined {
    return this.#hasBegun ? undefined : new DefinitionError("The statement takes no data: it is no COPY … FROM STDIN.");
  }

  /** For the flight: the server takes data now. Never rejects; tells `end` how it ended, unless `stop` came before. */
  async send(stream: Pick<Socket, "write">, end: CopyEnd): Promise<void> {
    this.#hasBegun = true;
    this.#end = end;
    if (this.#isAbandoned) this.#fail("it was given up");
    try {
      while (this.#end !== undefined) {
        const { done, value } = await this.#messages.next();
        if (this.#end === undefined) return;
        if (done) this.#done();
        else await written(stream, value);
      }
    } catch (reason) {
      if (this.#end === undefined) return;
      this.#failure = { reason };
      this.#fail("its data could not be made");
    }
  }

  /** For the flight: the server, or the connection, has ended it. One that was not begun may still be. */
  stop(): void {
    if (this.#end === undefined) return;
    this.#end = undefined;
    this.#close();
  }

  /** Ends it, as soon as the server takes data, by telling the server to fail. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#fail("it was given up");
  }

  #done(): void {
    const end = this.#end;
    this.#end = undefined;
    end?.done();
  }

  #fail(reason: string): void {
    const end = this.#end;
    if (end === undefined) return;
    this.stop();
    end.failed(reason);
  }

  /** Not waited for: a source that does not answer is closed when it does. */
  #close(): void {
    Promise.resolve(this.#messages.return?.()).catch(() => {});
  }
}

/**
 * Resolves when the socket has taken the bytes, or is closed, and everything else that came meanwhile was dealt with: a
 * socket that takes all at once would keep this process from hearing anything else.
 */
async function written(stream: Pick<Socket, "write">, bytes: Buffer): Promise<void> {
  await new Promise<void>((resolve) => {
    stream.write(bytes, () => setImmediate(resolve));
  });
}
