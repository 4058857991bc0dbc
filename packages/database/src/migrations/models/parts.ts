import type {
  ExclusionConstraint,
  ForeignKeyConstraint,
  TableDefinition as ModelTable,
  TableIndex,
  TableIndexKey,
} from "../../model/table-definition.ts";
import type { CatalogConstraint, CatalogIndex, CatalogTable, Key } from "../catalog/catalog.ts";
import { key } from "../catalog/key.ts";
import { given, nameIn, storageParameters } from "../catalog/words.ts";
import { isAlike, withoutNotValid } from "../compare/adopt-constraints.ts";
import { isSame } from "../compare/call.ts";
import type {
  ConstraintDefinition,
  ExclusionDefinition,
  ExclusionElement,
  ForeignKeyDefinition,
} from "../operations/constraint-clause.ts";
import type { Name } from "../operations/identifier.ts";
import type { IndexDefinition, IndexKey } from "../operations/index-clause.ts";
import type { RowOf, Words } from "./words.ts";

/*
 * Constraints and indexes of a model's table as a catalog has them. Where the database has one with the same definition, its
 * text is taken for the same.
 */

/** What is to be known of a model's table to read its parts. */
export interface Surroundings {
  readonly table: ModelTable;
  readonly schema: string;
  readonly defaultSchema: string;
  /** The table as the database has it. */
  readonly was: CatalogTable | undefined;
  readonly words: Words;
  readonly row: RowOf;
  /** The name of a table. */
  nameOf(schema: string | undefined, name: string): Name;
}

export function constraintsOf(around: Surroundings): readonly CatalogConstraint[] {
  const { table, words, row, was } = around;
  const { primaryKey, uniques, checks, exclusions, foreignKeys } = table;
  const before = new Map(was?.constraints.map((one) => [one.name, one]));
  const add = (
    name: string,
    definition: ConstraintDefinition,
    columns: readonly string[],
    needs: readonly Key[] = [],
  ): CatalogConstraint => {
    const id = key("constraint", around.schema, table.name, name);
    return constraint({ key: id, needs, name, definition, columns, text: "" }, before.get(name));
  };
  return [
    ...(primaryKey === undefined ? [] : [add(primaryKey.name, { primaryKey: primaryKey.columns }, primaryKey.columns)]),
    ...uniques.map(({ name, columns, nullsNotDistinct, deferrable }) => {
      const options = given({ nullsNotDistinct: nullsNotDistinct || undefined, deferrable });
      const isBare = Object.keys(options).length === 0;
      return add(name, { unique: isBare ? columns : { columns, ...options } }, columns);
    }),
    ...checks.map(({ name, expression }) => {
      const old = before.get(name)?.definition;
      const text = old !== undefined && "check" in old ? expressionOf(old.check) : undefined;
      return add(name, { check: words.expression("condition", expression, row, text) }, []);
    }),
    ...exclusions.map((exclusion) => {
      const old = before.get(exclusion.name)?.definition;
      const definition = exclusionOf(
        exclusion,
        around,
        old !== undefined && "exclusion" in old ? old.exclusion : undefined,
      );
      const made = { exclusion: definition };
      const isKnown = old === undefined || isAlike({ definition: old }, { definition: made });
      const tried = isKnown ? undefined : words.tried(table)?.constraints.find(({ name }) => name === exclusion.name);
      return add(exclusion.name, tried?.definition ?? made, namedIn(exclusion.elements));
    }),
    ...foreignKeys.map((foreignKey) => {
      const { schema = around.defaultSchema, table: target, columns } = foreignKey.target;
      const needs = columns.map((column) => key("column", schema, target, column));
      return add(foreignKey.name, { foreignKey: foreignKeyOf(foreignKey, around) }, foreignKey.columns, needs);
    }),
  ];
}

function expressionOf(check: string | { readonly expression: string }): string {
  return typeof check === "string" ? check : check.expression;
}

function constraint(now: CatalogConstraint, was: CatalogConstraint | undefined): CatalogConstraint {
  if (was === undefined) return now;
  const valid = withoutNotValid(was);
  return isAlike(valid, now) ? { ...now, text: valid.text, columns: was.columns, needs: was.needs } : now;
}

