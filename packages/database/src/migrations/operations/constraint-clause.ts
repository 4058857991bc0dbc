import { DefinitionError } from "../../errors.ts";
import type { Deferrable, ReferenceAction } from "../../model/constraints.ts";
import { type Name, quoteList, quoteName, quoteQualified } from "./identifier.ts";
import { type IndexKey, keyClause } from "./index-clause.ts";
import {
  checkOptions,
  checkSql,
  deferrable,
  flag,
  list,
  name,
  names,
  object,
  oneOf,
  type Parameters,
  parameterList,
  type Shape,
  text,
} from "./options.ts";
import { when } from "./rendered.ts";

/** A primary key or a unique constraint besides its columns. */
export interface KeyConstraintOptions {
  /** Columns stored beside the key in its index. */
  readonly include?: readonly string[] | undefined;
  /** Default: it is checked at once and cannot be deferred. */
  readonly deferrable?: Deferrable | undefined;
  /** Storage parameters of its index: `{ fillfactor: 70 }`. */
  readonly with?: Parameters | undefined;
}

/** Options of a unique constraint. */
export interface UniqueOptions extends KeyConstraintOptions {
  /** Whether two NULLs are the same. Default: false. */
  readonly nullsNotDistinct?: boolean | undefined;
}

/** Options of a check. */
export interface CheckOptions {
  /** Rows that are there are not looked at until `validateConstraint`. Default: false. */
  readonly notValid?: boolean | undefined;
  /** Tables that inherit from this one do not get it. Default: false. */
  readonly noInherit?: boolean | undefined;
}

/** Options of a foreign key. */
export interface ForeignKeyOptions {
  /** Default: no action, which refuses to delete a row that is referred to. */
  readonly onDelete?: ReferenceAction | undefined;
  /** Of the columns, those that `set null` or `set default` sets; default: all. */
  readonly onDeleteColumns?: readonly string[] | undefined;
  /** Default: no action. */
  readonly onUpdate?: ReferenceAction | undefined;
  /** Whether a key of which a part is NULL refers to nothing, or is refused. Default: simple. */
  readonly match?: "simple" | "full" | undefined;
  /** Default: it is checked at the end of each statement and cannot be deferred. */
  readonly deferrable?: Deferrable | undefined;
  /** Rows that are there are not looked at until `validateConstraint`. Default: false. */
  readonly notValid?: boolean | undefined;
}

/** Options of an exclusion constraint. */
export interface ExclusionOptions {
  /** The access method of its index. PostgreSQL's default is btree; ranges need gist. */
  readonly method?: string | undefined;
  readonly include?: readonly string[] | undefined;
  /** Only rows for which this is true exclude each other. In SQL. */
  readonly where?: string | undefined;
  readonly deferrable?: Deferrable | undefined;
  readonly with?: Parameters | undefined;
}

/** What is compared, and with which operator: `{ column: "period", operator: "&&" }`. */
export type ExclusionElement = Exclude<IndexKey, string> & { readonly operator: string };

/** A primary key that is to be added. */
export interface PrimaryKeyDefinition extends KeyConstraintOptions {
  readonly columns: readonly string[];
}
/** A unique constraint that is to be added. */
export interface UniqueDefinition extends UniqueOptions {
  readonly columns: readonly string[];
}
/** A check that is to be added. */
export interface CheckDefinition extends CheckOptions {
  /** In SQL, true or NULL for every row. */
  readonly expression: string;
}
/** A foreign key that is to be added. */
export interface ForeignKeyDefinition extends ForeignKeyOptions {
  readonly columns: readonly string[];
  /** Without columns: the primary key. */
  readonly target: { readonly table: Name; readonly columns?: readonly string[] | undefined };
}
/** An exclusion constraint that is to be added. */
export interface ExclusionDefinition extends ExclusionOptions {
  readonly elements: readonly ExclusionElement[];
}

/** A constraint of a table, one key of these. Columns or an expression alone stand for a definition without options. */
export type ConstraintDefinition =
  | { readonly primaryKey: readonly string[] | PrimaryKeyDefinition }
  | { readonly unique: readonly string[] | UniqueDefinition }
  | { readonly check: string | CheckDefinition }
  | { readonly foreignKey: ForeignKeyDefinition }
  | { readonly exclusion: ExclusionDefinition };

