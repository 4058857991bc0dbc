import type { StatisticsDefinition } from "../../operations/statistics.ts";
import type { CatalogStatistics } from "../catalog.ts";
import { CLASS } from "../objects.ts";
import type { RelationRow } from "../queries/relations.ts";
import type { StatisticsRow } from "../queries/table-parts.ts";
import { bareExpression, given } from "../words.ts";
import { type Context, columnNames } from "./context.ts";

const KINDS = { d: "ndistinct", f: "dependencies", m: "mcv" } as const;

export function readStatistics(row: StatisticsRow, table: RelationRow, context: Context): CatalogStatistics {
  const { objects, names } = context;
  const place = [CLASS.statistics, row.id] as const;
  const kinds = row.kinds.flatMap((kind) => (kind in KINDS ? KINDS[kind as keyof typeof KINDS] : []));
  const columns = columnNames(context, row.table, row.numbers);
  const expressions = (row.expressions ?? []).map((expression) => ({ expression: bareExpression(expression) }));
  const definition: StatisticsDefinition = given({
    table: names.of("relation", [table.schema, table.name]),
    on: [...columns, ...expressions],
    // Those of one expression alone have no kinds.
    kinds: kinds.length === 0 || kinds.length === Object.keys(KINDS).length ? undefined : kinds,
  });
  const { schema, name, owner, text, target } = row;
  return {
    ...objects.describe(place, objects.keyOf(place)!),
    owner,
    name: names.of("relation", [schema, name]),
    definition,
    ...(target === null ? {} : { target }),
    text,
  };
}
