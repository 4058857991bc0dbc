import type { TestDatabase } from "../../../../test/database.ts";
import { defineSchema, type ModelClass, type Schema } from "../../src/index.ts";
import { describeTable } from "../../src/model/describe-table.ts";
import { addForeignKeys, createEnum, createTable } from "../integration/create-table.ts";

export const schemaOf = (models: readonly ModelClass[]): Schema =>
  defineSchema(Object.fromEntries(models.map((model) => [model.name, model])));

/** Makes models' tables by the tests' own writer of SQL. */
export async function createModels(database: TestDatabase, models: readonly ModelClass[], sql = ""): Promise<void> {
  const { enums } = schemaOf(models);
  const tables = models.map(describeTable);
  const schemas = new Set([...tables, ...enums].map(({ schema }) => schema).filter((schema) => schema !== undefined));
  await database.query(
    [
      sql,
      ...[...schemas].map((schema) => `create schema if not exists "${schema}"`),
      ...enums.map(createEnum),
      ...tables.flatMap(createTable),
      ...tables.flatMap(addForeignKeys),
    ].join(";\n"),
  );
}
