import { SettingsError } from "../errors.ts";
import type { Host } from "../url.ts";

/** For whom a password is wanted. */
export interface CredentialsRequest extends Host {
  /** The URL's. */
  readonly user: string;
  readonly database: string;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** What to log in with. */
export interface Credentials {
  readonly password: string;
  /** Default: the URL's. */
  readonly user?: string | undefined;
  /** Seconds from now for which they serve further connections to the same host. Default 0: each asks for its own. */
  readonly validFor?: number | undefined;
}

/** Gives a password, or more than that. */
export type CredentialsFunction = (request: CredentialsRequest) => string | Credentials | Promise<string | Credentials>;

/** The function that was to give them threw; its own error is the cause. */
export class CredentialsFailed extends Error {}

/**
 * Asks the application for credentials, and keeps them for as long as it said, in private: whatever prints options does not
 * print them.
 */
export class CredentialsSource {
  readonly #ask: CredentialsFunction;
  readonly #kept = new Map<string, { readonly credentials: Credentials; readonly until: number }>();

  constructor(ask: CredentialsFunction) {
    this.#ask = ask;
  }

  /**
   * @returns also whether they were kept from before, and so may have been replaced since.
   * @throws {CredentialsFailed} @throws {SettingsError} when the answer is none. @throws the signal's reason.
   */
  async get(request: CredentialsRequest): Promise<{ readonly credentials: Credentials; readonly isKept: boolean }> {
    const kept = this.#kept.get(placeOf(request));
    if (kept !== undefined && performance.now() < kept.until) return { credentials: kept.credentials, isKept: true };
    const credentials = await this.#fresh(request);
    const until = performance.now() + (credentials.validFor ?? 0) * 1000;
    this.#kept.set(placeOf(request), { credentials, until });
    return { credentials, isKept: false };
  }

  /** They were refused. */
  forget(request: Pick<CredentialsRequest, "host" | "port">): void {
    this.#kept.delete(placeOf(request));
  }

  async #fresh(request: CredentialsRequest): Promise<Credentials> {
    const { signal } = request;
    const late = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    signal.throwIfAborted();
    const asked = (async () => await this.#ask(request))().catch((cause: unknown) => {
      throw new CredentialsFailed("The function given as credentials failed.", { cause });
    });
    return checked(await Promise.race([asked, late]));
  }
}

function placeOf({ host, port }: Host): string {
  return `${host}:${port}`;
}

/** Never with a part of the answer in the message. */
function checked(answer: unknown): Credentials {
  const credentials = (typeof answer === "string" ? { password: answer } : answer) as Credentials | null | undefined;
  const { password, user, validFor = 0 } = credentials ?? ({} as Partial<Credentials>);
  const isText = (text: unknown): boolean => typeof text === "string" && text !== "" && !text.includes("\0");
  if (!isText(password) || (user !== undefined && !isText(user)) || typeof validFor !== "number" || !(validFor >= 0)) {
    throw new SettingsError([
      "credentials must return a password, or { password, user, validFor }, texts that are not empty and a number of seconds",
    ]);
  }
  return credentials!;
}
