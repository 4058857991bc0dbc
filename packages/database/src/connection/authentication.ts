import type { ConnectionOptions as TlsOptions } from "node:tls";
import type pg from "pg";
import type { ConnectOptions } from "./connect.ts";

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
