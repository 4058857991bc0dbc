import type { ChannelEvent } from "./channel.ts";

/** Events that wait for somebody who takes them slowly; one more, and he starts again. */
const MOST_WAITING = 10_000;

const LISTENING: ChannelEvent = { kind: "listening" };

/** One listener's events on a channel. */
export class Subscription {
  readonly channel: string;
  /** Whether LISTEN has taken effect on the connection that there is now. */
  #isListening = false;
  #waiting: ChannelEvent[] = [];
  #end: { readonly reason: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(channel: string) {
    this.channel = channel;
  }

  /** LISTEN has taken effect. */
  begin(): void {
    this.#isListening = true;
    this.#add(LISTENING);
  }

  /** The connection is gone: what comes from now on is not heard. */
  interrupt(): void {
    this.#isListening = false;
  }

  /** What comes before `begin` is told by it: everything up to there may have been missed. */
  notify(event: ChannelEvent): void {
    if (!this.#isListening) return;
    if (this.#waiting.length < MOST_WAITING) this.#add(event);
    else this.#waiting = [LISTENING];
  }

  /** @param reason what `next` throws; undefined: there is nothing more. */
  end(reason?: unknown): void {
    this.#end ??= { reason };
    this.#wake?.();
  }

  /** The next event; undefined at the end. One caller at a time. */
  async next(): Promise<ChannelEvent | undefined> {
    while (this.#waiting.length === 0 && this.#end === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#end?.reason !== undefined) throw this.#end.reason;
    return this.#end === undefined ? this.#waiting.shift() : undefined;
  }

  #add(event: ChannelEvent): void {
    this.#waiting.push(event);
    this.#wake?.();
  }
}
