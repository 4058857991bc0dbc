import { inspect } from "node:util";
import { type Static, type TObject, type TSchema, Type } from "typebox";
import { Check } from "typebox/value";
import { SettingsError } from "./errors.ts";
import { nearest, nearestChoice } from "./misspelling.ts";
import { MOST_SECONDS } from "./seconds.ts";
import { parseUrl, SSL_MODES, splitUrls } from "./url.ts";

/** What may stand between an application and its server; see `DatabaseOptions.pooler`. */
const POOLERS = ["transaction", "transaction-prepared", "session"] as const;
export type Pooler = (typeof POOLERS)[number];

const seconds = (description: string, fallback: number) =>
  Type.Number({ minimum: 0, maximum: MOST_SECONDS, default: fallback, description });

/** The database layer's settings, by the names they have in the environment; durations are in seconds. */
export const DATABASE_SETTINGS = Type.Object({
  DATABASE_URL: Type.String({ description: "postgresql://user:password@host:port/database" }),
  DIRECT_URL: Type.Optional(
    Type.String({ description: "for migrations, backups and LISTEN: past a connection pooler" }),
  ),
  REPLICA_URLS: Type.Optional(
    Type.String({ description: "URLs of streaming replicas, with commas between, for reads of read-only sessions" }),
  ),
  DB_REPLICA_MAX_LAG: seconds("how far a replica may be behind", 10),
  DB_POOL_SIZE: Type.Integer({ minimum: 0, default: 20, description: "connections kept open; 0: no limit" }),
  DB_MAX_OVERFLOW: Type.Integer({ minimum: -1, default: 0, description: "connections beyond the size; -1: no limit" }),
  DB_POOL_TIMEOUT: seconds("longest wait for a connection", 30),
  DB_POOL_RECYCLE: Type.Number({
    anyOf: [Type.Literal(-1), Type.Number({ minimum: 0 })],
    default: 3600,
    description: "age to replace at; -1: never",
  }),
  DB_POOL_PRE_PING: Type.Boolean({ default: true, description: "test a pooled connection before use" }),
  DB_CONNECT_TIMEOUT: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      maximum: MOST_SECONDS,
      description: "longest wait to connect to a host; default the URL's connect_timeout, else 30",
    }),
  ),
  DB_START_TIMEOUT: seconds("longest wait at the start for a server that is not there yet", 10),
  DB_STATEMENT_TIMEOUT: seconds("the server cancels longer statements; 0: never", 0),
  DB_LOCK_TIMEOUT: seconds("the server gives up waiting for a lock; 0: never", 0),
  DB_ECHO: Type.Boolean({ default: false, description: "log every statement" }),
  DB_SLOW_QUERY_MS: Type.Number({
    anyOf: [Type.Literal(-1), Type.Number({ minimum: 0, maximum: MOST_SECONDS * 1000 })],
    default: 200,
    description: "log statements that take longer, in milliseconds; -1: none",
  }),
  DB_STATEMENT_CACHE_SIZE: Type.Integer({
    minimum: 0,
    default: 512,
    description: "statements kept prepared",
  }),
  DB_POOLER: Type.Optional(Type.Enum([...POOLERS], { description: "what stands between here and the server" })),
  DB_SSL_MODE: Type.Optional(Type.Enum([...SSL_MODES], { description: "libpq's sslmode" })),
  DB_SSL_ROOT_CERT: Type.Optional(Type.String({ description: "PEM file of the authorities to trust" })),
});
/** The settings of {@link DATABASE_SETTINGS}, read. */
export type DatabaseSettings = Static<typeof DATABASE_SETTINGS>;

/** Where settings are read from: `process.env`, or what stands for it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads settings from an environment by a TypeBox object schema: text becomes numbers and booleans (true/false, yes/no,
 * on/off, 1/0 in any case), empty text counts as absent, defaults are filled in.
 *
 * A variable that begins with `DB_` and is within two letters of a known name, but is none, is an error that names the
 * one probably meant; other unknown variables are left alone, because hosts inject their own (DB_HOST, DB_NAME).
 *
 * @throws {SettingsError} with every problem at once. Values are shown, except of settings that name a URL.
 */
