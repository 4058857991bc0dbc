import { readFileSync } from "node:fs";
import { createSecureContext, type SecureContext, type ConnectionOptions as TlsOptions } from "node:tls";
import pg from "pg";
import { SettingsError } from "../errors.ts";
import type { Host, SslMode } from "../url.ts";
import type { ConnectOptions } from "./connect.ts";

/** libpq's name for the authorities that this machine trusts; ours are those of Node, with NODE_EXTRA_CA_CERTS. */
const SYSTEM = "system";

/** Hosts that said that they have no TLS: `prefer` does not ask them again. */
const withoutTls = new WeakSet<Host>();

/**
 * The TLS settings to try in turn for libpq's sslmode (PostgreSQL, "SSL Support", table of modes):
 *
 * | mode        | plain text | the certificate's authority is checked | and its name |
 * |-------------|------------|----------------------------------------|--------------|
 * | disable     | only       |                                        |              |
 * | prefer      | after TLS  | when a root certificate is given       |              |
 * | require     | never      | when a root certificate is given       |              |
 * | verify-ca   | never      | yes                                    |              |
 * | verify-full | never      | yes                                    | yes          |
 *
 * Without a root certificate the authorities that Node knows are trusted. A Unix socket has no TLS, whatever the mode.
 *
 * @throws {SettingsError} when a file cannot be used, or the settings contradict each other.
 */
export function tlsAttempts(host: Host, options: ConnectOptions): (TlsOptions | false)[] {
  const { sslRootCert, channelBinding } = options;
  const mode: SslMode = options.sslMode ?? (sslRootCert === SYSTEM ? "verify-full" : "prefer");
  if (sslRootCert === SYSTEM && mode !== "verify-full") {
    throw new SettingsError([`sslrootcert=system trusts many authorities; sslmode must be verify-full, not ${mode}`]);
  }
  const hasTls = mode !== "disable" && !host.host.startsWith("/");
  if (channelBinding === "require") {
    if (hasTls) return [encrypted(mode, options)];
    throw new SettingsError(["channel_binding=require needs TLS, which sslmode=disable and Unix sockets do without"]);
  }
  if (!hasTls || (mode === "prefer" && withoutTls.has(host))) return [false];
  return mode === "prefer" ? [encrypted(mode, options), false] : [encrypted(mode, options)];
}

/** `prefer` asks this host for TLS no more, which has said that it has none. */
export function rememberWithoutTls(host: Host): void {
  withoutTls.add(host);
}

/**
 * Whether an attempt failed because of TLS, so that plain text on another connection may do better: the two cannot agree on
 * how, or pg_hba.conf lets this user in without it only.
 */
export function isTlsRefusal(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return error.code === "28000";
  if (!(error instanceof Error)) return false;
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return /^ERR_(SSL|TLS)_|^EPROTO$|CERT|LEAF_SIGNATURE/.test(code) || /SSL connection|secure TLS/.test(error.message);
}

/** Made of what the files held when they could last be used. */
const lastUsed = new WeakMap<ConnectOptions, TlsOptions>();

/**
 * The files are read for each connection, so that renewed certificates count from the next one on. While they are being
 * replaced, one by one, they may not fit each other: what they held before is used until they do.
 */
function encrypted(mode: SslMode, options: ConnectOptions): TlsOptions {
  try {
    const made = fromFiles(mode, options);
    lastUsed.set(options, made);
    return made;
  } catch (error) {
    const before = lastUsed.get(options);
    if (before === undefined) throw error;
    options.logger.warn({ err: error }, "the certificates' files cannot be used now; what they held before is used");
    return before;
  }
}

function fromFiles(mode: SslMode, options: ConnectOptions): TlsOptions {
  const files = {
    ca: options.sslRootCert === SYSTEM ? undefined : read("sslrootcert (DB_SSL_ROOT_CERT)", options.sslRootCert),
    cert: read("sslcert", options.sslCert),
    key: read("sslkey", options.sslKey),
  };
  const verifies = files.ca !== undefined || mode === "verify-ca" || mode === "verify-full";
  return {
    ...(Object.values(files).some((file) => file !== undefined) && { secureContext: contextOf(files) }),
    rejectUnauthorized: verifies,
    ...(mode !== "verify-full" && { checkServerIdentity: () => undefined }),
  };
}

/** Made here, because the driver would not tell which of the files is wrong. */
function contextOf(files: {
  ca: string | undefined;
  cert: string | undefined;
  key: string | undefined;
}): SecureContext {
  try {
    return createSecureContext({
      ...(files.ca !== undefined && { ca: files.ca }),
      ...(files.cert !== undefined && { cert: files.cert }),
      ...(files.key !== undefined && { key: files.key }),
    });
  } catch (error) {
    throw new SettingsError([
      "sslrootcert, sslcert and sslkey must be PEM files, the key without a passphrase and that of the certificate " +
        `(${(error as NodeJS.ErrnoException).code})`,
    ]);
  }
}

function read(name: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new SettingsError([`${name} names ${path}, which cannot be read (${(error as NodeJS.ErrnoException).code})`]);
  }
  // Of a list of authorities without any, the TLS library says nothing, and trusts nobody.
  if (!text.includes("-----BEGIN ")) throw new SettingsError([`${name} names ${path}, which is no PEM file`]);
  return text;
}
