import type { ConnectionOptions as TlsOptions } from "node:tls";
import type pg from "pg";
import type { Host } from "../url.ts";
import type { ConnectOptions } from "./connect.ts";
import { stateOf } from "./connect-failure.ts";
import type { CredentialsSource } from "./credentials.ts";

/** What of the driver's client takes part in the authentication. */
interface DriverClient {
  password: () => string;
  enableChannelBinding: boolean;
  readonly connection: {
    prependListener(event: string, run: (message: { mechanisms: readonly string[] }) => void): void;
  };
}

const BOUND = "SCRAM-SHA-256-PLUS";

/**
 * Gives a client the password, and libpq's `channel_binding` its meaning (PostgreSQL, "SASL Authentication"): over TLS the
 * proof of the password is tied to the server's certificate, so that nobody in between can pass it on. `prefer`, the
 * default, does so when the server offers it; `require` sends nothing of the password to a server that does not.
 *
 * @returns to be called once connected: throws when binding is required and the server let us in without, asking for
 *   nothing.
 */
export function authenticate(client: pg.Client, options: ConnectOptions, ssl: TlsOptions | false): () => void {
  const driver = client as unknown as DriverClient;
  const isRequired = options.channelBinding === "require";
  let isOffered = false;
  const assertOffered = (): void => {
    if (isRequired && !isOffered) throw new Error("the server does not offer channel binding");
  };
  driver.enableChannelBinding = ssl !== false && options.channelBinding !== "disable";
  driver.connection.prependListener("authenticationSASL", ({ mechanisms }) => {
    isOffered = mechanisms.includes(BOUND);
  });
  // A function, because the driver looks at PGPASSWORD and ~/.pgpass when it is given no password.
  driver.password = () => {
    assertOffered();
    return options.password ?? "";
  };
  return assertOffered;
}

interface Known {
  readonly options: ConnectOptions;
  /** Whether they were asked for by an earlier connection. */
  readonly isKept: boolean;
}

/** Who logs in to one host: the URL's user, or whom the application names (`credentials`). */
export class Login {
  readonly #host: Host;
  readonly #options: ConnectOptions;
  readonly #signal: AbortSignal;
  #known: Known | undefined;

  /** @param signal aborted when nobody waits any more. */
  constructor(host: Host, options: ConnectOptions, signal: AbortSignal) {
    this.#host = host;
    this.#options = options;
    this.#signal = signal;
  }

  /** The options with user and password. @throws what `CredentialsSource.get` throws. */
  async options(): Promise<ConnectOptions> {
    if (this.#options.credentials === undefined) return this.#options;
    this.#known ??= await this.#ask(this.#options.credentials);
    return this.#known.options;
  }

  async #ask(source: CredentialsSource): Promise<Known> {
    const { user, database } = this.#options;
    const { credentials, isKept } = await source.get({ ...this.#host, user, database, signal: this.#signal });
    const options = { ...this.#options, user: credentials.user ?? user, password: credentials.password };
    return { options, isKept };
  }

  /** Whether the server refused what was kept from before, so that it is asked for anew; once. */
  isOutdated(error: unknown): boolean {
    if (!["28P01", "28000"].includes(stateOf(error) ?? "")) return false;
    this.#options.credentials?.forget(this.#host);
    const wasKept = this.#known?.isKept ?? false;
    if (wasKept) this.#known = undefined;
    return wasKept;
  }
}
