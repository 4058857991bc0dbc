import { DefinitionError } from "../../errors.ts";
import { type Name, quoteCollation, quoteName, quoteQualified, showName } from "./identifier.ts";
import { literal } from "./literal.ts";
import { type Check, checkOptions, either, flag, name, object, oneOf, type Shape, text, whole } from "./options.ts";
import { when } from "./rendered.ts";
import { checkSequence, type SequenceOptions, sequenceClauses } from "./sequence-clause.ts";

/** What a column is besides its type, as ALTER TABLE can change it too. */
export interface ColumnTraits {
  /** In SQL: `now()`, `true`, `'draft'`. */
  readonly default?: string | undefined;
  /** The server counts: whether a value may be given all the same, and how its sequence counts. */
  readonly identity?: Identity | undefined;
  /** A collation by name: `C`, `de_DE.utf8`; `["schema", "name"]` with a schema. Default: that of the type. */
  readonly collation?: Name | undefined;
  /** Where long values are kept (PostgreSQL, "TOAST"). Default: that of the type, which is `default` too. */
  readonly storage?: "plain" | "external" | "extended" | "main" | "default" | undefined;
  /** How they are compressed. Default: `default_toast_compression`. */
  readonly compression?: "pglz" | "lz4" | "default" | undefined;
  /** How closely ANALYZE looks at it, 0 to 10000; -1, the default, as `default_statistics_target` says. */
  readonly statistics?: number | undefined;
  readonly comment?: string | undefined;
}

/** A column of a new table, or a new column of a table. */
export interface ColumnDefinition extends ColumnTraits {
  /** In SQL: `varchar(255)`, `timestamptz`, `integer[]`. */
  readonly type: string;
  /** Whether it may be NULL. Default: false. */
  readonly nullable?: boolean | undefined;
  /** The expression, in SQL, of a stored generated column. */
  readonly generated?: string | undefined;
}

/**
 * When an identity column takes a value that is given: never but by OVERRIDING SYSTEM VALUE ("always"), or whenever
 * there is one.
 */
export type Identity = "always" | "by default" | IdentityDefinition;

export interface IdentityDefinition extends SequenceOptions {
  readonly generated: "always" | "by default";
  /** What its sequence is called. Default: `<table>_<column>_seq`. */
  readonly sequence?: Name | undefined;
}

const IDENTITY: Check = either(oneOf("always", "by default"), object);
export const STORAGE = oneOf("plain", "external", "extended", "main", "default");
export const COMPRESSION = oneOf("pglz", "lz4", "default");

export const TRAITS: Shape<ColumnTraits> = {
  default: text,
  identity: IDENTITY,
  collation: name,
  storage: STORAGE,
  compression: COMPRESSION,
  statistics: whole,
  comment: text,
};

const COLUMN: Shape<ColumnDefinition> = { type: text, nullable: flag, ...TRAITS, generated: text };

/** What CREATE TABLE and ADD COLUMN say of a column. */
export function columnClause(column: string, definition: ColumnDefinition): string {
  const what = `Column "${column}"`;
  const {
    type,
    nullable = false,
    default: fallback,
    identity,
    generated,
    collation,
    compression,
  } = checkOptions(what, definition, COLUMN, ["type"]);
  if ([fallback, identity, generated].filter((source) => source !== undefined).length > 1) {
    throw new DefinitionError(`${what} has more than one of default, identity and generated.`);
  }
  return (
    `${quoteName(column)} ${type}` +
    when(compression, `compression ${compression}`) +
    (collation === undefined ? "" : ` collate ${quoteCollation(collation)}`) +
    when(!nullable, "not null") +
    when(fallback, `default ${fallback}`) +
    when(identity, `generated ${identityClause(what, identity)}`) +
    when(generated, `generated always as (${generated}) stored`)
  );
}

/** After GENERATED or ADD GENERATED. @param what the column, as the beginning of a sentence. */
export function identityClause(what: string, identity: Identity | undefined): string {
  if (identity === undefined || typeof identity === "string") return `${identity} as identity`;
  const { generated, sequence, ...options } = identity;
  if (generated !== "always" && generated !== "by default") {
    throw new DefinitionError(`${what} has an identity without generated: "always" or "by default".`);
  }
  const whose = what[0]!.toLowerCase() + what.slice(1);
  const clauses = sequenceClauses(checkSequence(`The identity of ${whose}`, options));
  const named = sequence === undefined ? "" : `sequence name ${quoteQualified(sequence)}`;
  const all = `${named}${clauses}`.trim();
  return `${generated} as identity${all === "" ? "" : ` (${all})`}`;
}

/** What a column's definition says and neither CREATE TABLE nor ADD COLUMN can, as statements after them. */
export function columnStatements(
  table: Name,
  column: string,
  { storage, statistics, comment }: ColumnTraits,
): string[] {
  const alter = `alter table ${quoteQualified(table)} alter column ${quoteName(column)}`;
  const statements: string[] = [];
  if (storage !== undefined) statements.push(`${alter} set storage ${storage}`);
  if (statistics !== undefined) statements.push(`${alter} set statistics ${statistics}`);
  if (comment !== undefined) statements.push(commentOnColumn(table, column, comment));
  return statements;
}

export function commentOnColumn(table: Name, column: string, comment: string | null): string {
  return `comment on column ${quoteQualified(table)}.${quoteName(column)} is ${literal(comment)}`;
}

/** For people and for consent: `users.nickname`. */
export function columnPath(table: Name, column: string): string {
  return `${showName(table)}.${column}`;
}
