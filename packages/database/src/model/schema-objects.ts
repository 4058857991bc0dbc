import { DefinitionError } from "../errors.ts";
import { checkName } from "../identifier.ts";
import { TABLE } from "../query/table.ts";
import { describeView, type ViewDefinition } from "./describe-view.ts";
import type { EnumDefinition, PgEnum } from "./enum.ts";
import type { ModelClass } from "./model.ts";
import type { TableModel } from "./model-columns.ts";
import { describeRoutine, Routine, type RoutineDefinition } from "./routine.ts";
import { type ModelTable, nameOf } from "./schema-checks.ts";
import { Sequence, type SequenceDefinition } from "./sequence.ts";
import { View, type ViewClass } from "./view.ts";

/** What a schema is made of. */
export type SchemaObject = ModelClass | ViewClass | Routine | Sequence | PgEnum<string>;

/** An extension that has to be there (PostgreSQL, "CREATE EXTENSION"). */
export interface ExtensionDefinition {
  readonly name: string;
  /** Where its objects are put. Default: the first schema of the search path. */
  readonly schema?: string | undefined;
  /** Default: the newest that is installed. */
  readonly version?: string | undefined;
}

/** Kinds of objects that a schema may leave alone; tables and enums are always its own. Functions are procedures too. */
export type ManagedKind = "extensions" | "sequences" | "functions" | "views" | "triggers" | "policies";
export const MANAGED_KINDS: readonly ManagedKind[] = [
  "extensions",
  "sequences",
  "functions",
  "views",
  "triggers",
  "policies",
];

/** A view and what it is. */
export interface ModelView {
  readonly model: ViewClass;
  readonly view: ViewDefinition;
}

/** The objects of a schema by their kind, in their order. */
export interface Sorted {
  readonly models: readonly ModelClass[];
  readonly views: readonly ModelView[];
  readonly enums: readonly EnumDefinition[];
  readonly routines: readonly Routine[];
  readonly sequences: readonly Sequence[];
}

/** @throws {DefinitionError} when one is nothing that a schema is made of. */
export function sortObjects(objects: Readonly<Record<string, unknown>>): Sorted {
  const models: ModelClass[] = [];
  const views: ViewClass[] = [];
  const enums: EnumDefinition[] = [];
  const routines: Routine[] = [];
  const sequences: Sequence[] = [];
  for (const [name, object] of Object.entries(objects)) {
    if (object instanceof Routine) routines.push(object);
    else if (object instanceof Sequence) sequences.push(object);
    else if (typeof object === "function" && object.prototype instanceof View) views.push(object as ViewClass);
    else if (typeof object === "function" && TABLE in object) models.push(object as unknown as ModelClass);
    else if (typeof object === "function" && "definition" in object) enums.push((object as PgEnum<string>).definition);
    else throw new DefinitionError(`${name} is no model, view, enum, function, procedure or sequence. Leave it out.`);
  }
  return { models, views: views.map((model) => ({ model, view: describeView(model) })), enums, routines, sequences };
}

/** @throws {DefinitionError} when one is there twice. */
export function describeExtensions(given: readonly (string | ExtensionDefinition)[]): readonly ExtensionDefinition[] {
  const extensions = given.map((extension) => (typeof extension === "string" ? { name: extension } : extension));
  const names = extensions.map(({ name }) => checkName(name));
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice === undefined) return extensions;
  throw new DefinitionError(`The extension ${twice} is in the schema twice.`);
}

/** @throws {DefinitionError} when two have one name and the same arguments. */
export function describeRoutines(routines: readonly Routine[]): readonly RoutineDefinition[] {
  const described = routines.map(describeRoutine);
  const taken = new Set<string>();
  for (const routine of described) {
    const name = `${nameOf(routine)}(${routine.arguments})`;
    if (taken.has(name)) throw new DefinitionError(`${name} is the name of two functions or procedures. Rename one.`);
    taken.add(name);
  }
  return described;
}

/** @throws {DefinitionError} when one is owned by a column that is not in the schema. */
export function describeSequences(
  sequences: readonly Sequence[],
  tables: readonly ModelTable[],
): readonly SequenceDefinition[] {
  return sequences.map(({ name, options: { ownedBy, schema, comment, ...counting } }) => {
    const column = ownedBy?.();
    if (column === undefined) return { name, schema, comment, ownedBy: undefined, ...counting };
    const owner = tables.find(({ model }) => model[TABLE] === column.owner);
    if (owner === undefined) {
      throw new DefinitionError(
        `The sequence ${name} belongs to a column of ${column.owner.sql}, which is not in the schema. Add its model.`,
      );
    }
    const { table } = owner;
    return {
      name,
      schema,
      comment,
      ownedBy: { schema: table.schema, table: table.name, column: column.column },
      ...counting,
    };
  });
}

/** @throws {DefinitionError} when a trigger calls a function that is not in the schema. */
export function checkTriggers(
  tables: readonly ModelTable[],
  views: readonly ModelView[],
  routines: readonly Routine[],
): void {
  const all = [
    ...tables.map(({ model, table }) => ({ model: model as { readonly name: string }, triggers: table.triggers })),
    ...views.map(({ model, view }) => ({ model, triggers: view.triggers })),
  ];
  for (const { model, triggers } of all) {
    for (const { name, routine } of triggers) {
      if (routine === undefined || routines.includes(routine)) continue;
      throw new DefinitionError(
        `The trigger ${name} of ${model.name} calls ${routine.name}, which is not in the schema. Add the function.`,
      );
    }
  }
}

/** @throws {DefinitionError} when a view is known to read a table or a view that is not in the schema. */
export function checkReads(views: readonly ModelView[], models: readonly TableModel[]): void {
  const known = new Set([...models, ...views.map(({ model }) => model)].map((model) => model[TABLE].sql));
  for (const { model, view } of views) {
    const unknown = view.reads.find((table) => !known.has(table));
    if (unknown === undefined) continue;
    throw new DefinitionError(`${model.name} reads ${unknown}, which is not in the schema. Add its model.`);
  }
}
