import type { ViewDefinition } from "../../model/describe-view.ts";
import type { RoutineDefinition } from "../../model/routine.ts";
import type { Schema } from "../../model/schema.ts";
import type { SequenceDefinition } from "../../model/sequence.ts";
import type { ColumnDefinition, TableDefinition as ModelTable } from "../../model/table-definition.ts";
import { given, serialType } from "../catalog/words.ts";
import type { ColumnDefinition as NewColumn } from "../operations/column-clause.ts";
import type { Name } from "../operations/identifier.ts";
import type { Operations } from "../operations/operations.ts";
import type { FunctionDefinition, ProcedureDefinition } from "../operations/routine.ts";
import type { Signature } from "../operations/signature.ts";
import type { TableDefinition } from "../operations/table-clause.ts";
import { type Creation, creationOrder } from "./creation-order.ts";
import { createForeignKeys, createIndex, keyOf, protect, setOff } from "./table-parts.ts";

/**
 * Records what makes all that models describe in a database that has none of it: extensions, enums, sequences, then functions,
 * tables and views as they need each other, and at last what connects them. Their schemas have to be there.
 *
 * @throws {DefinitionError} when functions, tables and views need each other in a circle.
 */
export function createSchema(schema: Schema): (op: Operations) => void {
  const { tables, enums, views, routines, sequences, extensions } = schema;
  const ordered = creationOrder([
    ...routines.map(creationOfRoutine),
    ...tables.map(creationOfTable),
    ...views.map(creationOfView),
  ]);
  return (op) => {
    for (const { name, ...options } of extensions) op.createExtension(name, { ...given(options), ifNotExists: true });
    for (const definition of enums) op.createEnum(nameOf(definition), definition.values);
    for (const sequence of sequences) createSequence(op, sequence);
    for (const { create } of ordered) create(op);
    for (const table of [...tables, ...views]) for (const index of table.indexes) createIndex(op, nameOf(table), index);
    for (const table of tables) createForeignKeys(op, table);
    for (const { ownedBy, ...sequence } of sequences) {
      if (ownedBy !== undefined) {
        op.alterSequence(nameOf(sequence), {
          ownedBy: [...nameOf({ ...ownedBy, name: ownedBy.table }), ownedBy.column],
        });
      }
    }
    for (const table of [...tables, ...views]) for (const each of table.triggers) setOff(op, nameOf(table), each);
    for (const table of tables) protect(op, nameOf(table), table);
  };
}

/** The schemas that models name. */
export function namedSchemas({ tables, enums, views, routines, sequences, extensions }: Schema): readonly string[] {
  const schemas = [...tables, ...enums, ...views, ...routines, ...sequences, ...extensions].map(({ schema }) => schema);
  return [...new Set(schemas.filter((schema) => schema !== undefined))];
}

export interface Made extends Creation {
  create(op: Operations): void;
}

export function nameOf({
  schema,
  name,
}: {
  readonly schema?: string | undefined;
  readonly name: string;
}): Name & string[] {
  return schema === undefined ? [name] : [schema, name];
}

function createSequence(op: Operations, { name, schema, ownedBy: _, comment, ...counting }: SequenceDefinition): void {
  op.createSequence(nameOf({ schema, name }), given(counting));
  if (comment !== undefined) op.comment("sequence", nameOf({ schema, name }), comment);
}

export function creationOfRoutine(routine: RoutineDefinition): Made {
  const { kind, schema, name, arguments: args, comment, returns, ...definition } = routine;
  const signature: Signature = { name: nameOf(routine), arguments: args };
  // What is in quotes is looked at when the function is made in SQL, and in other languages when it runs.
  const isReadNow = definition.sqlBody !== undefined || definition.language === "sql";
  return {
    kind: "function",
    schema,
    name,
    sql: [definition.sqlBody ?? (isReadNow ? definition.body! : "")],
    types: [args, returns ?? ""],
    create: (op) => {
      if (kind === "procedure") op.createProcedure(signature, given(definition) as ProcedureDefinition);
      else op.createFunction(signature, given({ ...definition, returns }) as FunctionDefinition);
      if (comment !== undefined) op.comment(kind, signature, comment);
    },
  };
}

export function creationOfTable(table: ModelTable): Made {
  const { schema, name, columns, checks, exclusions, partitionBy = "" } = table;
  const elements = exclusions.flatMap(({ elements: keys, where }) => [
    ...keys.map(({ on }) => ("expression" in on ? on.expression : "")),
    where ?? "",
  ]);
  return {
    kind: "table",
    schema,
    name,
    sql: [
      ...columns.flatMap((column) => [column.default ?? "", column.generated ?? ""]),
      ...checks.map(({ expression }) => expression),
      ...elements,
      partitionBy,
    ],
    types: columns.map(({ type }) => type),
    create: (op) => op.createTable(nameOf(table), tableOf(table)),
  };
}

export function creationOfView(view: ViewDefinition): Made {
  const { schema, name, query, materialized, names, checkOption, with: parameters, comment, columns } = view;
  const options = given({ columns: names, with: parameters });
  return {
    kind: "view",
    schema,
    name,
    sql: [query],
    types: [],
    create: (op) => {
      if (materialized) op.createMaterializedView(nameOf(view), query, options);
      else op.createView(nameOf(view), query, given({ ...options, checkOption }));
      if (comment !== undefined) op.comment(materialized ? "materialized view" : "view", nameOf(view), comment);
      for (const column of columns) {
        if (column.comment !== undefined) op.alterColumn(nameOf(view), column.name, { comment: column.comment });
      }
    },
  };
}

function tableOf({
  columns,
  primaryKey,
  uniques,
  checks,
  exclusions,
  comment,
  partitionBy,
}: ModelTable): TableDefinition {
  return given({
    columns: Object.fromEntries(columns.map((column) => [column.name, columnOf(column)])),
    primaryKey,
    uniques: Object.fromEntries(uniques.map(({ name, ...unique }) => [name, given(unique)])),
    checks: Object.fromEntries(checks.map(({ name, expression }) => [name, expression])),
    exclusions: Object.fromEntries(
      exclusions.map(({ name, elements, ...exclusion }) => [
        name,
        given({
          ...exclusion,
          elements: elements.map(({ operator, ...key }) => ({ ...keyOf(key, exclusion.method), operator })),
        }),
      ]),
    ),
    comment,
    partitionBy,
  });
}

function columnOf({ name: _, enum: __, isSerial, type, identity, counting, ...column }: ColumnDefinition): NewColumn {
  return given({
    ...column,
    type: isSerial ? serialType(type) : type,
    identity: identity === undefined || counting === undefined ? identity : { generated: identity, ...counting },
  });
}
