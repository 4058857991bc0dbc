/** The modes of a lock on a table, the weakest first (PostgreSQL, "Explicit Locking"). */
export const LOCK_MODES = [
  "ACCESS SHARE",
  "ROW SHARE",
  "ROW EXCLUSIVE",
  "SHARE UPDATE EXCLUSIVE",
  "SHARE",
  "SHARE ROW EXCLUSIVE",
  "EXCLUSIVE",
  "ACCESS EXCLUSIVE",
] as const;

export type LockMode = (typeof LOCK_MODES)[number];

/** Whether a mode is the other one or a stronger one. */
export function isAtLeast(mode: LockMode | undefined, other: LockMode): boolean {
  return mode !== undefined && LOCK_MODES.indexOf(mode) >= LOCK_MODES.indexOf(other);
}

/** The strongest of them; undefined: there is none. */
export function strongest(modes: readonly LockMode[]): LockMode | undefined {
  return modes.reduce<LockMode | undefined>(
    (most, mode) => (most !== undefined && isAtLeast(most, mode) ? most : mode),
    undefined,
  );
}

/** What cannot be done with a table while another transaction holds the lock, for people. */
export function blocks(mode: LockMode): string {
  if (mode === "ACCESS EXCLUSIVE") return "reads and writes";
  if (isAtLeast(mode, "SHARE")) return "writes";
  if (mode === "SHARE UPDATE EXCLUSIVE") return "other changes of the schema, and vacuum";
  if (mode === "ROW EXCLUSIVE") return "the building of indexes and changes of the schema";
  return mode === "ROW SHARE" ? "EXCLUSIVE locks" : "ACCESS EXCLUSIVE locks";
}
