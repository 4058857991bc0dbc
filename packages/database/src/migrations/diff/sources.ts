import { type ConnectOptions, connect } from "../../connection/connect.ts";
import type { Connection } from "../../connection/connection.ts";
import { connectOptions } from "../../connection/options.ts";
import { DefinitionError } from "../../errors.ts";
import type { Schema } from "../../model/schema.ts";
import { createSchema, namedSchemas } from "../autogenerate/model-operations.ts";
import { DiffSqlFailed, ModelsNotCreatable, ScratchUnavailable } from "../errors.ts";
import { Replay } from "../history/replay.ts";
import { splitStatements } from "../operations/split-statements.ts";
import { Migrator } from "../runner/migrator.ts";
import { run, StepRefused } from "../scratch/prove.ts";
import { type OpenScratch, withScratch } from "../scratch/scratch.ts";
import { bareSurroundings, readSurroundings, type Surroundings, userSchemas } from "../scratch/surroundings.ts";
import { unlimited } from "../scratch/unlimited.ts";
import { ScriptDirectory } from "../script/script-directory.ts";
import { furnish } from "./furnish.ts";

/** A database that is there, of which only the catalog is read. */
export type LiveSource = { readonly url: string } | { readonly connect: ConnectOptions };

/** What a side of a comparison is. All but a live database are made in a scratch database. */
export type DiffSource =
  | LiveSource
  /** SQL that makes it in an empty database; `file`: what errors call it. */
  | { readonly sql: string; readonly file?: string }
  /** What `defineSchema` returned. */
  | { readonly schema: Schema }
  /** What the revision files make, up to a target: `head`, an id. */
  | { readonly revision: string; readonly directory: string; readonly versions?: readonly string[] };

export interface Sides {
  readonly from: Connection;
  readonly to: Connection;
  /** The schemas that models speak of; undefined: no side is models, and all is compared. */
  readonly schemas: readonly string[] | undefined;
  /** Where a name without a schema leads. */
  readonly defaultSchema: string;
  /** Whether both say who owns what; otherwise it is whoever made the scratch database. */
  readonly hasOwners: boolean;
  /** Makes another scratch database, with what `from` has around it. */
  readonly open: OpenScratch;
}

export interface SidesOptions {
  readonly from: DiffSource;
  readonly to: DiffSource;
  /** A server on which databases are made and dropped; default that of the side that is live. */
  readonly scratch?: LiveSource | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `work` with a connection to each side. Compared are all schemas of both; where a side is models, those that they
 * name, `public` and the default one.
 *
 * @throws {DefinitionError} when no server is named. @throws {ScratchUnavailable} @throws {ModelsNotCreatable}
 * @throws {DiffSqlFailed} @throws {ConnectionFailed} and what applying revisions throws.
 */
export async function withSides<T>(options: SidesOptions, work: (sides: Sides) => Promise<T>): Promise<T> {
  const { from, to, signal } = options;
  const opened: Connection[] = [];
  const open = async (target: ConnectOptions): Promise<Connection> => {
    const connection = await connect(target, signal);
    opened.push(connection);
    return connection;
  };
  try {
    const server = options.scratch ?? [from, to].find(isLive);
    if (server === undefined) {
      throw new DefinitionError("Neither side is a live database, so scratch: { url } has to name a server.");
    }
    const lives = new Map<DiffSource, Connection>();
    for (const source of [from, to]) if (isLive(source)) lives.set(source, await open(targetOf(source)));
    const known = lives.get(from) ?? lives.get(to) ?? (await open(targetOf(server)));
    if (options.scratch !== undefined && lives.size > 0) await checkVersion(known, targetOf(server));
    const [around, target] = [await readSurroundings(known), targetOf(server)];
    return await withScratch(target, around, async (openScratch) => {
      const maker = new Maker(target, around, openScratch, signal);
      const sides = new Map(lives);
      const made = async (source: DiffSource, other: Connection | undefined): Promise<Connection> => {
        const side = sides.get(source) ?? (await maker.make(source, other));
        sides.set(source, side);
        return side;
      };
      // What models need is taken from the other side, so that comes first.
      const first = "schema" in from ? to : from;
      const one = await made(first, undefined);
      const two = await made(first === from ? to : from, one);
      const [left, right] = first === from ? [one, two] : [two, one];
      const like = "schema" in from || known === left ? around : await readSurroundings(left);
      const defaultSchema = lives.size > 0 ? (around.path[0] ?? "public") : "public";
      return work({
        from: left,
        to: right,
        schemas: await schemasOf(options, left, right, defaultSchema),
        defaultSchema,
        hasOwners: isLive(from) && isLive(to),
        open: (surroundings = like) => openScratch(surroundings),
      });
    });
  } finally {
    for (const connection of opened) await connection.close();
  }
}

function isLive(source: DiffSource): source is LiveSource {
  return "url" in source || "connect" in source;
}

/** How to connect to it to compare it. */
export function targetOf(source: LiveSource): ConnectOptions {
  return unlimited("url" in source ? connectOptions({ url: source.url }) : source.connect);
}

/** PostgreSQL writes expressions in other words from one version to the next. @throws {ScratchUnavailable} */
async function checkVersion(live: Connection, server: ConnectOptions): Promise<void> {
  const major = async (connection: Connection): Promise<number> => {
    const { rows } = await connection.query("select current_setting('server_version_num')::integer / 10000");
    return Number(rows[0]![0]);
  };
  const scratch = await connect(server);
  const [wanted, is] = [await major(live), await major(scratch).finally(() => scratch.close())];
  if (is !== wanted) {
    const why = new Error(`it runs PostgreSQL ${is}, and the database PostgreSQL ${wanted}.`);
    throw new ScratchUnavailable("the server that was named for it is another", why);
  }
}

/** A schema that only a new database has, `public`, is no difference from models. */
async function schemasOf(
  { from, to }: SidesOptions,
  left: Connection,
  right: Connection,
  defaultSchema: string,
): Promise<readonly string[] | undefined> {
  const models = [from, to].filter((source) => "schema" in source);
  if (models.length === 0) return undefined;
  const others = "schema" in from ? ("schema" in to ? [] : await userSchemas(right)) : await userSchemas(left);
  return [...new Set(models.flatMap(({ schema }) => modelSchemas(schema, others, defaultSchema)))];
}

/** The schemas that models speak of. @param others those of the database that they are compared with. */
export function modelSchemas(schema: Schema, others: readonly string[], defaultSchema: string): readonly string[] {
  const usual = ["public", defaultSchema].filter((name) => others.includes(name));
  return [...new Set([...usual, ...namedSchemas(schema)])];
}

/** Makes sides in scratch databases. */
class Maker {
  readonly #target: ConnectOptions;
  readonly #around: Surroundings;
  readonly #open: OpenScratch;
  readonly #signal: AbortSignal | undefined;

