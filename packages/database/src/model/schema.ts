import { DefinitionError } from "../errors.ts";
import { describeTable } from "./describe-table.ts";
import type { ViewDefinition } from "./describe-view.ts";
import type { EnumDefinition } from "./enum.ts";
import type { ModelClass } from "./model.ts";
import type { RoutineDefinition } from "./routine.ts";
import { checkForeignKeys, checkNames, enumsOf, type ModelTable, nameOf } from "./schema-checks.ts";
import {
  checkReads,
  checkTriggers,
  describeExtensions,
  describeRoutines,
  describeSequences,
  type ExtensionDefinition,
  MANAGED_KINDS,
  type ManagedKind,
  type SchemaObject,
  sortObjects,
} from "./schema-objects.ts";
import { checkRelations } from "./schema-relations.ts";
import type { SequenceDefinition } from "./sequence.ts";
import type { TableDefinition } from "./table-definition.ts";

/** All that an application's models describe: what migrations compare the database with. */
export interface Schema {
  readonly models: readonly ModelClass[];
  /** What the models' tables are, in the same order. */
  readonly tables: readonly TableDefinition[];
  /** The enum types of their columns, and those that are given besides. */
  readonly enums: readonly EnumDefinition[];
  readonly views: readonly ViewDefinition[];
  readonly routines: readonly RoutineDefinition[];
  readonly sequences: readonly SequenceDefinition[];
  readonly extensions: readonly ExtensionDefinition[];
  /**
   * The kinds of which the schema says all that there shall be. Of others the database may hold what it likes. A kind is
   * managed when the schema has one such object, or names the kind in `manages`.
   */
  readonly manages: ReadonlySet<ManagedKind>;
}

/** Options of {@link defineSchema}. */
export interface SchemaOptions {
  /** `["citext", { name: "pg_trgm", schema: "extensions" }]`; `[]`: there shall be none. Default: whatever is there. */
  readonly extensions?: readonly (string | ExtensionDefinition)[] | undefined;
  /** Kinds of which there shall be none but those that are given, even if none is given. */
  readonly manages?: readonly ManagedKind[] | undefined;
}

/**
 * Registers an application's models, views, functions and so on: `defineSchema({ User, Order, ActiveUser, touch })`.
 * JavaScript tells nobody that a class was made, so what is left out here is unknown to migrations.
 *
 * @throws {DefinitionError} when two models share a table, when a foreign key refers to a table that is not among them, to
 *   columns of other types or to columns that are not unique, when two things that share a namespace have the same name,
 *   when one enum has two lists of values, when a relation's keys do not fit, when a trigger calls a function or a view reads
 *   a table that is not among them, and for what `describeTable` and `describeView` refuse.
 */
export function defineSchema(objects: Readonly<Record<string, SchemaObject>>, options: SchemaOptions = {}): Schema {
  const sorted = sortObjects(objects);
  const { models, views } = sorted;
  const byTable = new Map<string, ModelTable>();
  for (const model of models) {
    const table = describeTable(model);
    const name = nameOf(table);
    const other = byTable.get(name)?.model;
    if (other !== undefined) {
      throw new DefinitionError(
        `${model.name} and ${other.name} both map to the table ${name}. ` +
          'Give one of them its own: static override readonly table = "…".',
      );
    }
    byTable.set(name, { model, table });
  }
  const tables = [...byTable.values()];
  const enums = enumsOf(tables, sorted.enums);
  const routines = describeRoutines(sorted.routines);
  const sequences = describeSequences(sorted.sequences, tables);
  const extensions = describeExtensions(options.extensions ?? []);
  checkNames(tables, enums, views, sorted.sequences);
  checkForeignKeys(tables);
  checkRelations([...models, ...views.map(({ model }) => model)]);
  checkReads(views, models);
  checkTriggers(tables, views, sorted.routines);
  const has: Readonly<Record<ManagedKind, boolean>> = {
    extensions: options.extensions !== undefined,
    sequences: sequences.length > 0,
    functions: routines.length > 0,
    views: views.length > 0,
    triggers:
      tables.some(({ table }) => table.triggers.length > 0) || views.some(({ view }) => view.triggers.length > 0),
    policies: tables.some(({ table, model }) => table.policies.length > 0 || model.rowSecurity !== undefined),
  };
  return {
    models,
    tables: tables.map(({ table }) => table),
    enums,
    views: views.map(({ view }) => view),
    routines,
    sequences,
    extensions,
    manages: new Set(MANAGED_KINDS.filter((kind) => has[kind] || options.manages?.includes(kind))),
  };
}
