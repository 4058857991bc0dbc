import { type ConnectOptions, connect } from "../../connection/connect.ts";
import type { Schema } from "../../model/schema.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { reflect, searchPath } from "../catalog/reflect.ts";
import { adopt } from "../compare/adopt.ts";
import type { Call } from "../compare/call.ts";
import { compare } from "../compare/compare.ts";
import { detected } from "../compare/detected.ts";
import { adjust, type CompareHooks, filterOf } from "../diff/hooks.ts";
import { planBetween } from "../diff/plan.ts";
import type { RenameCandidate } from "../diff/rename-candidates.ts";
import { type LiveSource, modelSchemas, type Sides, targetOf, withSides } from "../diff/sources.ts";
import { ComparisonInterrupted } from "../errors.ts";
import { modelCatalog } from "../models/model-catalog.ts";
import { userSchemas } from "../scratch/surroundings.ts";
import { remarksOn } from "./remarks.ts";

/** Options of {@link compareModels}. */
export interface CompareModelsOptions extends CompareHooks {
  /** The database to compare: a direct connection. */
  readonly connect: ConnectOptions;
  readonly schema: Schema;
  /** A server on which scratch databases are made and dropped; default that of the database, whose role needs to be allowed to. */
  readonly scratch?: LiveSource | undefined;
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

/** What is said of changes that may be renames. */
export interface RenameAnswers {
  /** `users.name=users.full_name`, `users=people`; done in this order. */
  readonly renames?: readonly string[] | undefined;
  /** What goes and is not renamed, although it may look so: `users.name`. */
  readonly notRenamed?: readonly string[] | undefined;
}

/** Both ways between a database and the models, proven; or why there is none. */
export interface ModelChanges extends ModelDifferences {
  readonly up: readonly Call[];
  readonly down: readonly Call[];
  /** Whether each call has to be a transaction of its own. */
  readonly isStepwise: boolean;
  /** For each call of `up` and `down` what is to be known of it. */
  readonly remarks: { readonly up: readonly (readonly string[])[]; readonly down: readonly (readonly string[])[] };
  /** A sentence for each; none: it can be done. */
  readonly unsupported: readonly string[];
  readonly renameCandidates: readonly RenameCandidate[];
}

/**
 * Compares models with a database. Of the database only the catalog is read, and PostgreSQL writes what the models say in other
 * words as it would keep it, in a temporary table that is rolled back. Where that does not tell for certain (see
 * `modelCatalog`), they are created in a scratch database, and the catalogs of both compared.
 *
 * Compared are the schemas that models name and the default one, and `public` always.
 *
 * @throws {ScratchUnavailable} @throws {ModelsNotCreatable} @throws {ComparisonInterrupted} @throws {ConnectionFailed}
 */
export async function compareModels(options: CompareModelsOptions): Promise<ModelDifferences> {
  return interruptible(options, async () => (await compareInMemory(options)) ?? compareInScratch(options));
}

/**
 * Without creating anything: see {@link modelCatalog}.
 *
 * @returns undefined: models have to be created to be compared.
 */
export async function compareInMemory(options: CompareModelsOptions): Promise<ModelDifferences | undefined> {
  const { schema, signal } = options;
  const connection = await connect(targetOf(options), signal);
  try {
    const [defaultSchema = "public"] = await searchPath(connection);
    const live = await reflect(connection, { defaultSchema, signal });
    const goal = await modelCatalog(connection, live, { schema, signal });
    if (goal === undefined) return undefined;
    const schemas = modelSchemas(schema, await userSchemas(connection, signal), defaultSchema);
    const found = differences(live, goal.catalog, schemas, options);
    return goal.isWhole || found.detected.length === 0 ? found : undefined;
  } finally {
    await connection.close();
  }
}

/** By creating the models in a scratch database. */
export async function compareInScratch(options: CompareModelsOptions): Promise<ModelDifferences> {
  return withBoth(options, async ({ from: live, to: models, schemas, defaultSchema }) => {
    const { signal } = options;
    const goal = await reflect(models, { defaultSchema, signal });
    return differences(await reflect(live, { defaultSchema, signal }), goal, schemas!, options);
  });
}

function differences(
  live: Catalog,
  goal: Catalog,
  schemas: readonly string[],
  options: CompareModelsOptions,
): ModelDifferences {
  const filter = filterOf(options);
  const from = filter(live, true);
  const { to, leftAlone } = adopt(from, filter(goal, false), { manages: options.schema.manages, schemas });
  return { detected: detected(compare(from, adjust(from, to, options))), leftAlone };
}

/** Compares, and finds the changes both ways, which are run once in a scratch database. Counts rows that are in danger. */
export async function changesOf(options: CompareModelsOptions & RenameAnswers): Promise<ModelChanges> {
  const { renames, notRenamed, signal } = options;
  return withBoth(options, async (sides) => {
    const spoken = { manages: options.schema.manages, schemas: sides.schemas! };
    const how = {
      hooks: options,
      spoken,
      isOnline: true,
      signal,
    };
    const plan = await planBetween(sides, { renames, notRenamed, ...how });
    const { up, down, isStepwise, detected, leftAlone, unsupported, renameCandidates } = plan;
    const isDone = unsupported.length === 0 && renameCandidates.length === 0;
    const remarks = {
      up: isDone ? joined(await remarksOn(up, "up", sides.from, signal), plan.remarks.up) : [],
      down: isDone ? joined(await remarksOn(down, "down", sides.from, signal), plan.remarks.down) : [],
    };
    return { up, down, isStepwise, detected, leftAlone, remarks, unsupported, renameCandidates };
  });
}

type Lines = readonly (readonly string[])[];

function joined(one: Lines, other: Lines): Lines {
  return one.map((lines, index) => [...lines, ...(other[index] ?? [])]);
}

async function withBoth<T>(
  { connect, schema, scratch, signal }: CompareModelsOptions,
  work: (sides: Sides) => Promise<T>,
): Promise<T> {
  return interruptible({ signal }, () => withSides({ from: { connect }, to: { schema }, scratch, signal }, work));
}

async function interruptible<T>({ signal }: Pick<CompareModelsOptions, "signal">, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
    signal?.throwIfAborted();
    return result;
  } catch (error) {
    throw signal?.aborted ? new ComparisonInterrupted() : error;
  }
}
