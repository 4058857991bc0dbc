import type {
  Catalog,
  CatalogColumn,
  CatalogRoutine,
  CatalogSequence,
  CatalogTable,
  CatalogView,
} from "../catalog/catalog.ts";
import { given, serialType } from "../catalog/words.ts";
import type { ColumnDefinition } from "../operations/column-clause.ts";
import type { ConstraintDefinition } from "../operations/constraint-clause.ts";
import { type Name, partsOf } from "../operations/identifier.ts";
import type { IndexDefinition } from "../operations/index-clause.ts";
import type { PolicyDefinition } from "../operations/policy.ts";
import type { FunctionDefinition } from "../operations/routine.ts";
import type { SequenceOptions } from "../operations/sequence-clause.ts";
import { routineName } from "../operations/signature.ts";
import type { TriggerDefinition } from "../operations/trigger.ts";
import type { ViewDefinition } from "../operations/view.ts";
import { Beyond } from "./beyond.ts";

/** What model files are made of. */
export interface Source {
  readonly defaultSchema: string;
  readonly enums: readonly SourceEnum[];
  readonly tables: readonly SourceTable[];
  readonly views: readonly SourceView[];
  readonly routines: readonly SourceRoutine[];
  readonly sequences: readonly SourceSequence[];
  readonly extensions: readonly { readonly name: string; readonly schema: string | undefined }[];
  /** What no model can describe, a sentence each. */
  readonly beyond: readonly string[];
}

export interface SourceEnum {
  readonly name: Name;
  /** What tells it from others. */
  readonly type: string;
  readonly values: readonly string[];
}

export interface SourceTable {
  readonly name: Name;
  readonly comment: string | undefined;
  readonly columns: readonly SourceColumn[];
  readonly constraints: readonly SourceConstraint[];
  readonly indexes: readonly SourceIndex[];
  readonly triggers: readonly SourceTrigger[];
  readonly policies: readonly { readonly name: string; readonly definition: PolicyDefinition }[];
  readonly rowSecurity: { readonly enabled: boolean; readonly forced: boolean } | undefined;
  /** `range (created_at)`. */
  readonly partitionBy: string | undefined;
}

/** A view; its columns may be NULL, as far as anybody knows. */
export interface SourceView extends SourceTable {
  readonly materialized: boolean;
  readonly definition: ViewDefinition;
}

export interface SourceRoutine {
  readonly kind: "function" | "procedure";
  readonly name: Name;
  /** In SQL, with names and defaults. */
  readonly arguments: string;
  readonly definition: FunctionDefinition;
  readonly comment: string | undefined;
}

export interface SourceSequence {
  readonly name: Name;
  readonly definition: SequenceOptions;
  readonly ownedBy: { readonly table: Name; readonly column: string } | undefined;
  readonly comment: string | undefined;
}

export interface SourceTrigger {
  readonly name: string;
  readonly definition: TriggerDefinition;
  readonly fires: "always" | "replica" | "never" | undefined;
}

export interface SourceColumn {
  readonly name: string;
  readonly definition: ColumnDefinition;
  /** {@link SourceEnum.type} of the type, or of its elements. */
  readonly enum: string | undefined;
}

export interface SourceConstraint {
  readonly name: string;
  readonly definition: ConstraintDefinition;
}

export interface SourceIndex {
  readonly name: Name;
  readonly definition: IndexDefinition;
}

/** What of a catalog models describe, and what they do not. */
export function sourceOf(catalog: Catalog): Source {
  const { defaultSchema, enums, extensions } = catalog;
  const beyond = new Beyond(catalog);
  const serials = new Map(
    catalog.sequences.flatMap((one) =>
      one.isSerial && one.ownedBy !== undefined ? [[one.ownedBy, one] as const] : [],
    ),
  );
  const tables = catalog.tables.filter((table) => !beyond.isStrange(table));
  return {
    defaultSchema,
    enums: enums.map(({ name, key, values }) => ({ name, type: key, values })),
    tables: tables.map((table) => tableOf(table, serials)),
    views: catalog.views.map((view) => viewOf(view, catalog)),
    routines: catalog.routines.filter((routine) => !beyond.isForeign(routine)).map(routineOf),
    sequences: catalog.sequences.filter((one) => serials.get(one.ownedBy ?? "") !== one).map(sequenceOf),
    extensions: extensions
      .filter(({ name }) => name !== "plpgsql")
      .map(({ name, schema }) => ({ name, schema: schema === defaultSchema ? undefined : schema })),
    beyond: beyond.said,
  };
}

type Serials = ReadonlyMap<string, CatalogSequence>;

function tableOf(table: CatalogTable, serials: Serials): SourceTable {
  const { name, comment, constraints, triggers, policies, rowSecurity, partitionBy } = table;
  return {
    name,
    comment,
    columns: table.columns.map((column) => columnOf(column, serials)),
    constraints,
    indexes: valid(table.indexes),
    triggers: triggers.map(({ fires, ...trigger }) => ({ ...trigger, fires })),
    policies,
    rowSecurity,
    partitionBy,
  };
}

function valid(indexes: CatalogTable["indexes"]): CatalogTable["indexes"] {
  return indexes.filter(({ isValid, attachedTo }) => isValid && attachedTo === undefined);
}

function columnOf({ name, key, userType, definition }: CatalogColumn, serials: Serials): SourceColumn {
  if (!serials.has(key)) return { name, definition, enum: userType };
  const { default: _, ...others } = definition;
  return { name, definition: { ...others, type: serialType(definition.type) }, enum: userType };
}

function viewOf(view: CatalogView, { enums }: Catalog): SourceView {
  const { name, comment, materialized, definition, triggers } = view;
  return {
    name,
    comment,
    materialized,
    definition,
    columns: view.columns.map(({ name: column, type, comment: text }) => ({
      name: column,
      definition: given({ type, nullable: true, comment: text }),
      enum: enums.find((one) => one.type === type.replace(/(\[\])+$/, ""))?.key,
    })),
    constraints: [],
    indexes: valid(view.indexes),
    triggers: triggers.map(({ fires, ...trigger }) => ({ ...trigger, fires })),
    policies: [],
    rowSecurity: undefined,
    partitionBy: undefined,
  };
}

function routineOf({ kind, signature, definition, comment }: CatalogRoutine): SourceRoutine {
  const given =
    typeof signature === "string" ? signature.slice(signature.indexOf("(") + 1, -1) : (signature.arguments ?? "");
  return { kind, name: routineName(signature), arguments: given, definition, comment };
}

function sequenceOf({ name, definition: { ownedBy, ...definition }, comment }: CatalogSequence): SourceSequence {
  const parts = ownedBy === undefined || ownedBy === null ? undefined : partsOf(ownedBy);
  const owner = parts === undefined ? undefined : { table: parts.slice(0, -1), column: parts.at(-1)! };
  return { name, definition, ownedBy: owner, comment };
}

/** The schema, where it is not the default one, and the name. */
export function split(name: Name): { readonly schema: string | undefined; readonly name: string } {
  const parts = partsOf(name);
  return { schema: parts.length > 1 ? parts[0] : undefined, name: parts.at(-1)! };
}
