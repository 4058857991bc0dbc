import type { CountedLoss } from "./consent.ts";
import type { LockHolder } from "./lock.ts";

/** What a {@link Migrator} tells while it runs. */
export type MigrationEvent =
  /** Another run holds the migration lock. */
  | { readonly kind: "waiting"; readonly holder: LockHolder | undefined }
  /** Something to know before it is done: a target that could mean something else, a revision edited after it was applied. */
  | { readonly kind: "warning"; readonly message: string }
  /** A revision is about to be applied or reverted, or gone on with: `stepsDone` of `steps` were done by an earlier run. */
  | ({ readonly kind: "started"; readonly steps: number; readonly stepsDone: number } & Move)
  /** What the revision about to be run destroys, that is there now. */
  | ({ readonly kind: "losing"; readonly losses: readonly CountedLoss[] } & Move)
  /** The next of its steps begins; `step` counts from 1. */
  | ({ readonly kind: "step"; readonly step: number; readonly steps: number; readonly title: string } & Move)
  /** A data migration has done this many rows of `total`, an estimate; undefined where there is none. */
  | ({
      readonly kind: "progress";
      readonly title: string;
      readonly rows: number;
      readonly total: number | undefined;
    } & Move)
  /** What an earlier run had left broken was removed. */
  | ({ readonly kind: "recovered"; readonly what: string } & Move)
  /** A lock was not to be had in time, and will be asked for again; nothing is held meanwhile. */
  | ({
      readonly kind: "retrying";
      readonly attempt: number;
      readonly attempts: number;
      /** Seconds until the next try. */
      readonly pause: number;
      readonly blockers: readonly Blocker[];
    } & Move)
  /** It is committed; `milliseconds` is the time from start to commit. */
  | ({ readonly kind: "finished"; readonly milliseconds: number } & Move)
  /** The version table was changed, and nothing was run. */
  | { readonly kind: "stamped"; readonly rowsBefore: readonly string[]; readonly rowsAfter: readonly string[] };

/** The way of one revision. */
export interface Move {
  readonly direction: "upgrade" | "downgrade";
  readonly revision: string;
  /** The revisions it follows. */
  readonly parents: readonly string[];
  readonly message: string;
}

/** A transaction that may hold what is waited for, as pg_stat_activity tells. */
export interface Blocker {
  /** The server process, as `pg_terminate_backend` takes it. */
  readonly processId: number;
  readonly user: string | undefined;
  readonly applicationName: string | undefined;
  /** What it does now: active, idle in transaction … */
  readonly state: string | undefined;
  /** Seconds since its transaction began. */
  readonly openFor: number | undefined;
}
