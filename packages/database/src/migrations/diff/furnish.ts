import type { Connection } from "../../connection/connection.ts";
import type { ManagedKind } from "../../model/schema-objects.ts";
import type { Catalog, CatalogSequence } from "../catalog/catalog.ts";
import { reflect, searchPath } from "../catalog/reflect.ts";
import { perform } from "../compare/call.ts";
import { compare } from "../compare/compare.ts";
import { run, StepRefused } from "../scratch/prove.ts";

/**
 * Makes in a scratch database what models do not speak of and may use: functions, sequences, domains and other types. What
 * needs a table or an enum of the database cannot be made; it is missed where a model needs it.
 */
export async function furnish(
  scratch: Connection,
  database: Connection,
  manages: ReadonlySet<ManagedKind>,
  signal?: AbortSignal,
): Promise<void> {
  const defaultSchema = (await searchPath(database))[0] ?? "public";
  const look = (connection: Connection): Promise<Catalog> => reflect(connection, { defaultSchema, signal });
  const [there, is] = [await look(database), await look(scratch)];
  const wanted: Catalog = {
    ...is,
    schemas: there.schemas,
    domains: there.domains,
    compositeTypes: there.compositeTypes,
    rangeTypes: there.rangeTypes,
    sequences: manages.has("sequences")
      ? []
      : there.sequences.filter(({ isSerial }) => isSerial !== true).map(ownerless),
    routines: manages.has("functions") ? [] : there.routines,
  };
  for (const call of compare(is, wanted)) {
    try {
      await run(scratch, perform([call]), signal);
    } catch (error) {
      if (!(error instanceof StepRefused)) throw error;
      await scratch.query("rollback");
    }
  }
}

/** The column that a sequence goes with is not there. */
function ownerless({ ownedBy: _, definition, ...sequence }: CatalogSequence): CatalogSequence {
  const { ownedBy: __, ...options } = definition;
  return { ...sequence, definition: options };
}
