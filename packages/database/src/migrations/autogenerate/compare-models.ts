import { type ConnectOptions, connect } from "../../connection/connect.ts";
import type { Connection } from "../../connection/connection.ts";
import type { Schema } from "../../model/schema.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { reflect } from "../catalog/reflect.ts";
import { adopt } from "../compare/adopt.ts";
import type { Call } from "../compare/call.ts";
import { compare, compareCatalogs } from "../compare/compare.ts";
import { detected } from "../compare/detected.ts";
import { refusals } from "../compare/refusals.ts";
import { ComparisonInterrupted, ModelsNotCreatable } from "../errors.ts";
import { prove, run, StepRefused } from "../scratch/prove.ts";
import { type OpenScratch, withScratch } from "../scratch/scratch.ts";
import { readSurroundings } from "../scratch/surroundings.ts";
import { createSchema, namedSchemas } from "./model-operations.ts";
import { remarksOn } from "./remarks.ts";

export interface CompareModelsOptions {
  /** The database to compare: a direct connection whose role may create databases. */
  readonly connect: ConnectOptions;
  readonly schema: Schema;
  /** Aborting it ends the comparison with {@link ComparisonInterrupted}; the scratch databases are dropped. */
  readonly signal?: AbortSignal | undefined;
}

/** How a database differs from the models. */
export interface ModelDifferences {
  /** A line for each difference, as Alembic has them: `Detected added table 'orders'`. */
  readonly detected: readonly string[];
  /** What the schemas hold that models cannot describe, and that is not compared: `view active_users`. */
  readonly leftAlone: readonly string[];
}

/** Both ways between a database and the models, proven; or why there is none. */
export interface ModelChanges extends ModelDifferences {
  readonly up: readonly Call[];
  readonly down: readonly Call[];
  /** For each call of `up` what is to be known of it. */
  readonly remarks: readonly (readonly string[])[];
  /** A sentence for each; none: it can be done. */
  readonly unsupported: readonly string[];
}

/**
 * Compares models with a database: creates them in a scratch database on the same server, so that PostgreSQL writes both
 * sides in the same words, and compares the catalogs. Of the database only the catalog is read.
 *
 * Compared are the schemas that models name and the default one, and `public` always.
 *
 * @throws {ScratchUnavailable} @throws {ModelsNotCreatable} @throws {ComparisonInterrupted} @throws {ConnectionFailed}
 */
export async function compareModels(options: CompareModelsOptions): Promise<ModelDifferences> {
  return withBoth(options, async ({ from, to, leftAlone }) => ({ detected: detected(compare(from, to)), leftAlone }));
}

/** Compares, and finds the changes both ways, which are run once in a scratch database. Counts rows that are in danger. */
export async function changesOf(options: CompareModelsOptions): Promise<ModelChanges> {
  return withBoth(options, async ({ from, to, leftAlone, live, open }) => {
    const [{ calls: up, conflicts }, { calls: down, conflicts: others }] = [
      compareCatalogs(from, to),
      compareCatalogs(to, from),
    ];
    const result = { up, down, detected: detected(up), leftAlone };
    const refused = [...new Set([...refusals(from, to), ...conflicts, ...others])];
    if (up.length === 0 && refused.length === 0) return { ...result, remarks: [], unsupported: [] };
    const unsupported = refused.length > 0 ? refused : await prove(open, { from, to, up, down }, options.signal);
    const remarks = unsupported.length > 0 ? [] : await remarksOn(up, live, options.signal);
    return { ...result, remarks, unsupported };
  });
}

interface Both {
  readonly from: Catalog;
  readonly to: Catalog;
  readonly leftAlone: readonly string[];
  readonly live: Connection;
  readonly open: OpenScratch;
}

async function withBoth<T>(options: CompareModelsOptions, work: (both: Both) => Promise<T>): Promise<T> {
  const { schema, signal } = options;
  // Limits are meant for requests, and named statements for what is sent again.
  const serverSettings = { ...options.connect.serverSettings, statement_timeout: "0", idle_session_timeout: "0" };
  const target = { ...options.connect, serverSettings, statementTimeout: 0, statementCacheSize: 0 };
  const live = await connect(target);
  try {
    const surroundings = await readSurroundings(live);
    const defaultSchema = surroundings.path[0] ?? "public";
    const named = namedSchemas(schema);
    const schemas = [...new Set(["public", defaultSchema, ...named])];
    return await withScratch(target, surroundings, async (open) => {
      const wanted = await open();
      for (const name of named) await run(wanted, (op) => op.createSchema(name, { ifNotExists: true }), signal);
      try {
        await run(wanted, createSchema(schema), signal);
      } catch (error) {
        throw error instanceof StepRefused ? new ModelsNotCreatable(error.step, error.cause) : error;
      }
      const from = await reflect(live, { defaultSchema, schemas, signal });
      // A schema that only a new database has, public, is no difference.
      const looked = [...named, ...from.schemas.map(({ name }) => name)];
      const models = await reflect(wanted, { defaultSchema, schemas: looked, signal });
      const result = await work({ from, ...adopt(from, models, new Set()), live, open });
      signal?.throwIfAborted();
      return result;
    });
  } catch (error) {
    throw signal?.aborted ? new ComparisonInterrupted() : error;
  } finally {
    await live.close();
  }
}
