import { DefinitionError } from "../../errors.ts";
import type { KeyOptions } from "../../model/index-definition.ts";
import { type Name, quoteBare, quoteCollation, quoteList, quoteName, quoteQualified } from "./identifier.ts";
import {
  checkOptions,
  flag,
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

/** A column's name, or a column or an expression with what is to be said of it (PostgreSQL, "CREATE INDEX"). */
export type IndexKey =
  | string
  | (KeyOptions & { readonly column: string; readonly expression?: undefined })
  | (KeyOptions & { readonly expression: string; readonly column?: undefined });

/** Options of CREATE INDEX. */
export interface IndexOptions {
  /** Default: false. */
  readonly unique?: boolean | undefined;
  /** btree, the default, hash, gin, gist, spgist, brin, or one that an extension brings. */
  readonly method?: string | undefined;
  /** Columns stored beside the keys. */
  readonly include?: readonly string[] | undefined;
  /** Whether a unique index takes two NULLs for the same. Default: false. */
  readonly nullsNotDistinct?: boolean | undefined;
  /** Only rows for which this is true are indexed. In SQL. */
  readonly where?: string | undefined;
  /** Storage parameters: `{ fillfactor: 70 }`. */
  readonly with?: Parameters | undefined;
  readonly tablespace?: string | undefined;
  /** Of a partitioned table alone, not of its partitions; `attachIndex` adds theirs. Default: false. */
  readonly only?: boolean | undefined;
}

/** An index as it is: what takes back that it was dropped. */
export interface IndexDefinition extends IndexOptions {
  readonly table: Name;
  readonly keys: readonly IndexKey[];
}

type KeyShape = KeyOptions & { readonly column?: string | undefined; readonly expression?: string | undefined };

const KEY: Shape<KeyShape> = {
  column: text,
  expression: text,
  order: oneOf("asc", "desc"),
  nulls: oneOf("first", "last"),
  opclass: text,
  collation: name,
};

export const INDEX: Shape<IndexOptions> = {
  unique: flag,
  method: text,
  include: names,
  nullsNotDistinct: flag,
  where: text,
  with: object,
  tablespace: text,
  only: flag,
};

/** The statement that makes an index. `concurrently` is no part of what it is then. */
export function indexSql(index: Name, definition: IndexDefinition, concurrently: boolean): string {
  const {
    table,
    keys,
    unique,
    method,
    include,
    nullsNotDistinct,
    where,
    with: parameters,
    tablespace,
    only,
  } = definition;
  if (!Array.isArray(keys) || keys.length === 0) {
    throw new DefinitionError(
      `The list of columns is ${Array.isArray(keys) ? "empty" : "no array"}: an index has an array of columns or expressions.`,
    );
  }
  return (
    `create${when(unique, "unique")} index${when(concurrently, "concurrently")} ${quoteBare(index)} ` +
    `on ${only ? "only " : ""}${quoteQualified(table)}` +
    (method === undefined ? "" : ` using ${quoteName(method)}`) +
    ` (${keys.map((key) => keyClause("A key of it", key)).join(", ")})` +
    (include === undefined ? "" : ` include (${quoteList(include)})`) +
    when(nullsNotDistinct, "nulls not distinct") +
    (parameters === undefined ? "" : ` with (${parameterList(parameters)})`) +
    (tablespace === undefined ? "" : ` tablespace ${quoteName(tablespace)}`) +
    when(where, `where ${where}`)
  );
}

/** One key of an index or an exclusion constraint. */
export function keyClause(what: string, key: IndexKey): string {
  if (typeof key === "string") return quoteName(key);
  const { column, expression, order, nulls, opclass, collation } = checkOptions<KeyShape>(what, key, KEY);
  if ((column === undefined) === (expression === undefined)) {
    throw new DefinitionError(`${what} needs a column or an expression, and one of them.`);
  }
  return (
    (column === undefined ? `(${expression})` : quoteName(column)) +
    (collation === undefined ? "" : ` collate ${quoteCollation(collation)}`) +
    when(opclass, opclass ?? "") +
    when(order, order ?? "") +
    when(nulls, `nulls ${nulls}`)
  );
}