  constructor(target: ConnectOptions, around: Surroundings, open: OpenScratch, signal: AbortSignal | undefined) {
    this.#target = target;
    this.#around = around;
    this.#open = open;
    this.#signal = signal;
  }

  async make(source: DiffSource, other: Connection | undefined): Promise<Connection> {
    if ("schema" in source) return this.#models(source.schema, other);
    const scratch = await this.#open(bareSurroundings(this.#around));
    if ("sql" in source) await this.#sql(scratch, source);
    else if ("revision" in source) await this.#history(scratch, source);
    return scratch;
  }

  async #models(schema: Schema, other: Connection | undefined): Promise<Connection> {
    const around = other === undefined ? this.#around : await readSurroundings(other);
    const isOwn = schema.manages.has("extensions");
    const scratch = await this.#open(isOwn ? { ...around, extensions: [] } : around);
    if (other !== undefined) await furnish(scratch, other, schema.manages, this.#signal);
    try {
      const schemas = namedSchemas(schema);
      for (const name of schemas)
        await run(scratch, (op) => op.createSchema(name, { ifNotExists: true }), this.#signal);
      await run(scratch, createSchema(schema), this.#signal);
    } catch (error) {
      throw error instanceof StepRefused ? new ModelsNotCreatable(error.step, error.cause) : error;
    }
    return scratch;
  }

  async #sql(scratch: Connection, { sql, file }: Extract<DiffSource, { readonly sql: string }>): Promise<void> {
    for (const { text, line } of splitStatements(sql)) {
      try {
        await scratch.query(text, [], this.#signal);
      } catch (error) {
        this.#signal?.throwIfAborted();
        throw new DiffSqlFailed(line, file, error as Error);
      }
    }
    // A dump empties its search path.
    await scratch.query("reset role");
    await scratch.query("set search_path = public");
  }

  async #history(
    scratch: Connection,
    { revision, directory, versions }: Extract<DiffSource, { readonly revision: string }>,
  ): Promise<void> {
    const script = await ScriptDirectory.load(directory, versions);
    const { rows } = await scratch.query("select current_database()::text");
    const target = { ...this.#target, database: rows[0]![0] as string };
    const migrator = new Migrator({ connect: target, directory, script });
    await new Replay(script, migrator, scratch, this.#signal).up(script.graph.resolve(revision));
  }
}
