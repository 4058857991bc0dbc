import type { LockHolder } from "./lock.ts";

/** What a {@link Migrator} tells while it runs. */
export type MigrationEvent =
  /** Another run holds the migration lock. */
  | { readonly kind: "waiting"; readonly holder: LockHolder | undefined }
  /** A revision is about to be applied or reverted. */
  | ({ readonly kind: "started" } & Move)
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
