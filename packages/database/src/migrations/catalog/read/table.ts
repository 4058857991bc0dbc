import type { CatalogTable, CatalogView } from "../catalog.ts";
import { CLASS } from "../objects.ts";
import type { RelationRow } from "../queries/relations.ts";
import { given, repeatable, smallWords, storageParameters } from "../words.ts";
import { type Context, owned } from "./context.ts";

type Parts = Pick<CatalogTable, "columns" | "constraints" | "indexes" | "triggers" | "policies">;

/** @param marked the indexes that CLUSTER and the replica identity go by. */
export function readTable(
  row: RelationRow,
  marked: { readonly clustered: string | undefined; readonly replica: string | undefined },
  parts: Parts,
  context: Context,
): CatalogTable {
  const { objects, names } = context;
  const place = [CLASS.relation, row.id] as const;
  const parents = (row.parents ?? []).map((parent) => names.of("relation", parent));
  const toast = (row.toast ?? []).map((option) => `toast.${option}`);
  return given({
    ...objects.describe(place, objects.keyOf(place)!),
    ...owned(row),
    name: names.of("relation", [row.schema, row.name]),
    kind: row.kind === "p" ? ("partitioned" as const) : row.kind === "f" ? ("foreign" as const) : ("table" as const),
    unlogged: row.unlogged ? (true as const) : undefined,
    with: storageParameters([...(row.with ?? []), ...toast]),
    tablespace: row.tablespace ?? undefined,
    partitionBy: row.partitionBy?.replace(/^\w+/, (method) => method.toLowerCase()),
    partitionOf: row.bound === null ? undefined : { table: parents[0]!, bound: smallWords(row.bound) },
    inherits: row.bound !== null || parents.length === 0 ? undefined : parents,
    of: row.of ?? undefined,
    rowSecurity: row.security || row.forced ? { enabled: row.security, forced: row.forced } : undefined,
    replicaIdentity: row.kind === "f" ? undefined : replicaIdentity(row, marked.replica),
    clusteredBy: marked.clustered,
    ...parts,
  });
}

export function readView(
  row: RelationRow,
  parts: Pick<CatalogView, "columns" | "indexes" | "triggers">,
  { objects, names }: Context,
): CatalogView {
  const place = [CLASS.relation, row.id] as const;
  const parameters = { ...storageParameters(row.with) };
  // As a clause of its own it becomes the last of the parameters.
  const isClause = row.with?.at(-1)?.startsWith("check_option=") === true;
  const checkOption = isClause ? parameters["check_option"] : undefined;
  if (isClause) delete parameters["check_option"];
  return given({
    ...objects.describe(place, objects.keyOf(place)!),
    ...owned(row),
    name: names.of("relation", [row.schema, row.name]),
    materialized: row.kind === "m",
    definition: given({
      query: repeatable(row.query!.trim().replace(/;$/, "")),
      with: Object.keys(parameters).length === 0 ? undefined : parameters,
      checkOption: checkOption as "local" | "cascaded" | undefined,
    }),
    tablespace: row.tablespace ?? undefined,
    isPopulated: row.populated,
    ...parts,
  });
}

function replicaIdentity({ replica }: RelationRow, index: string | undefined): CatalogTable["replicaIdentity"] {
  if (replica === "f") return "full";
  // PostgreSQL takes it for nothing when the index is gone.
  if (replica === "n" || (replica === "i" && index === undefined)) return "nothing";
  return replica === "i" ? { index: index! } : undefined;
}
