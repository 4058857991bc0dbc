import { DefinitionError } from "../errors.ts";
import { checkName } from "../identifier.ts";
import type { ColumnSpec } from "./column.ts";
import { definitionSql, literal } from "./definition-sql.ts";
import {
  constraintsOfColumn,
  describeCheck,
  describeExclusion,
  describeForeignKey,
  describeUnique,
} from "./describe-constraints.ts";
import { describeIndex, indexOfColumn } from "./describe-index.ts";
import type { EnumDefinition } from "./enum.ts";
import { type ModelColumn, ModelColumns, resolve, type TableModel } from "./model-columns.ts";
import { primaryKeyName } from "./naming.ts";
import { describePartition } from "./partition.ts";
import { describePolicies } from "./policy.ts";
import type {
  CheckConstraint,
  ColumnDefinition,
  ExclusionConstraint,
  ForeignKeyConstraint,
  PrimaryKeyDefinition,
  TableDefinition,
  TableIndex,
  UniqueConstraint,
} from "./table-definition.ts";
import { describeTriggers } from "./trigger.ts";

/**
 * The whole definition of a model's table, resolved: every name given, every option said, every expression as SQL. The one
 * place to read a model's DDL from. All models that it refers to must exist.
 *
 * @throws {DefinitionError} when a part of it cannot be: a name that is too long, a column of another table in an index, a
 *   default that its column cannot take.
 */
export function describeTable(model: TableModel): TableDefinition {
  const columns = new ModelColumns(model);
  const uniques: UniqueConstraint[] = [];
  const checks: CheckConstraint[] = [];
  const foreignKeys: ForeignKeyConstraint[] = [];
  const exclusions: ExclusionConstraint[] = [];
  const indexes: TableIndex[] = [];
  for (const column of columns.list) {
    const index = indexOfColumn(column);
    if (index !== undefined) indexes.push(describeIndex(columns, index));
  }
  for (const index of model.indexes ?? []) indexes.push(describeIndex(columns, index));
  const declared = columns.list.flatMap((column) => constraintsOfColumn(column, model));
  for (const constraint of [...declared, ...(model.constraints ?? [])]) {
    if (constraint.kind === "check") checks.push(describeCheck(columns, constraint));
    else if (constraint.kind === "exclusion") exclusions.push(describeExclusion(columns, constraint));
    else if (constraint.kind === "foreign key") foreignKeys.push(describeForeignKey(columns, constraint));
    else {
      const described = describeUnique(columns, constraint);
      if ("keys" in described) indexes.push(described);
      else uniques.push(described);
    }
  }
  const policies = describePolicies(columns);
  return {
    name: checkName(model.table),
    schema: model.schema === undefined ? undefined : checkName(model.schema),
    comment: model.comment,
    columns: columns.list.map((column) => describeColumn(columns, column)),
    primaryKey: describePrimaryKey(columns),
    uniques,
    checks,
    foreignKeys,
    exclusions,
    indexes,
    triggers: describeTriggers(model, { name: model.name, names: (list, what) => columns.names(list, what) }),
    policies,
    rowSecurity: model.rowSecurity ?? (policies.length > 0 ? "enabled" : "disabled"),
    partitionBy: model.partitionBy === undefined ? undefined : describePartition(columns, model.partitionBy),
  };
}

function describeColumn(columns: ModelColumns, column: ModelColumn): ColumnDefinition {
  const { spec, ref } = column;
  return {
    name: ref.column,
    type: spec.type,
    enum: enumOf(spec),
    nullable: spec.nullable,
    default: defaultOf(columns, column),
    identity: spec.identity,
    counting: spec.counting,
    generated: spec.generated === undefined ? undefined : columns.sql(resolve(spec.generated, column)),
    collation: spec.collation,
    comment: spec.comment,
    isSerial: spec.isSerial,
    storage: spec.storage,
    compression: spec.compression,
  };
}

function describePrimaryKey({ model, list }: ModelColumns): PrimaryKeyDefinition | undefined {
  const key = list.filter(({ spec }) => spec.primaryKey);
  if (key.length === 0) return undefined;
  const [name, ...others] = new Set(key.map(({ spec }) => spec.keyName).filter((given) => given !== undefined));
  if (others.length > 0)
    throw new DefinitionError(`The primary key of ${model.name} has two names: ${name}, ${others[0]}.`);
  return { name: checkName(name ?? primaryKeyName(model.table)), columns: key.map(({ ref }) => ref.column) };
}

function enumOf(spec: ColumnSpec): EnumDefinition | undefined {
  return spec.element === undefined ? spec.enum : enumOf(spec.element);
}

function defaultOf({ model }: ModelColumns, { spec, property }: ModelColumn): string | undefined {
  const given = spec.default;
  if (given === undefined || given.kind === "client") return undefined;
  if (given.kind === "sql") return definitionSql(given.sql);
  if (given.value === null) return undefined;
  try {
    const encoded = spec.encode(given.value);
    // As people write it: PostgreSQL tells `0` from `'0'` for good.
    if (spec.type.startsWith("numeric") && /^-?\d+(\.\d+)?$/.test(String(encoded))) return String(encoded);
    return literal(encoded);
  } catch (error) {
    throw new DefinitionError(`The default of ${model.name}.${property} cannot be: ${(error as Error).message}`);
  }
}
