import { type TSchema, Type } from "typebox";
import { SettingsError } from "../errors.ts";
import { nearest } from "../misspelling.ts";
import { MOST_SECONDS } from "../seconds.ts";
import { DATABASE_SETTINGS, type DatabaseSettings, problemsWithReplica, problemWith } from "../settings.ts";
import type { DatabaseOptions } from "./options.ts";
import { hookProblems } from "./pool/hooks.ts";
import type { ResetOnReturn } from "./pool/options.ts";

/** Which setting stands for which option, and so what each of them accepts. */
export const SETTING_OF = {
  url: "DATABASE_URL",
  poolSize: "DB_POOL_SIZE",
  maxOverflow: "DB_MAX_OVERFLOW",
  poolTimeout: "DB_POOL_TIMEOUT",
  poolRecycle: "DB_POOL_RECYCLE",
  prePing: "DB_POOL_PRE_PING",
  connectTimeout: "DB_CONNECT_TIMEOUT",
  startTimeout: "DB_START_TIMEOUT",
  statementTimeout: "DB_STATEMENT_TIMEOUT",
  lockTimeout: "DB_LOCK_TIMEOUT",
  statementCacheSize: "DB_STATEMENT_CACHE_SIZE",
  pooler: "DB_POOLER",
  directUrl: "DIRECT_URL",
  echo: "DB_ECHO",
  slowQueryMs: "DB_SLOW_QUERY_MS",
  sslMode: "DB_SSL_MODE",
  sslRootCert: "DB_SSL_ROOT_CERT",
  replicaMaxLag: "DB_REPLICA_MAX_LAG",
} as const satisfies Partial<Record<keyof DatabaseOptions, keyof DatabaseSettings>>;

const seconds = Type.Number({ minimum: 0, maximum: MOST_SECONDS });

/** What the options hold that are objects; a sentence for each thing that is wrong. */
const PROBLEMS_OF = {
  credentials: credentialsProblems,
  hooks: hookProblems,
  logger: loggerProblems,
  replicas: replicaProblems,
  serverSettings: serverSettingProblems,
} as const satisfies Partial<Record<keyof DatabaseOptions, (value: unknown) => readonly string[]>>;

/** What all other options accept. */
const SCHEMA_OF = {
  poolLifo: Type.Boolean(),
  resetOnReturn: Type.Enum(["rollback", "commit", "none"] satisfies ResetOnReturn[]),
  minIdle: Type.Integer({ minimum: 0 }),
  idleTimeout: seconds,
  keepalive: seconds,
  maxConnecting: Type.Integer({ minimum: 1 }),
  connectRetry: seconds,
  leakThreshold: seconds,
  watchdog: seconds,
  maxResultBytes: Type.Integer({ minimum: 0 }),
  applicationName: Type.String(),
} as const satisfies Record<
  Exclude<keyof DatabaseOptions, keyof typeof SETTING_OF | keyof typeof PROBLEMS_OF>,
  TSchema
>;

const NAMES = [SETTING_OF, PROBLEMS_OF, SCHEMA_OF].flatMap((table) => Object.keys(table));

/**
 * Checks options that came from a caller without types.
 *
 * @throws {SettingsError} with every problem at once, such as names of options that there are not.
 */
export function checkOptions(options: DatabaseOptions): void {
  if (!isObject(options)) throw new SettingsError(["the options must be an object, { url: … }"]);
  const { url, minIdle = 0, poolSize = 20 } = options;
  const given: Readonly<Record<string, unknown>> = { ...options };
  const problems = [
    ...Object.keys(given).flatMap(unknownOption),
    ...Object.entries(SETTING_OF).flatMap(([name, setting]) =>
      problemWith(name, DATABASE_SETTINGS.properties[setting], given[name]),
    ),
    ...Object.entries(SCHEMA_OF).flatMap(([name, schema]) => problemWith(name, schema, given[name])),
    ...Object.entries(PROBLEMS_OF).flatMap(([name, problemsOf]) =>
      given[name] === undefined ? [] : problemsOf(given[name]),
    ),
    ...(poolSize > 0 && minIdle > poolSize ? [`minIdle must be at most poolSize (${poolSize}), not ${minIdle}`] : []),
    ...(url === undefined ? ["url is not set; expected postgresql://user:password@host:port/database"] : []),
  ];
  if (problems.length > 0) throw new SettingsError(problems);
}

function unknownOption(name: string): readonly string[] {
  if (NAMES.includes(name)) return [];
  // pool_size and DB_POOL_SIZE mean poolSize, and lifo means poolLifo.
  const word = name.toLowerCase().replaceAll("_", "").replace(/^db/, "");
  const known = NAMES.map((one) => one.toLowerCase());
  const meant = (word.length > 2 && known.find((one) => one.includes(word))) || nearest(word, known);
  const hint = meant ? `did you mean ${NAMES[known.indexOf(meant)]}?` : `there are ${NAMES.join(", ")}`;
  return [`${name} is not an option; ${hint}`];
}

function credentialsProblems(value: unknown): readonly string[] {
  return typeof value === "function" ? [] : ["credentials must be a function that returns a password"];
}

function loggerProblems(logger: unknown): readonly string[] {
  const isLogger =
    isObject(logger) && ["debug", "info", "warn", "error"].every((level) => typeof logger[level] === "function");
  return isLogger ? [] : ["logger must have the methods debug, info, warn and error"];
}

function replicaProblems(urls: unknown): readonly string[] {
  if (!Array.isArray(urls) || urls.some((url) => typeof url !== "string")) {
    return ["replicas must be an array of URLs, one for each replica"];
  }
  return urls.flatMap((url: string) => problemsWithReplica(url, "replicas"));
}

function serverSettingProblems(settings: unknown): readonly string[] {
  if (!isObject(settings)) return ['serverSettings must be an object of texts by name, { TimeZone: "UTC" }'];
  return Object.entries(settings).flatMap(([name, value]) =>
    // It becomes part of a statement, which the character would end.
    name.includes("\0")
      ? ["serverSettings has a name with the character U+0000 in it"]
      : problemWith(`serverSettings.${name}`, Type.String(), value ?? null),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
