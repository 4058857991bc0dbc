import { plural, snakeCase } from "../../model/naming.ts";
import type { ColumnDefinition } from "../operations/column-clause.ts";
import { args, array, type Code, call, chain, object } from "./code.ts";
import type { Imports } from "./imports.ts";
import { sqlText, text, valueText } from "./names.ts";
import type { SourceColumn } from "./source.ts";

/** What the code of a column needs to know besides. */
export interface ColumnPlace {
  readonly property: string;
  readonly isKey: boolean;
  /** The name of the key, which one of its columns says. */
  readonly keyName?: string | undefined;
  /** The variable of the enum that it, or its elements, are of. */
  readonly enumName: string | undefined;
  readonly defaultSchema: string;
  readonly imports: Imports;
  /** `references`, `unique`, `index`, where the column itself says them. */
  readonly links: readonly ReturnType<typeof call>[];
  /** Is told what cannot be said. */
  readonly beyond: (what: string) => void;
}

/** A column as code: `varchar(255).nullable()`. */
export function columnCode({ name, definition }: SourceColumn, place: ColumnPlace): Code {
  const { type, nullable, generated, collation, storage, compression, statistics, comment } = definition;
  const head = typeCode(type, place);
  const calls: ReturnType<typeof call>[] = [];
  if (snakeCase(place.property) !== name) calls.push(call("named", text(name)));
  if (place.isKey) {
    const options = object({ name: place.keyName === undefined ? undefined : text(place.keyName) });
    calls.push(call("primaryKey", ...args(options)));
  }
  if (nullable) calls.push(call("nullable"));
  calls.push(...identityCalls(definition));
  if (definition.default !== undefined) calls.push(call("default", defaultCode(definition.default, type, place)));
  if (generated !== undefined) calls.push(call("generated", sqlOf(generated, place)));
  if (typeof collation === "string") calls.push(call("collate", text(collation)));
  else if (collation !== undefined) place.beyond("the collation, which is in another schema,");
  const stored = object({
    storage: storage === undefined ? undefined : text(storage),
    compression: compression === undefined ? undefined : text(compression),
  });
  if (stored !== undefined) calls.push(call("stored", stored));
  if (statistics !== undefined) place.beyond("the statistics target");
  calls.push(...place.links);
  if (comment !== undefined) calls.push(call("comment", text(comment)));
  return chain(head, calls);
}

function identityCalls({ identity }: ColumnDefinition): ReturnType<typeof call>[] {
  if (identity === undefined) return [];
  if (typeof identity === "string") return [call("identity", text(identity))];
  const { generated, ...counting } = identity;
  const options = object(Object.fromEntries(Object.entries(counting).map(([name, value]) => [name, valueText(value)])));
  return [call("identity", text(generated), ...args(options))];
}

export function sqlOf(sql: string, { imports }: { readonly imports: Imports }): string {
  imports.use("sql");
  return sqlText(sql);
}

/** Types without a length whose functions are called like them, or as here. */
const FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ...[
    ...["smallint", "integer", "bigint", "real", "text", "boolean", "uuid", "bytea", "inet", "cidr", "macaddr", "date"],
    ...["tsvector", "time", "timestamp", "timestamptz", "interval", "numeric", "varchar", "varbit"],
    ...["smallserial", "serial", "bigserial"],
    ...["int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange"],
    ...["int4multirange", "int8multirange", "nummultirange", "tsmultirange", "tstzmultirange", "datemultirange"],
  ].map((type) => [type, type] as const),
  ["double precision", "double"],
]);

/** Types whose functions take what is in the parentheses. */
const SIZED = ["varchar", "char", "bit", "varbit", "time", "timestamp", "timestamptz", "interval"];

function typeCode(type: string, place: ColumnPlace): Code {
  const { imports, enumName, defaultSchema } = place;
  if (type.endsWith("[]")) return call(imports.use("array"), typeCode(type.slice(0, -2), place));
  if (enumName !== undefined) return call(enumName);
  const called = FUNCTIONS.get(type);
  if (called !== undefined) return call(imports.use(called));
  if (type === "json" || type === "jsonb") return call(`${imports.use(type)}<unknown>`);
  if (type === "citext" || type === `${defaultSchema}.citext`) return call(imports.use("citext"));
  const sized = /^(\w+)\((\d+)\)$/.exec(type);
  if (sized !== null && SIZED.includes(sized[1]!)) return call(imports.use(sized[1]!), sized[2]!);
  const numeric = /^numeric\((\d+),(\d+)\)$/.exec(type);
  if (numeric !== null) {
    return call(imports.use("numeric"), numeric[1]!, ...args(numeric[2] === "0" ? undefined : numeric[2]));
  }
  return call(`${imports.use("customType")}<string>`, object({ type: text(type) })!);
}

/** A constant where PostgreSQL and the model write it alike, else SQL. */
function defaultCode(sql: string, type: string, place: ColumnPlace): Code {
  if (type === "boolean" && ["true", "false"].includes(sql)) return sql;
  if (["smallint", "integer"].includes(type) && /^-?\d{1,9}$/.test(sql)) return sql;
  const isText = !type.endsWith("[]") && (type === "text" || /^varchar\b/.test(type) || place.enumName !== undefined);
  const constant = isText ? /^'((?:[^'\\]|'')*)'(::[\w".]+)?$/.exec(sql) : null;
  if (constant !== null && (constant[2] === undefined || place.enumName !== undefined)) {
    return text(constant[1]!.replaceAll("''", "'"));
  }
  return sqlOf(sql, place);
}

/** A list of texts. */
export const textList = (values: readonly string[]): Code => array(values.map(text));

/** Storage parameters. */
export function parameters(given: Readonly<Record<string, unknown>> | undefined): Code | undefined {
  if (given === undefined) return undefined;
  return object(
    Object.fromEntries(
      Object.entries(given).map(([name, value]) => [/^\w+$/.test(name) ? name : text(name), valueText(value)]),
    ),
  );
}

/** The plural of what a class is called, as a property: `Order` → `orders`. */
export function many(className: string): string {
  const words = plural(snakeCase(className)).split("_");
  return words.map((word, i) => (i === 0 ? word : word.slice(0, 1).toUpperCase() + word.slice(1))).join("");
}
