import { DefinitionError } from "../errors.ts";
import { checkName, quote } from "../identifier.ts";
import {
  type CheckDefinition,
  type ConstraintDefinition,
  check,
  type ExclusionDefinition,
  type ForeignKeyDefinition,
  foreignKey,
  type UniqueDefinition,
  unique,
} from "./constraints.ts";
import { describeKey } from "./describe-index.ts";
import type { NamedColumn } from "./index-definition.ts";
import { isNamedColumn, type ModelColumn, type ModelColumns, resolve, type TableModel } from "./model-columns.ts";
import { conventionalName } from "./naming.ts";
import type {
  CheckConstraint,
  ExclusionConstraint,
  ForeignKeyConstraint,
  TableIndex,
  UniqueConstraint,
} from "./table-definition.ts";

/** The constraints that a column declares. */
export function constraintsOfColumn(column: ModelColumn, model: TableModel): ConstraintDefinition[] {
  const { ref, spec, property } = column;
  const found: ConstraintDefinition[] = spec.checks.map(({ name, expression }) =>
    check(name ?? ref.column, () => resolve(expression, column)),
  );
  if (spec.unique !== undefined) found.push(unique(() => [ref], spec.unique));
  if (spec.references !== undefined) {
    const { target, ...options } = spec.references;
    const columns = (): NamedColumn[] => {
      const named = target();
      if (isNamedColumn(named)) return [named];
      throw new DefinitionError(`${model.name}.${property} references no column. Write references(() => Other.c.id).`);
    };
    found.push(foreignKey(() => [ref], columns, options));
  }
  return found;
}

/** The names of a unique constraint's columns; on a table that keeps deleted rows, the index that stands for it. */
export function describeUnique(columns: ModelColumns, definition: UniqueDefinition): UniqueConstraint | TableIndex {
  const { model, marksDeleted } = columns;
  const names = columns.names(definition.columns(), "a unique constraint");
  const name = checkName(definition.name ?? conventionalName("uq", model.table, ...names));
  const { nullsNotDistinct = false, deferrable, includeDeleted = false } = definition;
  if (marksDeleted === undefined || includeDeleted) return { name, columns: names, nullsNotDistinct, deferrable };
  if (deferrable !== undefined) {
    throw new DefinitionError(
      `${model.name} keeps deleted rows, so ${name} is an index over living ones, which cannot be deferrable. ` +
        "Leave deferrable out, or add includeDeleted: true.",
    );
  }
  return {
    name,
    unique: true,
    method: "btree",
    keys: names.map((column) => ({
      on: { column },
      order: "asc",
      nulls: "last",
      opclass: undefined,
      collation: undefined,
    })),
    include: [],
    where: `not ${quote(marksDeleted.ref.column)}`,
    nullsNotDistinct,
    with: {},
  };
}

export function describeCheck(columns: ModelColumns, definition: CheckDefinition): CheckConstraint {
  const { name, fullName, expression } = definition;
  return {
    name: checkName(fullName ?? conventionalName("ck", columns.model.table, name)),
    expression: columns.sql(expression()),
  };
}

export function describeExclusion(columns: ModelColumns, definition: ExclusionDefinition): ExclusionConstraint {
  const { name, keys, method = "gist", where, deferrable } = definition;
  return {
    name: checkName(name),
    method,
    elements: keys().map(({ with: operator, ...key }) => ({ ...describeKey(columns, key), operator })),
    where: where === undefined ? undefined : columns.sql(where()),
    deferrable,
  };
}

export function describeForeignKey(columns: ModelColumns, definition: ForeignKeyDefinition): ForeignKeyConstraint {
  const { model } = columns;
  const names = columns.names(definition.columns(), "a foreign key");
  const target = definition.target();
  const owner = target[0]?.owner;
  if (owner === undefined || target.length !== names.length || target.some((column) => column.owner !== owner)) {
    throw new DefinitionError(
      `The foreign key of ${model.name} on ${names.join(", ")} needs as many columns on the other side, all of one table.`,
    );
  }
  const { schema, table } = owner.prototype.constructor as unknown as TableModel;
  return {
    name: checkName(definition.name ?? conventionalName("fk", model.table, ...names, table)),
    columns: names,
    target: { schema, table, columns: target.map(({ column }) => column) },
    onDelete: definition.onDelete ?? "no action",
    onUpdate: definition.onUpdate ?? "no action",
    deferrable: definition.deferrable,
  };
}
