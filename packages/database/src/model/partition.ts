import { quote } from "../identifier.ts";
import type { Fragment } from "../query/writer.ts";
import type { NamedColumn } from "./index-definition.ts";
import { isNamedColumn, type ModelColumns } from "./model-columns.ts";

/** How rows are spread over partitions, as it was declared. */
export interface PartitionDefinition {
  readonly method: "range" | "list" | "hash";
  /** What tells the partition of a row. */
  readonly keys: () => readonly (NamedColumn | Fragment)[];
}

/**
 * Spreads a model's rows over partitions (PostgreSQL, "Table Partitioning"):
 * `static override readonly partitionBy = partitionBy("range", () => [Event.c.at])`. Models know no partitions: those are made
 * as the rows come, by a job or a revision, and comparisons leave them alone. The keys belong to every primary key and unique
 * constraint.
 */
export function partitionBy(
  method: "range" | "list" | "hash",
  keys: () => readonly (NamedColumn | Fragment)[],
): PartitionDefinition {
  return { method, keys };
}

/** What comes after PARTITION BY: `range ("at")`. */
export function describePartition(columns: ModelColumns, { method, keys }: PartitionDefinition): string {
  const list = keys().map((key) =>
    isNamedColumn(key) ? quote(columns.names([key], "a partition key")[0]!) : `(${columns.sql(key)})`,
  );
  return `${method} (${list.join(", ")})`;
}
