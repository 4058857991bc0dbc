import { DefinitionError } from "../errors.ts";
import { sql } from "../query/sql.ts";
import { tableOf } from "../query/table.ts";
import type { DatabaseManager } from "../session/manager.ts";
import type { Session } from "../session/session.ts";
import { chooseSeeds, type SeedChoice } from "./choose-seeds.ts";
import { checkCount, type Seed } from "./define-seed.ts";
import { Random } from "./random.ts";
import { type SeedCounts, storeRows } from "./store-rows.ts";

/** Options of {@link seed}. */
export interface SeedingOptions extends SeedChoice {
  /** How many rows seeds make that have a `count`, instead of that. */
  readonly count?: number | undefined;
  /** Does everything and takes it back. Only sequences have gone on, as after any rollback. Default false. */
  readonly dryRun?: boolean | undefined;
  /** Is told how far it is. */
  readonly onEvent?: ((event: SeedEvent) => void) | undefined;
  /** Aborting it takes everything back. */
  readonly signal?: AbortSignal | undefined;
}

/** What happens while seeds are stored. */
export type SeedEvent =
  /** Another process seeds this database; it is waited for. */
  | { readonly kind: "waiting" }
  /** So many rows of a seed have been sent, told every now and then. `total`: of so many, where that is known. */
  | { readonly kind: "rows"; readonly seed: string; readonly rows: number; readonly total: number | undefined }
  | ({ readonly kind: "stored" } & SeedOutcome);

/** What became of a seed. */
export interface SeedOutcome extends SeedCounts {
  readonly seed: string;
  readonly table: string;
}

/** What {@link seed} has stored. */
export interface SeedReport {
  readonly environment: string;
  /** True: nothing of it was stored. */
  readonly dryRun: boolean;
  /** In the order in which they were stored. */
  readonly seeds: readonly SeedOutcome[];
  /** What the seeds had to tell; nothing after a dry run. */
  readonly notes: readonly string[];
}

const CLOCK = Date.parse("2026-01-01T00:00:00Z");

/** Rows between two events about them. */
const TELL = 1000;

const LOCK = sql`hashtextextended('hypertroq seed', 0)`;

/** Thrown to roll back. */
const TAKE_BACK = Symbol("dry run");

/**
 * Stores seeds in one transaction, all of them or none, under a lock: of two that seed a database at once, one waits. The
 * rows of each stream by COPY, so that memory stays the same however many there are. Done again it changes nothing.
 * Hooks of the models are not run; neither a statement timeout nor a lock timeout applies.
 *
 * The role needs TEMPORARY on the database besides what it needs on the tables.
 *
 * @throws {SeedRefused} for development data where others depend on the data. @throws {UnknownSeed}
 * @throws {DefinitionError} when the seeds contradict each other, the options, or their tables. @throws what storing throws.
 */
export async function seed(
  manager: DatabaseManager,
  seeds: readonly Seed[],
  options: SeedingOptions,
): Promise<SeedReport> {
  const { environment, count, dryRun = false, reset = false, onEvent = () => {}, signal } = options;
  const chosen = chooseSeeds(seeds, options);
  if (count !== undefined) {
    checkCount(count);
    if (chosen.every((each) => each.count === undefined)) {
      throw new DefinitionError("A count was given, and none of the seeds has one to go by.");
    }
  }
  const outcomes: SeedOutcome[] = [];
  const notes: string[] = [];
  const work = async (db: Session): Promise<void> => {
    await lock(db, onEvent);
    if (reset) await empty(db, chosen);
    for (const each of chosen) {
      const wanted = each.count === undefined ? 0 : (count ?? each.count);
      const rows = await each.rows({
        db,
        random: new Random(each.name),
        now: new Date(CLOCK),
        count: wanted,
        environment,
        note: (text) => void notes.push(text),
      });
      const total = each.count === undefined ? each.size : wanted;
      let taken = 0;
      const counts = await storeRows(db, each, rows as Iterable<never>, () => {
        if (++taken % TELL === 0) onEvent({ kind: "rows", seed: each.name, rows: taken, total });
      });
      const outcome = { seed: each.name, table: tableOf(each.model).name, ...counts };
      outcomes.push(outcome);
      onEvent({ kind: "stored", ...outcome });
    }
    if (!dryRun) return;
    await db.execute(sql`set constraints all immediate`); // what would fail at the commit, fails here
    throw TAKE_BACK;
  };
  await manager.session(work, { signal, statementTimeout: 0, lockTimeout: 0 }).catch((error: unknown) => {
    if (error !== TAKE_BACK) throw error;
  });
  return { environment, dryRun, seeds: outcomes, notes: dryRun ? [] : notes };
}

async function lock(db: Session, onEvent: (event: SeedEvent) => void): Promise<void> {
  const { isLocked } = await db.one(
    sql<{ isLocked: boolean }>`select pg_try_advisory_xact_lock(${LOCK}) as "isLocked"`,
  );
  if (isLocked) return;
  onEvent({ kind: "waiting" });
  await db.execute(sql`select pg_advisory_xact_lock(${LOCK})`);
}

/** Empties the tables of development data, last ones first; what refers to their rows from elsewhere makes it fail. */
async function empty(db: Session, seeds: readonly Seed[]): Promise<void> {
  for (const { model } of seeds.filter(({ kind }) => kind === "development").reverse()) {
    await db.execute(sql`delete from ${model}`);
  }
}
