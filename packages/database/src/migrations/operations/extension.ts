import { DefinitionError } from "../../errors.ts";
import { quoteName } from "./identifier.ts";
import { literal } from "./literal.ts";
import { checkOptions, definition, flag, type Shape, text } from "./options.ts";
import { type Renderers, when } from "./rendered.ts";
import { before } from "./table.ts";

/** Options of CREATE EXTENSION. */
export interface ExtensionOptions {
  /** Where its objects are put. Default: the first schema of the search path. */
  readonly schema?: string | undefined;
  /** Default: the newest that is installed. */
  readonly version?: string | undefined;
}

export interface ExtensionOperations {
  /** CREATE EXTENSION. `cascade` creates those that it needs. With `ifNotExists` it has no reverse. */
  createExtension(
    name: string,
    options?: ExtensionOptions & { readonly ifNotExists?: boolean | undefined; readonly cascade?: boolean | undefined },
  ): void;
  /** ALTER EXTENSION … UPDATE TO, SET SCHEMA. `was`: the same as it was; not every extension can go back. */
  alterExtension(name: string, changes: ExtensionOptions & { readonly was?: ExtensionOptions | undefined }): void;
  /** DROP EXTENSION. `cascade` drops what depends on it too. `was`: its options, `{}` for none. */
  dropExtension(
    name: string,
    options?: { readonly cascade?: boolean | undefined; readonly was?: ExtensionOptions | undefined },
  ): void;
}

const OPTIONS: Shape<ExtensionOptions> = { schema: text, version: text };

export const EXTENSION: Renderers<ExtensionOperations> = {
  createExtension(name, options = {}) {
    const shape = { ...OPTIONS, ifNotExists: flag, cascade: flag };
    const { ifNotExists, cascade, ...was } = checkOptions("It", options, shape);
    return {
      subject: name,
      statements: [
        `create extension${when(ifNotExists, "if not exists")} ${quoteName(name)}` +
          (was.schema === undefined ? "" : ` schema ${quoteName(was.schema)}`) +
          (was.version === undefined ? "" : ` version ${quoteName(was.version)}`) +
          when(cascade, "cascade"),
      ],
      reverse: ifNotExists ? undefined : (op) => op.dropExtension(name, { was }),
    };
  },

  alterExtension(name, changes) {
    const { was, ...now } = checkOptions("It", changes, { ...OPTIONS, was: definition });
    const actions: string[] = [];
    if (now.version !== undefined) actions.push(`update to ${literal(now.version)}`);
    if (now.schema !== undefined) actions.push(`set schema ${quoteName(now.schema)}`);
    if (actions.length === 0) throw new DefinitionError("It changes nothing.");
    return {
      subject: name,
      statements: actions.map((action) => `alter extension ${quoteName(name)} ${action}`),
      reverse: was === undefined ? undefined : (op) => op.alterExtension(name, { ...before(now, was), was: now }),
    };
  },

  dropExtension(name, options = {}) {
    const { cascade, was } = checkOptions("It", options, { cascade: flag, was: definition });
    return {
      subject: name,
      statements: [`drop extension ${quoteName(name)}${when(cascade, "cascade")}`],
      losses: cascade ? [{ object: name, reason: "drops the extension and every column that depends on it" }] : [],
      reverse: was === undefined ? undefined : (op) => op.createExtension(name, was),
    };
  },
};
