import type { Socket } from "node:net";
import { DefinitionError } from "../errors.ts";

/** Bytes that are kept for the consumer before the server is made to wait. */
const ENOUGH = 64 * 1024;

/**
 * The data of one COPY TO STDOUT (PostgreSQL, "COPY Operations"), kept until they are taken. When 64 KB are there the socket
 * is not read any more, so that the server waits too: what is kept beyond that is what had been read by then.
 */
export class CopyOut {
  #buffer = Buffer.allocUnsafe(2 * ENOUGH);
  #length = 0;
  #stream: Pick<Socket, "pause" | "resume"> | undefined;
  #cancel: (() => void) | undefined;
  #isPaused = false;
  #isAbandoned = false;
  #hasBegun = false;
  #end: { readonly failure: unknown } | undefined;
  #wake: (() => void) | undefined;

  /** Whether data came: from then on it cannot be begun again. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** For the flight: it is under way on this stream. @param cancel has the statement cancelled. */
  begin(stream: Pick<Socket, "pause" | "resume">, cancel: () => void): void {
    this.#stream = stream;
    this.#cancel = cancel;
    if (this.#isAbandoned) cancel();
  }

  /** For the flight: the statement is complete. Why it was not one to copy with, if so. @param command its tag's. */
  refusal(command: string): DefinitionError | undefined {
    return command === "COPY" ? undefined : new DefinitionError("The statement is no COPY … TO STDOUT.");
  }

  /** For the flight: a message's content. */
  push(bytes: Buffer, start: number, end: number): void {
    this.#hasBegun = true;
    if (this.#isAbandoned) return;
    const length = this.#length + end - start;
    if (length > this.#buffer.length) this.#grow(length);
    bytes.copy(this.#buffer, this.#length, start, end);
    this.#length = length;
    if (length >= ENOUGH && !this.#isPaused) {
      this.#isPaused = true;
      this.#stream?.pause();
    }
    this.#wake?.();
  }

  /** For the flight: nothing more comes on this stream, which others need. */
  stop(): void {
    this.#resume();
    this.#stream = undefined;
    this.#cancel = undefined;
  }

  /** Says how the statement ended. @param failure what `take` throws once everything before it is taken. */
  end(failure?: unknown): void {
    this.#end = { failure };
    this.#wake?.();
  }

  /**
   * Everything that has come since the last time, whole messages; waits until there is something. Undefined at the end.
   *
   * @throws what the statement failed with.
   */
  async take(): Promise<Buffer | undefined> {
    while (this.#length === 0 && this.#end === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#length === 0) {
      if (this.#end?.failure !== undefined) throw this.#end.failure;
      return undefined;
    }
    const bytes = this.#release();
    this.#resume();
    return bytes;
  }

  /** Ends it: what comes from now on is thrown away, and the statement is cancelled. */
  abandon(): void {
    if (this.#isAbandoned) return;
    this.#isAbandoned = true;
    this.#length = 0;
    this.#resume(); // the server hears of it only when it can send
    this.#cancel?.();
  }

  /** What is there: the buffer itself when it is worth it, otherwise a copy. */
  #release(): Buffer {
    const whole = this.#buffer.subarray(0, this.#length);
    const isLarge = this.#length >= ENOUGH;
    if (isLarge) this.#buffer = Buffer.allocUnsafe(2 * ENOUGH);
    this.#length = 0;
    return isLarge ? whole : Buffer.from(whole);
  }

  #resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#stream?.resume();
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
