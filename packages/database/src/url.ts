import { SettingsError } from "./errors.ts";
import { MOST_SECONDS } from "./seconds.ts";

/** One place where a server may listen. */
export interface Host {
  /** Name, IP address, or the absolute path of a directory that holds the server's Unix socket. */
  readonly host: string;
  readonly port: number;
}

/** Where and as whom to connect: the discrete parts of a database URL. */
export interface Address {
  /** At least one; tried in this order (PostgreSQL, "Specifying Multiple Hosts"). */
  readonly hosts: readonly Host[];
  readonly user: string;
  readonly password: string | undefined;
  readonly database: string;
  /** Which of the hosts will do. */
  readonly targetSessionAttrs: TargetSessionAttrs;
  readonly sslMode: SslMode | undefined;
  /** Path of the PEM file with the certificate authorities to trust. */
  readonly sslRootCert: string | undefined;
  /** Path of the PEM file with the client's certificate, for servers that ask for one. */
  readonly sslCert: string | undefined;
  /** Path of the PEM file with the client certificate's private key. */
  readonly sslKey: string | undefined;
  /** Whether the password's proof is tied to the TLS connection (SCRAM-SHA-256-PLUS). */
  readonly channelBinding: ChannelBinding | undefined;
  /** Seconds to connect to one host. */
  readonly connectTimeout: number | undefined;
  readonly applicationName: string | undefined;
}

/** libpq's `sslmode` (PostgreSQL, "SSL Support"); `allow` is left out: it prefers plain text. */
export const SSL_MODES = ["disable", "prefer", "require", "verify-ca", "verify-full"] as const;
/** libpq's `sslmode`. */
export type SslMode = (typeof SSL_MODES)[number];

/** libpq's `channel_binding`. */
const CHANNEL_BINDINGS = ["disable", "prefer", "require"] as const;
export type ChannelBinding = (typeof CHANNEL_BINDINGS)[number];

/** libpq's `target_session_attrs`. */
const TARGET_SESSION_ATTRS = ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"] as const;
export type TargetSessionAttrs = (typeof TARGET_SESSION_ATTRS)[number];

const SHAPE = /^([a-z][a-z\d]*)(?:\+[a-z\d_]+)?:\/\/(?:([^@/?#]*)@)?([^@/?#]*)(?:\/([^@?#]*))?(?:\?([^@#]*))?$/i;
/** One entry of the list of hosts: a name or a bracketed IPv6 address, and maybe a port. */
const ENTRY = /^(?:\[([^\]]*)\]|([^:]*))(?::([^:]*))?$/;
const PARAMETERS = [
  "host",
  "port",
  "user",
  "password",
  "dbname",
  "target_session_attrs",
  "sslmode",
  "sslrootcert",
  "sslcert",
  "sslkey",
  "channel_binding",
  "connect_timeout",
  "application_name",
];

/** Parameters of libpq that are refused on purpose, and what to do instead. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  [
    "options",
    "connection poolers refuse it; set server parameters with ALTER ROLE … SET, or with set_config() in the session",
  ],
]);

/**
 * Reads `postgresql://user:password@host:port/database?parameters` (PostgreSQL, "Connection URIs"), also with several
 * hosts: `postgresql://user:password@h1:5432,h2:5433,[::1]/database?target_session_attrs=read-write`.
 *
 * Parsed here rather than by the driver, whose own reading lets `sslmode` replace a given TLS configuration, and rather
 * than by `new URL`, whose errors repeat the password. A driver suffix, as SQLAlchemy writes it
 * (`postgresql+asyncpg://`), is ignored. Defaults: host localhost, port 5432, user postgres, database the user's name,
 * target_session_attrs any. A host that starts with `/` (written `%2F…`, or in the parameter `host`) is the directory of
 * a Unix socket.
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
  const [, scheme = "", authority = "", entries = "", path = "", query = ""] = match;
  const problems: string[] = [];

  if (!/^postgres(ql)?$/i.test(scheme)) problems.push(`has the scheme "${scheme}"; expected postgresql`);
  const parameters = parseParameters(query, problems);
  const colon = authority.indexOf(":");
  const userPart = colon === -1 ? authority : authority.slice(0, colon);
  const passwordPart = colon === -1 ? undefined : authority.slice(colon + 1);
  const user = (parameters.get("user") ?? decode(userPart, "user", problems)) || "postgres";
  const address: Address = {
    hosts: parseHosts(entries, parameters, problems),
    user,
    password:
      parameters.get("password") ??
      (passwordPart === undefined ? undefined : decode(passwordPart, "password", problems)),
    database: (parameters.get("dbname") ?? decode(path, "database", problems)) || user,
    targetSessionAttrs: choice("target_session_attrs", TARGET_SESSION_ATTRS, parameters, problems) ?? "any",
    sslMode: choice("sslmode", SSL_MODES, parameters, problems),
    sslRootCert: parameters.get("sslrootcert"),
    sslCert: parameters.get("sslcert"),
    sslKey: parameters.get("sslkey"),
    channelBinding: choice("channel_binding", CHANNEL_BINDINGS, parameters, problems),
    connectTimeout: parseTimeout(parameters.get("connect_timeout"), problems),
    applicationName: parameters.get("application_name"),
  };
  if ((address.sslCert === undefined) !== (address.sslKey === undefined)) {
    problems.push("has one of sslcert and sslkey; a client certificate needs both");
  }
  if (problems.length > 0) throw new SettingsError(problems.map((problem) => `${name} ${problem}`));
  return address;
}

/** Several URLs with commas between, which also stand between a URL's hosts. */
export function splitUrls(text: string): readonly string[] {
  return text
    .split(/,(?=\s*[a-z][a-z\d]*(?:\+[a-z\d_]+)?:\/\/)/i)
    .map((url) => url.replace(/[\s,]+$/, "").trim())
    .filter((url) => url !== "");
}

/** The URL with its password replaced, fit for logs and messages; text that is no URL is hidden whole. */
export function redactUrl(url: string): string {
  try {
    return formatUrl(parseUrl(url));
  } catch {
    return "(not a database URL)";
  }
}

/** The address as a URL without its password and its parameters. */
export function formatUrl({ user, password, hosts, database }: Address): string {
  const secret = password === undefined ? "" : ":***";
  const places = hosts.map(formatHost).join(",");
  return `postgresql://${encodeURIComponent(user)}${secret}@${places}/${encodeURIComponent(database)}`;
}

/** `host:port` as a URL has it. */
export function formatHost({ host, port }: Host): string {
  return `${host.includes(":") ? `[${host}]` : encodeURIComponent(host)}:${port}`;
}

function parseParameters(query: string, problems: string[]): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const pair of query.split("&")) {
    if (pair === "") continue;
    const [name = "", ...rest] = pair.split("=");
    const reason = REFUSED.get(name);
    if (reason !== undefined) problems.push(`has the parameter ${name}: ${reason}`);
    // Of sslmode=require&sslmode=disable either might be meant.
    else if (parameters.has(name)) problems.push(`has the parameter ${name} more than once`);
    else if (PARAMETERS.includes(name)) parameters.set(name, decode(rest.join("="), name, problems));
    else problems.push(`has an unknown parameter${shown(name)}; known are ${PARAMETERS.join(", ")}`);
  }
  return parameters;
}