function foreignKeyOf(foreignKey: ForeignKeyConstraint, { nameOf }: Surroundings): ForeignKeyDefinition {
  const { columns, target, onDelete, onUpdate, deferrable } = foreignKey;
  return given({
    columns,
    target: { table: nameOf(target.schema, target.table), columns: target.columns },
    onDelete: onDelete === "no action" ? undefined : onDelete,
    onUpdate: onUpdate === "no action" ? undefined : onUpdate,
    deferrable,
  });
}

function exclusionOf(
  { elements, method, where, deferrable }: ExclusionConstraint,
  { words, row }: Surroundings,
  was: ExclusionDefinition | undefined,
): ExclusionDefinition {
  return given({
    elements: elements.map((element, place): ExclusionElement => {
      const found = keyOf(element, method, words, row, was?.elements[place]);
      const whole = typeof found === "string" ? { column: found } : found;
      return { ...whole, operator: element.operator } as ExclusionElement;
    }),
    method: method === "btree" ? undefined : method,
    where: where === undefined ? undefined : words.expression("condition", where, row, was?.where),
    deferrable,
  });
}

export function indexesOf(around: Surroundings): readonly CatalogIndex[] {
  const { table, schema, was, words, defaultSchema } = around;
  const before = new Map(was?.indexes.map((one) => [one.key, one]));
  return table.indexes.map((index, place): CatalogIndex => {
    const id = key("index", schema, index.name);
    const old = before.get(id);
    const definition = indexOf(index, around, old?.definition);
    const isSaid = index.keys.some(({ opclass, collation }) => (opclass ?? collation) !== undefined);
    const isKnown = !isSaid || old === undefined || isSame(old.definition, definition);
    const tried = isKnown ? undefined : words.tried(table)?.indexes[place];
    const now = {
      key: id,
      needs: [],
      name: old?.name ?? nameIn(schema, index.name, defaultSchema),
      definition: tried === undefined ? definition : { ...tried.definition, table: definition.table },
      text: "",
      columns: [...namedIn(index.keys), ...index.include],
      isValid: true,
    };
    if (old === undefined || !isSame(old.definition, now.definition)) return now;
    return { ...now, text: old.text, columns: old.columns, needs: old.needs };
  });
}

function indexOf(index: TableIndex, around: Surroundings, was: IndexDefinition | undefined): IndexDefinition {
  const { table, schema, words, row } = around;
  const { keys, unique, method, include, where, nullsNotDistinct } = index;
  return given({
    table: around.nameOf(schema, table.name),
    keys: keys.map((one, place) => keyOf(one, method, words, row, was?.keys[place])),
    unique: unique || undefined,
    method: method === "btree" ? undefined : method,
    include: include.length === 0 ? undefined : include,
    with: storageParameters(Object.entries(index.with).map(([name, value]) => `${name}=${value}`)),
    nullsNotDistinct: nullsNotDistinct || undefined,
    where: where === undefined ? undefined : words.expression("condition", where, row, was?.where),
  });
}

/** Only a btree has an order. */
function keyOf(
  { on, order, nulls, opclass, collation }: TableIndexKey,
  method: string,
  words: Words,
  row: RowOf,
  was: IndexKey | undefined,
): IndexKey {
  const isDescending = method === "btree" && order === "desc";
  const usual = isDescending ? "first" : "last";
  const options = given({
    order: isDescending ? ("desc" as const) : undefined,
    nulls: method !== "btree" || nulls === usual ? undefined : nulls,
    opclass,
    collation,
  });
  if ("column" in on) return Object.keys(options).length === 0 ? on.column : { column: on.column, ...options };
  const old = typeof was === "object" && "expression" in was ? was.expression : undefined;
  return { expression: words.expression("key", on.expression, row, old), ...options };
}

function namedIn(keys: readonly TableIndexKey[]): readonly string[] {
  return keys.flatMap(({ on }) => ("column" in on ? on.column : []));
}
