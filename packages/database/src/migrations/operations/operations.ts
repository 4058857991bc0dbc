import type { ColumnOperations } from "./column.ts";
import type { ConstraintOperations } from "./constraint.ts";
import type { DomainOperations } from "./domain.ts";
import type { EnumOperations } from "./enum.ts";
import type { ExtensionOperations } from "./extension.ts";
import type { FillOperations } from "./fill.ts";
import type { GrantOperations } from "./grant.ts";
import type { IndexOperations } from "./index-operations.ts";
import type { LintOperations } from "./lint-ignore.ts";
import type { ObjectOperations } from "./object.ts";
import type { PartitionOperations } from "./partition.ts";
import type { PolicyOperations } from "./policy.ts";
import type { RawOperations } from "./raw.ts";
import type { RoutineOperations } from "./routine.ts";
import type { SchemaOperations } from "./schema.ts";
import type { SequenceOperations } from "./sequence.ts";
import type { StatisticsOperations } from "./statistics.ts";
import type { TableOperations } from "./table.ts";
import type { TriggerOperations } from "./trigger.ts";
import type { TypeOperations } from "./type.ts";
import type { ViewOperations } from "./view.ts";

export type { Deferrable, ReferenceAction } from "../../model/constraints.ts";
export type { ColumnChanges } from "./column.ts";
export type { ColumnDefinition, Identity } from "./column-clause.ts";
export type {
  CheckDefinition,
  CheckOptions,
  ConstraintDefinition,
  ExclusionDefinition,
  ExclusionElement,
  ExclusionOptions,
  ForeignKeyDefinition,
  ForeignKeyOptions,
  KeyConstraintOptions,
  PrimaryKeyDefinition,
  UniqueDefinition,
  UniqueOptions,
} from "./constraint-clause.ts";
export type { DomainChanges, DomainDefinition } from "./domain.ts";
export type { EnumColumn, ReplaceEnumOptions } from "./enum.ts";
export type { ExtensionOptions } from "./extension.ts";
export type { GrantTarget } from "./grant.ts";
export type { Name } from "./identifier.ts";
export type { IndexDefinition, IndexKey, IndexOptions } from "./index-clause.ts";
export type { IndexChanges } from "./index-operations.ts";
export type { CommentedKind, MovedKind, OwnedKind, RenamedKind } from "./object.ts";
export type { Parameters } from "./options.ts";
export type { PolicyDefinition } from "./policy.ts";
export type { DataOptions, DataWork } from "./raw.ts";
export type { FunctionDefinition, ProcedureDefinition } from "./routine.ts";
export type { SchemaOptions } from "./schema.ts";
export type { SequenceDefinition } from "./sequence.ts";
export type { SequenceOptions } from "./sequence-clause.ts";
export type { Signature } from "./signature.ts";
export type { StatisticsDefinition } from "./statistics.ts";
export type { TableChanges } from "./table.ts";
export type { TableDefinition } from "./table-clause.ts";
export type { TriggerDefinition, TriggerEvent } from "./trigger.ts";
export type { Attribute, RangeDefinition } from "./type.ts";
export type {
  MaterializedViewDefinition,
  MaterializedViewOptions,
  ViewDefinition,
  ViewOptions,
} from "./view.ts";

/**
 * What `upgrade(op)` and `downgrade(op)` record; nothing runs before the function has returned. Then the operations run
 * in order.
 *
 * What an operation is about comes first, options last. A name may be `schema.name`; of a name with a dot in it the parts
 * are given one by one, `["schema", "a.b"]`. Names are quoted, so they mean exactly what they say, capital letters
 * included. Types, defaults, conditions and queries are SQL and go to the server as they are.
 *
 * An operation that takes something away is taken back by `reverseOf` when it is told in `was` what was there. All
 * throw `DefinitionError` for what could not be meant: an unknown option, a wrong kind, a name that PostgreSQL would cut.
 */
export interface Operations
  extends SchemaOperations,
    TableOperations,
    ColumnOperations,
    ConstraintOperations,
    IndexOperations,
    EnumOperations,
    DomainOperations,
    SequenceOperations,
    TypeOperations,
    ViewOperations,
    RoutineOperations,
    TriggerOperations,
    PolicyOperations,
    ExtensionOperations,
    PartitionOperations,
    ObjectOperations,
    GrantOperations,
    StatisticsOperations,
    FillOperations,
    LintOperations,
    RawOperations {}