/**
 * The hosts of the URL, or those of the parameters `host` and `port`, which go before it. One port serves all hosts;
 * of several, each is its host's, and an empty one is the default, as is an empty host.
 */
function parseHosts(entries: string, parameters: ReadonlyMap<string, string>, problems: string[]): Host[] {
  const listed = entries.split(",").map((entry) => ENTRY.exec(entry));
  if (listed.includes(null)) problems.push("has a host with a colon in it; write an IPv6 address in brackets, [::1]");
  const hosts =
    parameters.get("host")?.split(",") ??
    listed.map((match) => decode(match?.[1] ?? match?.[2] ?? "", "host", problems));
  const ports = (parameters.get("port")?.split(",") ?? listed.map((match) => match?.[3] ?? "")).map((port) =>
    parsePort(port, problems),
  );
  if (ports.length !== 1 && ports.length !== hosts.length) {
    problems.push(`has ${hosts.length} hosts and ${ports.length} ports; expected one port for all, or one for each`);
  }
  return hosts.map((host, i) => ({ host: host || "localhost", port: (ports.length === 1 ? ports[0] : ports[i])! }));
}

function choice<T extends string>(
  name: string,
  choices: readonly T[],
  parameters: ReadonlyMap<string, string>,
  problems: string[],
): T | undefined {
  const word = parameters.get(name);
  const chosen = choices.find((known) => known === word);
  if (word !== undefined && chosen === undefined) {
    const reason =
      name === "sslmode" && word === "allow"
        ? "; allow would send everything in plain text whenever the server lets it: take prefer"
        : "";
    problems.push(`has an unknown ${name}${shown(word)}${reason}; expected one of ${choices.join(", ")}`);
  }
  return chosen;
}

/** A word as a message may repeat it; what is no plain word may be a piece of a password that was not encoded. */
function shown(word: string): string {
  return /^[a-z_-]{1,30}$/i.test(word) ? `, ${word}` : "";
}

function parsePort(text: string, problems: string[]): number {
  if (text === "") return 5432;
  const port = Number(text);
  // Text that is no number is not repeated: in user:pass/word@host it is the beginning of the password.
  if (!/^\d+$/.test(text)) problems.push("has a port that is not a number; expected 1 to 65535");
  else if (port < 1 || port > 65_535) problems.push(`has the port ${text}; expected 1 to 65535`);
  return port;
}

function parseTimeout(text: string | undefined, problems: string[]): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (!/^\d{1,7}$/.test(text) || seconds < 1 || seconds > MOST_SECONDS) {
    problems.push(`has a connect_timeout that is not a number of seconds; expected 1 to ${MOST_SECONDS}`);
  }
  return seconds;
}

function decode(text: string, part: string, problems: string[]): string {
  try {
    const decoded = decodeURIComponent(text);
    // It ends a text in the startup message; what follows it would be read as parameters of the session.
    if (decoded.includes("\0")) {
      problems.push(`has the character U+0000 in its ${part}, which no text of PostgreSQL can have`);
    }
    return decoded;
  } catch {
    problems.push(`has a "%" in its ${part} that is not followed by two hexadecimal digits; write % as %25`);
    return text;
  }
}
