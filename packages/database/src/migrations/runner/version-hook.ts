import type { Connection } from "../../connection/connection.ts";
import type { DataConnection } from "../operations/data.ts";
import type { Step } from "../script/revision-graph.ts";

/** A change of the version table. */
export interface VersionChange extends Step {
  readonly direction: "upgrade" | "downgrade" | "stamp";
}

/**
 * Called whenever the version table changes, in the same transaction, which is rolled back when it throws (Alembic,
 * `on_version_apply`).
 */
export type VersionHook = (change: VersionChange, db: Pick<DataConnection, "sql">) => void | Promise<void>;

export async function callHook(
  hook: VersionHook | undefined,
  connection: Connection,
  change: VersionChange,
): Promise<void> {
  if (hook === undefined) return;
  const { MigrationData } = await import("./data.ts"); // only here: it needs the query language
  await hook(change, new MigrationData({ connection }));
}
