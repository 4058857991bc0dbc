import type { Connection } from "../../connection/connection.ts";
import type { ViewDefinition } from "../../model/describe-view.ts";
import type { RoutineDefinition } from "../../model/routine.ts";
import type { TableDefinition as ModelTable } from "../../model/table-definition.ts";
import { creationOfRoutine, creationOfTable, creationOfView } from "../autogenerate/model-operations.ts";
import { createIndex, protect, setOff } from "../autogenerate/table-parts.ts";
import type { CatalogRoutine, CatalogTable, CatalogView } from "../catalog/catalog.ts";
import { reflectTemporary } from "../catalog/reflect.ts";
import { partsOf } from "../operations/identifier.ts";
import type { Operations } from "../operations/operations.ts";
import { run } from "../scratch/prove.ts";
import { rolledBack } from "./rolled-back.ts";

/** What of models has to be made to be compared. */
export interface Wanted {
  readonly tables: readonly ModelTable[];
  readonly views: readonly ViewDefinition[];
  readonly routines: readonly RoutineDefinition[];
}

/** As PostgreSQL keeps it; the names of tables and views are made up. */
export interface Tried {
  /** Columns, exclusion constraints, indexes in the order of the model, triggers, policies, and what they are partitioned by. */
  readonly tables: ReadonlyMap<ModelTable, CatalogTable>;
  readonly views: ReadonlyMap<ViewDefinition, CatalogView>;
  readonly routines: ReadonlyMap<RoutineDefinition, CatalogRoutine>;
}

/**
 * Makes temporary tables, views and functions, reads the catalog of them, and rolls them back. What they name is what the
 * database has.
 *
 * @returns undefined: PostgreSQL does not take one of them, or lets nobody make temporary objects here.
 * @throws {ConnectionLost}
 */
export async function tryOut(
  connection: Connection,
  defaultSchema: string,
  wanted: Wanted,
  signal?: AbortSignal,
): Promise<Tried | undefined> {
  const { tables, views, routines } = wanted;
  if (tables.length + views.length + routines.length === 0) {
    return { tables: new Map(), views: new Map(), routines: new Map() };
  }
  const look = async (): Promise<Tried | undefined> => {
    await connection.query("set local check_function_bodies = off");
    await run(connection, (op) => make(op, wanted), signal, true);
    const made = await reflectTemporary(connection, { defaultSchema, signal });
    const relations = new Map([...made.tables, ...made.views].map((one) => [partsOf(one.name).at(-1)!, one]));
    if (made.routines.length < routines.length) return undefined; // one is of a kind that models do not have
    return {
      tables: found(tables, relations as ReadonlyMap<string, CatalogTable>, "table"),
      views: found(views, relations as ReadonlyMap<string, CatalogView>, "view"),
      routines: new Map(routines.map((routine, place) => [routine, made.routines[place]!])),
    };
  };
  return rolledBack(connection, look, signal);
}

/** Names that nothing else has, so that what models name is found in the database. Temporary functions are not found by a name. */
function nameOf(kind: "table" | "view", place: number): string {
  return `hypertroq ${kind} ${place}`;
}

function make(op: Operations, { tables, views, routines }: Wanted): void {
  const schema = "pg_temp";
  for (const routine of routines) creationOfRoutine({ ...routine, schema }).create(op);
  views.forEach((view, place) => {
    const name = nameOf("view", place);
    creationOfView({ ...view, schema, name }).create(op);
    for (const trigger of view.triggers) setOff(op, [schema, name], trigger);
  });
  tables.forEach((table, place) => {
    const name = nameOf("table", place);
    const columns = table.columns.map((column) => ({ ...column, isSerial: false, ...PLAIN }));
    const bare = { ...table, schema, columns, primaryKey: undefined, uniques: [], checks: [] };
    // Inside of another query, what a policy says of its own row has the table's name before it.
    creationOfTable(bare).create(op);
    protect(op, [schema, table.name], table);
    op.renameTable([schema, table.name], name);
    table.indexes.forEach((index, number) => {
      createIndex(op, [schema, name], { ...index, name: `${name} ${number}` });
    });
    for (const trigger of table.triggers) setOff(op, [schema, name], trigger);
  });
}

/** What is compared in another way. */
const PLAIN = { default: undefined, generated: undefined, identity: undefined, counting: undefined };

function found<Wanted, Made>(
  wanted: readonly Wanted[],
  made: ReadonlyMap<string, Made>,
  kind: "table" | "view",
): ReadonlyMap<Wanted, Made> {
  return new Map(
    wanted.flatMap((one, place) => {
      const is = made.get(nameOf(kind, place));
      return is === undefined ? [] : [[one, is] as const];
    }),
  );
}
