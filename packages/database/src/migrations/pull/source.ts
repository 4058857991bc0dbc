import type { Catalog, CatalogColumn, CatalogTable } from "../catalog/catalog.ts";
import type { ColumnDefinition } from "../operations/column-clause.ts";
import type { ConstraintDefinition } from "../operations/constraint-clause.ts";
import { type Name, partsOf, showName } from "../operations/identifier.ts";
import type { IndexDefinition } from "../operations/index-clause.ts";
import type { PolicyDefinition } from "../operations/policy.ts";
import type { FunctionDefinition } from "../operations/routine.ts";
import type { SequenceOptions } from "../operations/sequence-clause.ts";
import { argumentsOf, routineName } from "../operations/signature.ts";
import type { TriggerDefinition } from "../operations/trigger.ts";
import type { ViewDefinition } from "../operations/view.ts";

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
  /** As columns refer to it. */
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
  const { domains, compositeTypes, rangeTypes, statistics, others } = catalog;
  const beyond = [
    ...[domains, compositeTypes, rangeTypes, statistics].flat().map(({ key }) => key),
    ...others.map(({ what }) => what),
  ];
  const enums = new Map(catalog.enums.map(({ key, type }) => [key, type]));
  const tables: SourceTable[] = [];
  for (const table of catalog.tables) {
    const name = showName(table.name);
    const kind = kindOf(table);
    if (kind !== undefined) {
      beyond.push(`table ${name}, which has ${kind}`);
      continue;
    }
    if (table.unlogged) beyond.push(`table ${name} is unlogged`);
    if (table.with !== undefined) beyond.push(`storage parameters of table ${name}`);
    beyond.push(...table.indexes.filter(({ isValid }) => !isValid).map(({ key }) => `${key}, which is invalid`));
    tables.push(sourceTable(table, enums));
  }
  const sequences = catalog.sequences.filter(({ isSerial }) => !isSerial);
  return {
    defaultSchema: catalog.defaultSchema,
    enums: catalog.enums,
    tables,
    views: catalog.views.map((view) => ({
      ...sourceTable({ ...view, constraints: [], policies: [], columns: [] }, enums),
      columns: view.columns.map(({ name, type, comment }) => ({
        name,
        definition: { type, nullable: true, comment },
        enum: catalog.enums.find((one) => type === one.type || type === `${one.type}[]`)?.type,
      })),
      materialized: view.materialized,
      definition: view.definition,
    })),
    routines: catalog.routines.map(({ kind, signature, definition, comment }) => ({
      kind,
      name: routineName(signature),
      arguments: argumentsOf(signature),
      definition,
      comment,
    })),
    sequences: sequences.map(({ name, definition, ownedBy, comment }) => {
      const { ownedBy: _, ...options } = definition;
      const owner = catalog.tables.find(({ columns }) => columns.some(({ key }) => key === ownedBy));
      const column = owner?.columns.find(({ key }) => key === ownedBy)?.name;
      return {
        name,
        definition: options,
        ownedBy: owner === undefined ? undefined : { table: owner.name, column: column! },
        comment,
      };
    }),
    extensions: catalog.extensions,
    beyond,
  };
}

/** What makes a table another kind than models describe. */
function kindOf({ kind, partitionOf, inherits, of }: CatalogTable): string | undefined {
  if (kind === "foreign") return "a foreign server";
  if (partitionOf !== undefined) return "a table that it is a partition of";
  if (inherits !== undefined && inherits.length > 0) return "a parent that it inherits from";
  return of === undefined ? undefined : "a type that it is of";
}

type Described = Pick<CatalogTable, "name" | "constraints" | "indexes" | "triggers" | "policies"> &
  Partial<Pick<CatalogTable, "comment" | "rowSecurity" | "partitionBy">> & {
    readonly columns: readonly CatalogColumn[];
  };

function sourceTable(table: Described, enums: ReadonlyMap<string, string>): SourceTable {
  return {
    name: table.name,
    comment: table.comment,
    columns: table.columns.map(({ name, definition, userType }) => ({
      name,
      definition,
      enum: enums.get(userType ?? ""),
    })),
    constraints: table.constraints,
    indexes: table.indexes.filter(({ isValid }) => isValid),
    triggers: table.triggers.map(({ name, definition, fires }) => ({ name, definition, fires })),
    policies: table.policies,
    rowSecurity: table.rowSecurity,
    partitionBy: table.partitionBy,
  };
}

/** The schema, where it is not the default one, and the name. */
export function split(name: Name): { readonly schema: string | undefined; readonly name: string } {
  const parts = partsOf(name);
  return { schema: parts.length > 1 ? parts[0] : undefined, name: parts.at(-1)! };
}
