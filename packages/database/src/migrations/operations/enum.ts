import { DefinitionError } from "../../errors.ts";
import { checkLabel } from "../../identifier.ts";
import { type Name, partsOf, quoteName, quoteQualified, renamed, showName, suffixed } from "./identifier.ts";
import { literal } from "./literal.ts";
import { checkOptions, flag, list, name, object, text } from "./options.ts";
import { type Renderers, when } from "./rendered.ts";
import type { Loss } from "./step.ts";
import { dropTypeLosses } from "./type.ts";

/** A column that has the enum as its type, and how its values become the new ones. */
export interface EnumColumn {
  /** `users.mood`, `audit.users.mood`; where a name has a dot `["users", "a.b"]`. */
  readonly column: Name;
  /** Default: the enum. `mood[]` for an array of it. */
  readonly type?: string | undefined;
  /** In SQL. Default: the value's text, after `mapping`. */
  readonly using?: string | undefined;
  /** Its default in SQL, which cannot outlive the type it was written for. Default: it has none. */
  readonly default?: string | undefined;
}

/** Options of `replaceEnum`. */
export interface ReplaceEnumOptions {
  /** All columns of the type: `["users.mood"]`. */
  readonly columns: readonly (string | EnumColumn)[];
  /** What rows get that have a value of which there is none any more: `{ sad: "meh" }`. */
  readonly mapping?: Readonly<Record<string, string>> | undefined;
  /** The values as they were. Without them nobody knows whether one is lost. */
  readonly was?: readonly string[] | undefined;
}

export interface EnumOperations {
  /** CREATE TYPE … AS ENUM. */
  createEnum(name: Name, values: readonly string[]): void;
  /** DROP TYPE. `cascade` drops its columns too. `was`: its values. */
  dropEnum(
    name: Name,
    options?: { readonly cascade?: boolean | undefined; readonly was?: readonly string[] | undefined },
  ): void;
  /**
   * ALTER TYPE … ADD VALUE, at the end or beside another value. PostgreSQL lets no statement of the same transaction use
   * it, and takes none away: `replaceEnum` does.
   */
  addEnumValue(
    name: Name,
    value: string,
    options?: {
      readonly before?: string | undefined;
      readonly after?: string | undefined;
      readonly ifNotExists?: boolean | undefined;
    },
  ): void;
  /** ALTER TYPE … RENAME VALUE. */
  renameEnumValue(name: Name, value: string, to: string): void;
  /**
   * Makes the enum anew with these values, to take values away or put them in another order: the old type is renamed, the
   * new one created, each column changed to it with USING, which rewrites its table, and the old one dropped. What else
   * uses the type (views, functions, partial indexes) has to be dropped before and created after.
   */
  replaceEnum(name: Name, values: readonly string[], options: ReplaceEnumOptions): void;
}

/** Ends the name of the old type while both are there. */
const OLD = "__old";

export const ENUM: Renderers<EnumOperations> = {
  createEnum(name, values) {
    return {
      subject: showName(name),
      statements: [createSql(name, values)],
      reverse: (op) => op.dropEnum(name, { was: values }),
    };
  },

  dropEnum(name, options = {}) {
    const { cascade, was } = checkOptions("It", options, { cascade: flag, was: list });
    return {
      subject: showName(name),
      statements: [`drop type ${quoteQualified(name)}${when(cascade, "cascade")}`],
      losses: dropTypeLosses(name, cascade),
      reverse: was === undefined ? undefined : (op) => op.createEnum(name, was),
    };
  },

  addEnumValue(name, value, options = {}) {
    const shape = { before: text, after: text, ifNotExists: flag };
    const { before, after, ifNotExists } = checkOptions("It", options, shape);
    if (before !== undefined && after !== undefined) throw new DefinitionError("It has both before and after.");
    const place =
      before !== undefined ? ` before ${literal(before)}` : after !== undefined ? ` after ${literal(after)}` : "";
    const exists = when(ifNotExists, "if not exists");
    return {
      subject: `${showName(name)}.${value}`,
      statements: [`alter type ${quoteQualified(name)} add value${exists} ${literal(checkLabel(value))}${place}`],
    };
  },

  renameEnumValue(name, value, to) {
    return {
      subject: `${showName(name)}.${value}`,
      statements: [
        `alter type ${quoteQualified(name)} rename value ${literal(checkLabel(value))} to ${literal(checkLabel(to))}`,
      ],
      reverse: (op) => op.renameEnumValue(name, to, value),
    };
  },

  replaceEnum(name, values, options) {
    const shape = { columns: { expects: "an array of columns", accepts: Array.isArray }, mapping: object, was: list };
    const { columns, mapping, was } = checkOptions("It", options, shape, ["columns"]);
    const old = renamed(name, [oldName(name)]);
    const type = quoteQualified(name);
    return {
      subject: showName(name),
      statements: [
        `alter type ${type} rename to ${quoteName(oldName(name))}`,
        createSql(name, values),
        ...columns.map((column) => columnSql(type, column, mapping)),
        `drop type ${quoteQualified(old)}`,
      ],
      losses: valueLosses(name, values, was),
      reverse: was === undefined ? undefined : (op) => op.replaceEnum(name, was, { columns, was: values }),
    };
  },
};

