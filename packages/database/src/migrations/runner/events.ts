import type { LockHolder } from "./lock.ts";

/** What a {@link Migrator} tells while it runs. */
export type MigrationEvent =
  /** Another run holds the migration lock. */
  | { readonly kind: "waiting"; readonly holder: LockHolder | undefined }
  /** A revision is about to be applied or reverted. */
  | { readonly kind: "started"; readonly direction: "upgrade" | "downgrade"; readonly move: Move }
  /** It is committed; `milliseconds` is the time from start to commit. */
  | {
      readonly kind: "finished";
      readonly direction: "upgrade" | "downgrade";
      readonly move: Move;
      readonly milliseconds: number;
    }
  /** The version table was changed, and nothing was run. */
  | { readonly kind: "stamped"; readonly move: Move };

/** One revision's way, and the version rows around it. */
export interface Move {
  readonly revision: string;
  readonly message: string;
  readonly rowsBefore: readonly string[];
  readonly rowsAfter: readonly string[];
}
