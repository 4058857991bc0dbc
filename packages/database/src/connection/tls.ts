import { readFileSync } from "node:fs";
import type { ConnectionOptions as TlsOptions } from "node:tls";
import { SettingsError } from "../errors.ts";
import type { Host, SslMode } from "../url.ts";
import type { ConnectOptions } from "./connect.ts";

/** Hosts that said that they have no TLS: `prefer` does not ask them again. */
const withoutTls = new WeakSet<Host>();

/** Whether connecting failed because the server has no TLS; remembered. */
export function isTlsRefusal(error: unknown, host: Host): boolean {
  const refused = error instanceof Error && error.message === "The server does not support SSL connections";
  if (refused) withoutTls.add(host);
  return refused;
}

/** The TLS settings to try in turn for libpq's sslmode (PostgreSQL, "SSL Support", table of modes). */
export function tlsAttempts(host: Host, options: ConnectOptions): (TlsOptions | false)[] {
  const mode: SslMode = host.host.startsWith("/") ? "disable" : (options.sslMode ?? "prefer");
  if (mode === "disable") return [false];
  const ca = options.sslRootCert === undefined ? {} : { ca: readRootCertificate(options.sslRootCert) };
  if (mode === "prefer") return withoutTls.has(host) ? [false] : [{ rejectUnauthorized: false }, false];
  if (mode === "require") return [{ rejectUnauthorized: false }];
  if (mode === "verify-ca") return [{ ...ca, rejectUnauthorized: true, checkServerIdentity: () => undefined }];
  return [{ ...ca, rejectUnauthorized: true }];
}

function readRootCertificate(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new SettingsError([
      `DB_SSL_ROOT_CERT names ${path}, which cannot be read (${(error as NodeJS.ErrnoException).code})`,
    ]);
  }
}
