import type { Spoken } from "../compare/adopt.ts";
import { ComparisonInterrupted } from "../errors.ts";
import type { CompareHooks } from "./hooks.ts";
import { planBetween } from "./plan.ts";
import type { RenameCandidate } from "./rename-candidates.ts";
import { type DiffSource, type LiveSource, type Sides, withSides } from "./sources.ts";
import { type DiffStep, stepsOf } from "./steps.ts";

/** Options of {@link diff}. */
export interface DiffOptions extends CompareHooks {
  /** What there is. */
  readonly from: DiffSource;
  /** What there shall be. */
  readonly to: DiffSource;
  /**
   * A server on which databases are made and dropped; the one that it names is not touched. Default: the server of a live
   * side. It has to be of the same major version.
   */
  readonly scratch?: LiveSource | undefined;
  /** `users.name=users.full_name`, `users=people`, `audit.log=audit.entries`, done in this order. */
  readonly renames?: readonly string[] | undefined;
  /** What goes and is not renamed, although it may look so: `users.name`. */
  readonly notRenamed?: readonly string[] | undefined;
  /** Aborting it ends it with {@link ComparisonInterrupted}; the scratch databases are dropped. */
  readonly signal?: AbortSignal | undefined;
}

/** The way from one database to another, and back. */
export interface DiffPlan {
  readonly up: readonly DiffStep[];
  readonly down: readonly DiffStep[];
  /**
   * What was seen and cannot be done, or did not come to what it should when it was run for trial; a sentence for each.
   * Empty: both ways have been run in a scratch database, and are right.
   */
  readonly unsupported: readonly string[];
  /** A line for each difference, as Alembic has them: `Detected added table 'orders'`. */
  readonly detected: readonly string[];
  /** What may be a rename. It is not guessed: the plan drops one and creates the other until `renames` says so. */
  readonly renameCandidates: readonly RenameCandidate[];
}

/**
 * Finds the way from one database to another and the way back. Both sides are catalogs, which PostgreSQL itself has written:
 * what is no live database is made in a scratch database. Of live ones only the catalog is read.
 *
 * @throws {DefinitionError} when no server is named, or the SQL cannot be cut into statements.
 * @throws {ScratchUnavailable} @throws {ModelsNotCreatable} @throws {DiffSqlFailed} @throws {RenameInvalid}
 * @throws {ComparisonInterrupted} @throws {ConnectionFailed} and what applying revisions throws.
 */
export async function diff(options: DiffOptions): Promise<DiffPlan> {
  const { from, to, scratch, renames, notRenamed, signal, ...hooks } = options;
  try {
    return await withSides({ from, to, scratch, signal }, async (sides) => {
      const spoken = spokenBy(to, sides);
      const spokenBefore = spoken === undefined ? spokenBy(from, sides) : undefined;
      const plan = await planBetween(sides, { renames, notRenamed, hooks, spoken, spokenBefore, signal });
      const { unsupported, detected, renameCandidates } = plan;
      const [up, down] = [await stepsOf(plan.up, sides.from), await stepsOf(plan.down, sides.to)];
      signal?.throwIfAborted();
      return { up, down, unsupported, detected, renameCandidates };
    });
  } catch (error) {
    throw signal?.aborted ? new ComparisonInterrupted() : error;
  }
}

function spokenBy(source: DiffSource, { schemas }: Sides): Spoken | undefined {
  return "schema" in source ? { manages: source.schema.manages, schemas: schemas! } : undefined;
}