export function readSettings<S extends TObject>(schema: S, env: Environment): Static<S> {
  const names = Object.keys(schema.properties);
  const problems = misspelled(names, env);
  const values: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(schema.properties)) {
    const text = env[name]?.trim();
    const { type, default: fallback } = property as { type?: string; default?: unknown };
    if (text !== undefined && text !== "") values[name] = fromText(text, type);
    else if (fallback !== undefined) values[name] = fallback;
  }
  for (const [name, property] of Object.entries(schema.properties)) {
    if (values[name] === undefined && schema.required?.includes(name)) {
      problems.push(`${name} is not set; expected ${expectation(property)}`);
    } else {
      problems.push(...problemWith(name, property, values[name]));
    }
  }
  if (problems.length > 0) throw new SettingsError(problems);
  return values as Static<S>;
}

/** What is wrong with a value, if anything: at most one sentence, or several about a URL. Absent is never wrong. */
export function problemWith(name: string, property: TSchema, value: unknown): readonly string[] {
  if (value === undefined) return [];
  const isUrl = /urls?$/i.test(name);
  if (!Check(property, value)) {
    return [`${name} must be ${expectation(property)}${isUrl ? "" : `, not ${shown(value)}${hint(property, value)}`}`];
  }
  if (!isUrl && typeof value === "string" && value.includes("\0"))
    return [`${name} must not hold the character U+0000`];
  try {
    if (name === "REPLICA_URLS") return splitUrls(String(value)).flatMap((url) => problemsWithReplica(url, name));
    if (isUrl) parseUrl(String(value), name);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

/** What is wrong with a replica's URL, if anything. What is known of a replica is known of one server. */
export function problemsWithReplica(url: string, name: string): readonly string[] {
  try {
    if (parseUrl(url, name).hosts.length === 1) return [];
    return [`${name} has a URL with several hosts; name each replica by a URL of its own`];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

function fromText(text: string, type: string | undefined): unknown {
  if ((type === "number" || type === "integer") && /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text)) return Number(text);
  if (type === "boolean") {
    if (/^(true|yes|on|1)$/i.test(text)) return true;
    if (/^(false|no|off|0)$/i.test(text)) return false;
  }
  return text;
}

/** Which of a setting's choices was probably meant. */
function hint({ enum: choices }: { readonly enum?: readonly unknown[] }, value: unknown): string {
  if (choices === undefined || typeof value !== "string") return "";
  const meant = nearestChoice(value, choices.map(String));
  return meant === undefined ? "" : `; did you mean ${meant}?`;
}

/** A value as a message may show it: of objects only that they are some, for they may hold anything. */
function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : inspect(value, { depth: -1, customInspect: false });
}

/** Says in words what a setting's schema accepts. */
function expectation(property: object): string {
  const words = property as Record<string, unknown>;
  const { type, minimum, maximum, exclusiveMinimum, enum: choices, anyOf, const: constant, description } = words;
  if (Array.isArray(anyOf)) return anyOf.map(expectation).join(", or ");
  if (constant !== undefined) return String(constant);
  if (Array.isArray(choices)) return `one of ${choices.join(", ")}`;
  if (type === "boolean") return "true or false";
  if (type === "number" || type === "integer") {
    const bounds = [
      minimum === undefined ? undefined : `at least ${minimum}`,
      exclusiveMinimum === undefined ? undefined : `above ${exclusiveMinimum}`,
      maximum === undefined ? undefined : `at most ${maximum}`,
    ].filter((bound) => bound !== undefined);
    return [type === "integer" ? "a whole number" : "a number", ...bounds].join(", ");
  }
  return typeof description === "string" ? description : "text";
}

/**
 * Names that are like a setting's: those that begin as the layer's do, and what is like DATABASE_URL where that is not set, since
 * another database might be used in its place.
 */
function misspelled(known: readonly string[], env: Environment): string[] {
  const urls = known.filter((name) => name === "DATABASE_URL" && !env[name]?.trim());
  const problems: string[] = [];
  for (const name of Object.keys(env)) {
    if (known.includes(name)) continue;
    const meant = nearest(name, name.startsWith("DB_") ? known : urls);
    if (meant !== undefined) problems.push(`${name} is not a setting; did you mean ${meant}?`);
  }
  return problems;
}