function createSql(name: Name, values: readonly string[]): string {
  if (!Array.isArray(values)) throw new DefinitionError("The values of an enum are an array of text.");
  if (new Set(values).size < values.length) throw new DefinitionError("The enum has a value twice.");
  return `create type ${quoteQualified(name)} as enum (${values.map((value) => literal(checkLabel(value))).join(", ")})`;
}

function oldName(name: Name): string {
  return suffixed(partsOf(name).at(-1)!, OLD);
}

function columnSql(enumType: string, given: string | EnumColumn, mapping: ReplaceEnumOptions["mapping"]): string {
  const what = typeof given === "string" ? { column: given } : given;
  const shape = { column: name, type: text, using: text, default: text };
  const {
    column: path,
    type = enumType,
    using,
    default: fallback,
  } = checkOptions<EnumColumn>("A column", what, shape, ["column"]);
  const parts = partsOf(path);
  if (parts.length < 2) throw new DefinitionError(`The column "${showName(path)}" has no table before it.`);
  const column = quoteName(parts.at(-1)!);
  const cast = type === enumType ? mapped(`${column}::text`, mapping) : mappedArray(`${column}::text[]`, mapping);
  const actions = ["drop default", `type ${type} using ${using ?? `${cast}::${type}`}`];
  if (fallback !== undefined) actions.push(`set default ${fallback}`);
  const all = actions.map((action) => `alter column ${column} ${action}`).join(", ");
  return `alter table ${quoteQualified(parts.slice(0, -1))} ${all}`;
}

function mapped(value: string, mapping: ReplaceEnumOptions["mapping"]): string {
  const entries = Object.entries(mapping ?? {});
  if (entries.length === 0) return value;
  const cases = entries.map(([from, to]) => `when ${literal(from)} then ${literal(to)}`).join(" ");
  return `(case ${value} ${cases} else ${value} end)`;
}

/** USING takes no query that could look at each element, so one value is replaced after the other. */
function mappedArray(value: string, mapping: ReplaceEnumOptions["mapping"] = {}): string {
  const entries = Object.entries(mapping);
  const replaced = (array: string, [from, to]: readonly [string, string]): string =>
    `array_replace(${array}, ${literal(from)}, ${literal(to)})`;
  if (!entries.some(([, to]) => Object.hasOwn(mapping, to))) return entries.reduce(replaced, value);
  // What becomes of one value must not be taken for another: all get a text first that is too long to be a label.
  const between = entries.map((_, index) => `${"-".repeat(64)}${index}`);
  const away = entries.map(([from], index) => [from, between[index]!] as const);
  const back = entries.map(([, to], index) => [between[index]!, to] as const);
  return [...away, ...back].reduce(replaced, value);
}

function valueLosses(name: Name, values: readonly string[], was: readonly string[] | undefined): readonly Loss[] {
  if (was === undefined)
    return [{ object: showName(name), reason: "may take values away; was does not say which there are" }];
  return was
    .filter((value) => !values.includes(value))
    .map((value) => ({ object: `${showName(name)}.${value}`, reason: "takes the value away" }));
}
