import { importProblem } from "../migrations/script/import-module.ts";
import type { Schema } from "../model/schema.ts";
import { ConfigInvalid, SchemaNotConfigured } from "./errors.ts";
import type { LoadedConfig } from "./load-config.ts";

/**
 * The models of a configuration, which are imported only when they are asked for.
 *
 * @throws {SchemaNotConfigured} @throws {ConfigInvalid} when they cannot be imported, or are not what `defineSchema` returns.
 */
export async function loadSchema({ file, schema }: Pick<LoadedConfig, "file" | "schema">): Promise<Schema> {
  if (schema === undefined) throw new SchemaNotConfigured(file);
  let found: unknown;
  try {
    found = typeof schema === "function" ? await schema() : schema;
  } catch (error) {
    throw new ConfigInvalid(file, `its schema cannot be loaded: ${importProblem(error)}`, { cause: error });
  }
  const { models, enums } = Object(found) as Partial<Schema>;
  if (!Array.isArray(models) || !Array.isArray(enums)) {
    throw new ConfigInvalid(file, "its schema is not what defineSchema returns");
  }
  return found as Schema;
}
