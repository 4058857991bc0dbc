import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { DataDirectory } from "./data-directory.ts";
import { InvalidOption } from "./errors.ts";
import type { TlsFiles } from "./options.ts";
import { selfSigned } from "./self-signed.ts";

/** What a server with TLS is started with. */
export interface Tls {
  readonly settings: readonly string[];
  /** The server's certificate, PEM: what a client trusts. */
  readonly certificate: string | undefined;
  /** Whether the files differ from the last run's, which a running server has read. */
  readonly changed: boolean;
}

/**
 * Puts certificate and key beside the data, where PostgreSQL's user may read them and nobody else (Secure TCP/IP
 * Connections with SSL). A self-signed pair is kept from run to run.
 *
 * @throws InvalidOption when they can't be read or don't belong together.
 */
export function prepareTls(tls: boolean | TlsFiles, directory: DataDirectory): Tls {
  if (tls === false) return { settings: [], certificate: undefined, changed: false };
  const files: TlsFiles = tls === true ? (kept(directory) ?? selfSigned()) : load(tls);
  let changed = false;
  const settings = ["ssl=on"];
  for (const [name, setting] of [
    ["crt", "ssl_cert_file"],
    ["key", "ssl_key_file"],
    ["ca", "ssl_ca_file"],
  ] as const) {
    const contents = { crt: files.cert, key: files.key, ca: files.ca }[name];
    if (contents === undefined) continue;
    const file = `tls.${name}`;
    if (directory.read(file) !== contents) {
      directory.write(file, contents);
      changed = true;
    }
    // Relative to the data directory, which may move.
    settings.push(`${setting}=hypertroq/${file}`);
  }
  return { settings, certificate: files.cert, changed };
}

function kept(directory: DataDirectory): TlsFiles | undefined {
  const [cert, key] = [directory.read("tls.crt"), directory.read("tls.key")];
  if (!cert || !key || problemOf(cert, key) !== undefined) return undefined;
  return Date.parse(new X509Certificate(cert).validTo) > Date.now() ? { cert, key } : undefined;
}

function load(tls: TlsFiles): TlsFiles {
  const cert = pem(tls.cert);
  const key = pem(tls.key);
  const problem = problemOf(cert, key);
  if (problem !== undefined) throw new InvalidOption("tls", problem);
  return { cert, key, ...(tls.ca !== undefined && { ca: pem(tls.ca) }) };
}

function pem(textOrPath: string): string {
  if (textOrPath.includes("-----BEGIN")) return textOrPath;
  try {
    return readFileSync(textOrPath, "utf8");
  } catch (cause) {
    throw new InvalidOption("tls", `${textOrPath} can't be read (${(cause as NodeJS.ErrnoException).code})`);
  }
}

function problemOf(cert: string, key: string): string | undefined {
  try {
    const matches = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
    return matches ? undefined : "the key does not belong to the certificate";
  } catch {
    return "cert and key must be PEM, the key without a passphrase";
  }
}
