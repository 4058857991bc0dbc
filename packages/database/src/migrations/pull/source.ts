import type { Catalog } from "../catalog/catalog.ts";
import type { ColumnDefinition } from "../operations/column-clause.ts";
import type { ConstraintDefinition } from "../operations/constraint-clause.ts";
import { type Name, partsOf, showName } from "../operations/identifier.ts";
import type { IndexDefinition } from "../operations/index-clause.ts";
import type { PolicyDefinition } from "../operations/policy.ts";
import type { FunctionDefinition } from "../operations/routine.ts";
import type { SequenceOptions } from "../operations/sequence-clause.ts";
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
  const beyond = [...catalog.leftAlone];
  const tables: SourceTable[] = [];
  for (const table of catalog.tables) {
    const name = showName(table.name);
    if (table.kind.length > 0) {
      beyond.push(`table ${name}, which has ${table.kind.join(" and ")}`);
      continue;
    }
    beyond.push(...table.beyond.map((what) => `${what} of table ${name}`));
    if (table.unlogged) beyond.push(`table ${name} is unlogged`);
    if (table.with !== undefined) beyond.push(`storage parameters of table ${name}`);
    beyond.push(
      ...table.indexes
        .filter(({ isValid }) => !isValid)
        .map((index) => `index ${showName(index.name)}, which is invalid`),
    );
    tables.push({
      ...table,
      triggers: [],
      policies: [],
      rowSecurity: undefined,
      partitionBy: undefined,
      indexes: table.indexes.filter(({ isValid }) => isValid),
    });
  }
  return {
    defaultSchema: catalog.defaultSchema,
    enums: catalog.enums,
    tables,
    views: [],
    routines: [],
    sequences: [],
    extensions: [],
    beyond,
  };
}

/** The schema, where it is not the default one, and the name. */
export function split(name: Name): { readonly schema: string | undefined; readonly name: string } {
  const parts = partsOf(name);
  return { schema: parts.length > 1 ? parts[0] : undefined, name: parts.at(-1)! };
}