const KEY: Shape<PrimaryKeyDefinition> = { columns: names, include: names, deferrable, with: object };
const UNIQUE: Shape<UniqueDefinition> = { ...KEY, nullsNotDistinct: flag };
const CHECK: Shape<CheckDefinition> = { expression: text, notValid: flag, noInherit: flag };
const ACTION = oneOf("no action", "restrict", "cascade", "set null", "set default");
const FOREIGN_KEY: Shape<ForeignKeyDefinition> = {
  columns: names,
  target: object,
  onDelete: ACTION,
  onDeleteColumns: names,
  onUpdate: ACTION,
  match: oneOf("simple", "full"),
  deferrable,
  notValid: flag,
};
const EXCLUSION: Shape<ExclusionDefinition> = {
  elements: list,
  method: text,
  include: names,
  where: text,
  deferrable,
  with: object,
};

/** What comes after CONSTRAINT and its name (PostgreSQL, "CREATE TABLE"). */
export function constraintClause(what: string, constraint: ConstraintDefinition): string {
  if ("primaryKey" in constraint) return primaryKeyClause(what, constraint.primaryKey);
  if ("unique" in constraint) return uniqueClause(what, constraint.unique);
  if ("check" in constraint) return checkClause(what, constraint.check);
  if ("foreignKey" in constraint) return foreignKeyClause(what, constraint.foreignKey);
  if ("exclusion" in constraint) return exclusionClause(what, constraint.exclusion);
  throw new DefinitionError(`${what} is none of primaryKey, unique, check, foreignKey, exclusion.`);
}

function primaryKeyClause(what: string, given: readonly string[] | PrimaryKeyDefinition): string {
  const { columns, ...options } = checkOptions(what, withColumns<PrimaryKeyDefinition>(given), KEY, ["columns"]);
  return `primary key (${quoteList(columns)})${keyClauses(options)}`;
}

function uniqueClause(what: string, given: readonly string[] | UniqueDefinition): string {
  const definition = checkOptions(what, withColumns<UniqueDefinition>(given), UNIQUE, ["columns"]);
  const { columns, nullsNotDistinct, ...options } = definition;
  return `unique${when(nullsNotDistinct, "nulls not distinct")} (${quoteList(columns)})${keyClauses(options)}`;
}

function checkClause(what: string, given: string | CheckDefinition): string {
  const definition = typeof given === "string" ? { expression: given } : given;
  const { expression, noInherit, notValid } = checkOptions(what, definition, CHECK, ["expression"]);
  const sql = checkSql(`${what}: its expression`, expression);
  return `check (${sql})${when(noInherit, "no inherit")}${when(notValid, "not valid")}`;
}

function foreignKeyClause(what: string, given: ForeignKeyDefinition): string {
  const definition = checkOptions(what, given, FOREIGN_KEY, ["columns", "target"]);
  const { columns, onDelete, onDeleteColumns, onUpdate, match, deferrable: kind, notValid } = definition;
  const target = checkOptions(`The target of ${what}`, definition.target, { table: name, columns: names }, ["table"]);
  const referenced = target.columns === undefined ? "" : ` (${quoteList(target.columns)})`;
  const set = onDeleteColumns === undefined ? "" : ` (${quoteList(onDeleteColumns)})`;
  return (
    `foreign key (${quoteList(columns)}) references ${quoteQualified(target.table)}${referenced}` +
    when(match, `match ${match}`) +
    when(onDelete, `on delete ${onDelete}${set}`) +
    when(onUpdate, `on update ${onUpdate}`) +
    when(kind, `deferrable ${kind}`) +
    when(notValid, "not valid")
  );
}

function exclusionClause(what: string, given: ExclusionDefinition): string {
  const { elements, method, where, ...options } = checkOptions(what, given, EXCLUSION, ["elements"]);
  const compared = elements.map((element) => {
    const { operator, ...key } = element;
    return `${keyClause(what, key as IndexKey)} with ${checkSql(`${what}: an operator`, operator)}`;
  });
  const { deferrable: kind, ...stored } = options;
  return (
    `exclude${method === undefined ? "" : ` using ${quoteName(method)}`} (${compared.join(", ")})` +
    keyClauses(stored) +
    when(where, `where (${where})`) +
    when(kind, `deferrable ${kind}`)
  );
}

function keyClauses({ include, with: parameters, deferrable: kind }: KeyConstraintOptions): string {
  return (
    (include === undefined ? "" : ` include (${quoteList(include)})`) +
    (parameters === undefined ? "" : ` with (${parameterList(parameters)})`) +
    when(kind, `deferrable ${kind}`)
  );
}

function withColumns<Definition>(given: readonly string[] | Definition): Definition {
  return (Array.isArray(given) ? { columns: given } : given) as Definition;
}
