import { createHmac, timingSafeEqual } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../../logger.ts";
import type { AlertChange } from "./alerts.ts";

/** Where alerts are posted to. */
export interface WebhookOptions {
  /** Where changes of alerts are posted to. Never logged: it may hold a secret. */
  readonly url: string;
  /** What messages are signed with, see `signWebhook`. */
  readonly secret: string;
  /** Seconds that an answer may take. Default 10. */
  readonly timeout?: number | undefined;
  /** How often a message is tried in all. Default 6. */
  readonly attempts?: number | undefined;
  /** Seconds before the second try; each further pause is twice as long. Default 1. */
  readonly pause?: number | undefined;
}

/** Messages that wait; when there are more, the oldest is dropped. */
const MOST_WAITING = 100;

/**
 * Posts changes of alerts as JSON, one after another, and tries again when the receiver is not there or not well (no
 * answer, 408, 429, 5xx). Nobody waits for it.
 */
export class Webhook {
  readonly #options: WebhookOptions;
  readonly #logger: Logger;
  readonly #waiting: string[] = [];
  readonly #abort = new AbortController();
  #sending: Promise<void> | undefined;

  constructor(options: WebhookOptions, logger: Logger) {
    this.#options = options;
    this.#logger = logger;
  }

  send({ kind, alert, at }: AlertChange): void {
    if (this.#waiting.length >= MOST_WAITING) this.#waiting.shift();
    this.#waiting.push(JSON.stringify({ kind, at, alert }));
    this.#sending ??= this.#sendAll();
  }

  /** Gives up what was not sent yet. */
  async close(): Promise<void> {
    this.#waiting.length = 0;
    this.#abort.abort();
    await this.#sending;
  }

  async #sendAll(): Promise<void> {
    for (let body = this.#waiting.shift(); body !== undefined; body = this.#waiting.shift()) {
      const failure = await this.#deliver(body);
      if (failure !== undefined) this.#logger.error({ reason: failure }, "an alert could not be delivered");
    }
    this.#sending = undefined;
  }

  /** Returns why it could not be delivered. */
  async #deliver(body: string): Promise<string | undefined> {
    const { attempts = 6, pause = 1 } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const { reason, mayPass } = await this.#post(body);
      if (reason === undefined || !mayPass || attempt >= attempts) return reason;
      await sleep(pause * 1000 * 2 ** (attempt - 1), undefined, { signal: this.#abort.signal }).catch(() => {});
      if (this.#abort.signal.aborted) return "the monitor was stopped";
    }
  }

  async #post(body: string): Promise<{ readonly reason?: string; readonly mayPass: boolean }> {
    const { url, secret, timeout = 10 } = this.#options;
    const timestamp = String(Math.floor(Date.now() / 1000));
    try {
      const { status, ok } = await fetch(url, {
        method: "POST",
        body,
        redirect: "error",
        signal: AbortSignal.any([this.#abort.signal, AbortSignal.timeout(timeout * 1000)]),
        headers: {
          "content-type": "application/json",
          "x-hypertroq-timestamp": timestamp,
          "x-hypertroq-signature": signWebhook(secret, timestamp, body),
        },
      });
      if (ok) return { mayPass: false };
      return { reason: `the receiver answered ${status}`, mayPass: status === 408 || status === 429 || status >= 500 };
    } catch (error) {
      // The message of a failed fetch may repeat the URL; its cause's code does not.
      const { name, cause } = error as Error & { cause?: { code?: string } };
      return { reason: `the receiver did not answer (${cause?.code ?? name})`, mayPass: true };
    }
  }
}

/** The signature of a message: HMAC-SHA256, in hexadecimal digits, of the timestamp, a dot and the body. */
export function signWebhook(secret: string, timestamp: string, body: string): string {
  return createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex");
}

/**
 * For receivers: whether a message is from who knows the secret, and no older than `tolerance` seconds.
 *
 * @param headers `x-hypertroq-timestamp` and `x-hypertroq-signature`. @param tolerance default 300.
 */
export function isWebhookFrom(
  secret: string,
  headers: { readonly timestamp: string; readonly signature: string },
  body: string,
  tolerance = 300,
): boolean {
  const wanted = Buffer.from(signWebhook(secret, headers.timestamp, body));
  const given = Buffer.from(headers.signature);
  const age = Math.abs(Date.now() / 1000 - Number(headers.timestamp));
  return given.length === wanted.length && timingSafeEqual(given, wanted) && age <= tolerance;
}
