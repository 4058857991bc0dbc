import { SettingsError } from "./errors.ts";

/** Where and as whom to connect: the discrete parts of a database URL. */
export interface Address {
  /** Name, IP address, or the absolute path of a directory that holds the server's Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | undefined;
  readonly database: string;
  readonly sslMode: SslMode | undefined;
  /** Path of the PEM file with the certificate authorities to trust. */
  readonly sslRootCert: string | undefined;
  readonly applicationName: string | undefined;
}

/** libpq's `sslmode` (PostgreSQL, "SSL Support"); `allow` is left out: it prefers plain text. */
export const SSL_MODES = ["disable", "prefer", "require", "verify-ca", "verify-full"] as const;
export type SslMode = (typeof SSL_MODES)[number];

const SHAPE =
  /^([a-z][a-z\d]*)(?:\+[a-z\d_]+)?:\/\/(?:([^@/?#]*)@)?(\[[^\]]*\]|[^@:/?#]*)(?::([^@/?#]*))?(?:\/([^@?#]*))?(?:\?([^@#]*))?$/i;
const PARAMETERS = ["host", "port", "user", "password", "dbname", "sslmode", "sslrootcert", "application_name"];

/**
 * Reads `postgresql://user:password@host:port/database?parameters` (PostgreSQL, "Connection URIs").
 *
 * Parsed here rather than by the driver, whose own reading lets `sslmode` replace a given TLS configuration, and rather
 * than by `new URL`, whose errors repeat the password. A driver suffix, as SQLAlchemy writes it
 * (`postgresql+asyncpg://`), is ignored. Defaults: host localhost, port 5432, user postgres, database the user's name.
 *
 * @param name what the URL is called in messages, for example the setting it came from.
 * @throws {SettingsError} naming every problem, never the password.
 */
export function parseUrl(url: string, name = "url"): Address {
  const match = SHAPE.exec(url.trim());
  if (match === null) {
    throw new SettingsError([
      `${name} is not a database URL; expected postgresql://user:password@host:port/database, ` +
        "with @ : / ? # in a user name or password written as %40 %3A %2F %3F %23",
    ]);
  }
  const [, scheme = "", authority = "", rawHost = "", rawPort, path = "", query = ""] = match;
  const problems: string[] = [];

  if (!/^postgres(ql)?$/i.test(scheme)) problems.push(`has the scheme "${scheme}"; expected postgresql`);
  const parameters = new Map<string, string>();
  for (const pair of query === "" ? [] : query.split("&")) {
    const [name = "", ...rest] = pair.split("=");
    if (PARAMETERS.includes(name)) parameters.set(name, decode(rest.join("="), name, problems));
    else problems.push(`has an unknown parameter${shown(name)}; known are ${PARAMETERS.join(", ")}`);
  }

  const colon = authority.indexOf(":");
  const userPart = colon === -1 ? authority : authority.slice(0, colon);
  const passwordPart = colon === -1 ? undefined : authority.slice(colon + 1);
  const user = (parameters.get("user") ?? decode(userPart, "user", problems)) || "postgres";
  const host = parameters.get("host") ?? decode(rawHost.replace(/^\[|\]$/g, ""), "host", problems);
  const sslMode = parameters.get("sslmode");
  if (sslMode !== undefined && !isSslMode(sslMode)) {
    problems.push(`has an unknown sslmode${shown(sslMode)}; expected one of ${SSL_MODES.join(", ")}`);
  }
  const address: Address = {
    host: host || "localhost",
    port: parsePort(parameters.get("port") ?? rawPort, problems),
    user,
    password:
      parameters.get("password") ??
      (passwordPart === undefined ? undefined : decode(passwordPart, "password", problems)),
    database: (parameters.get("dbname") ?? decode(path, "database", problems)) || user,
    sslMode: sslMode as SslMode | undefined,
    sslRootCert: parameters.get("sslrootcert"),
    applicationName: parameters.get("application_name"),
  };
  if (problems.length > 0) throw new SettingsError(problems.map((problem) => `${name} ${problem}`));
  return address;
}

/** The URL with its password replaced, fit for logs and messages; text that is no URL is hidden whole. */
export function redactUrl(url: string): string {
  try {
    return formatUrl(parseUrl(url));
  } catch {
    return "(not a database URL)";
  }
}

/** The address as a URL without its password. */
export function formatUrl({ user, password, host, port, database }: Address): string {
  const name = host.includes(":") ? `[${host}]` : encodeURIComponent(host);
  const secret = password === undefined ? "" : ":***";
  return `postgresql://${encodeURIComponent(user)}${secret}@${name}:${port}/${encodeURIComponent(database)}`;
}

/** A word as a message may repeat it; what is no plain word may be a piece of a password that was not encoded. */
function shown(word: string): string {
  return /^[a-z_-]{1,30}$/i.test(word) ? `, ${word}` : "";
}

function isSslMode(mode: string): mode is SslMode {
  return (SSL_MODES as readonly string[]).includes(mode);
}

function parsePort(text: string | undefined, problems: string[]): number {
  if (text === undefined || text === "") return 5432;
  const port = Number(text);
  // Text that is no number is not repeated: in user:pass/word@host it is the beginning of the password.
  if (!/^\d+$/.test(text)) problems.push("has a port that is not a number; expected 1 to 65535");
  else if (port < 1 || port > 65_535) problems.push(`has the port ${text}; expected 1 to 65535`);
  return port;
}

function decode(text: string, part: string, problems: string[]): string {
  try {
    return decodeURIComponent(text);
  } catch {
    problems.push(`has a "%" in its ${part} that is not followed by two hexadecimal digits; write % as %25`);
    return text;
  }
}
