import { quoteName } from "./identifier.ts";
import { checkOptions, definition, flag, text } from "./options.ts";
import { type Renderers, when } from "./rendered.ts";

/** Options of CREATE SCHEMA. */
export interface SchemaOptions {
  /** The role that owns it. Default: who runs the revision. */
  readonly owner?: string | undefined;
}

export interface SchemaOperations {
  /** CREATE SCHEMA. With `ifNotExists` nobody knows whether to take it back, so it has no reverse. */
  createSchema(name: string, options?: SchemaOptions & { readonly ifNotExists?: boolean | undefined }): void;
  /** DROP SCHEMA. `cascade` drops all that is in it too. `was`: its options, `{}` for none. */
  dropSchema(
    name: string,
    options?: { readonly cascade?: boolean | undefined; readonly was?: SchemaOptions | undefined },
  ): void;
}

export const SCHEMA: Renderers<SchemaOperations> = {
  createSchema(name, options = {}) {
    const { ifNotExists, ...was } = checkOptions("It", options, { owner: text, ifNotExists: flag });
    const owner = was.owner === undefined ? "" : ` authorization ${quoteName(was.owner)}`;
    return {
      subject: name,
      statements: [`create schema${when(ifNotExists, "if not exists")} ${quoteName(name)}${owner}`],
      reverse: ifNotExists ? undefined : (op) => op.dropSchema(name, { was }),
    };
  },

  dropSchema(name, options = {}) {
    const { cascade, was } = checkOptions("It", options, { cascade: flag, was: definition });
    return {
      subject: name,
      statements: [`drop schema ${quoteName(name)}${when(cascade, "cascade")}`],
      losses: cascade ? [{ object: name, reason: "drops the schema and all that is in it" }] : [],
      reverse: was === undefined ? undefined : (op) => op.createSchema(name, was),
    };
  },
};
