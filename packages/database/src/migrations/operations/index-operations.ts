import { DefinitionError } from "../../errors.ts";
import { bareOf, type Name, quoteBare, quoteQualified, renamed, schemaOf, showName } from "./identifier.ts";
import { INDEX, type IndexDefinition, type IndexKey, type IndexOptions, indexSql } from "./index-clause.ts";
import { checkOptions, definition, flag, object, type Shape, text } from "./options.ts";
import { type Renderers, when } from "./rendered.ts";
import { before, parameterActions } from "./table.ts";

interface Concurrently {
  /** Without locking writers out, and outside a transaction. Default: false. */
  readonly concurrently?: boolean | undefined;
}

/** What ALTER INDEX changes; what is left out stays. */
export interface IndexChanges {
  /** Storage parameters; null takes one away. */
  readonly with?: Readonly<Record<string, string | number | boolean | null>> | undefined;
  /** Moves the index. */
  readonly tablespace?: string | undefined;
}

export interface IndexOperations {
  /** CREATE INDEX. It lies in the schema of its table. A key is a column, or `{ column | expression, order, nulls, … }`. */
  createIndex(name: Name, table: Name, keys: readonly IndexKey[], options?: IndexOptions & Concurrently): void;
  /** DROP INDEX. The name may have a schema. `was`: `{ table, keys, unique, … }`. */
  dropIndex(
    name: Name,
    options?: Concurrently & { readonly cascade?: boolean | undefined; readonly was?: IndexDefinition | undefined },
  ): void;
  /** ALTER INDEX … RENAME TO. */
  renameIndex(name: Name, to: Name): void;
  /** ALTER INDEX … SET (…), RESET (…), SET TABLESPACE. `was`: the same as it was. */
  alterIndex(name: Name, changes: IndexChanges & { readonly was?: IndexChanges | undefined }): void;
  /** ALTER INDEX … ATTACH PARTITION: the index of a partition becomes part of its table's. Nothing detaches it. */
  attachIndex(name: Name, partitionIndex: Name): void;
  /** REINDEX. There is nothing to take back. */
  reindex(target: "index" | "table" | "schema", name: Name, options?: Concurrently): void;
}

const CREATE: Shape<IndexOptions & Concurrently> = { ...INDEX, concurrently: flag };
const CHANGES: Shape<IndexChanges & { was?: IndexChanges }> = { with: object, tablespace: text, was: definition };

export const INDEX_OPERATIONS: Renderers<IndexOperations> = {
  createIndex(name, table, keys, options = {}) {
    const { concurrently = false, ...rest } = checkOptions("It", options, CREATE);
    const was: IndexDefinition = { ...rest, table, keys };
    const text = (index: string, on: string): string => indexSql([index], { ...was, table: on }, false);
    const schema = schemaOf(table);
    const [index = ""] = [bareOf(name)].flat();
    return {
      subject: showName(name),
      statements: [indexSql(name, was, concurrently)],
      reverse: (op) => op.dropIndex(renamed(table, name), { ...concurrent(concurrently), was }),
      recovery: concurrently
        ? {
            kind: "createIndex",
            ...(schema === undefined ? {} : { schema }),
            index,
            table: quoteQualified(table),
            text,
          }
        : undefined,
    };
  },

  dropIndex(name, options = {}) {
    const shape = { concurrently: flag, cascade: flag, was: definition };
    const { concurrently = false, cascade, was } = checkOptions("It", options, shape);
    const sql = (exists: string): string =>
      `drop index${when(concurrently, "concurrently")}${exists} ${quoteQualified(name)}${when(cascade, "cascade")}`;
    return {
      subject: showName(name),
      statements: [sql("")],
      reverse: was === undefined ? undefined : (op) => createAgain(op, name, was, concurrently),
      recovery: concurrently ? { kind: "dropIndex", text: sql(" if exists") } : undefined,
    };
  },

  renameIndex(name, to) {
    return {
      subject: showName(name),
      statements: [`alter index ${quoteQualified(name)} rename to ${quoteBare(to)}`],
      reverse: (op) => op.renameIndex(renamed(name, to), bareOf(name)),
    };
  },

  alterIndex(name, changes) {
    const { was, ...now } = checkOptions("It", changes, CHANGES);
    const actions = now.with === undefined ? [] : parameterActions(now.with);
    if (now.tablespace !== undefined) actions.push(`set tablespace ${quoteBare([now.tablespace])}`);
    if (actions.length === 0) throw new DefinitionError("It changes nothing.");
    return {
      subject: showName(name),
      statements: actions.map((action) => `alter index ${quoteQualified(name)} ${action}`),
      reverse: was === undefined ? undefined : (op) => op.alterIndex(name, { ...before(now, was), was: now }),
    };
  },

  attachIndex(name, partitionIndex) {
    return {
      subject: showName(name),
      statements: [`alter index ${quoteQualified(name)} attach partition ${quoteQualified(partitionIndex)}`],
    };
  },

  reindex(target, name, options = {}) {
    if (!["index", "table", "schema"].includes(target)) {
      throw new DefinitionError('It begins with what is indexed anew: "index", "table" or "schema".');
    }
    const { concurrently = false } = checkOptions("It", options, { concurrently: flag });
    const quoted = target === "schema" ? quoteBare(name) : quoteQualified(name);
    return {
      subject: `${target} ${showName(name)}`,
      statements: [`reindex ${target}${when(concurrently, "concurrently")} ${quoted}`],
      reverse: () => {},
      recovery: concurrently || target === "schema" ? { kind: "reindex", target, name: quoted } : undefined,
    };
  },
};

type Create = { createIndex: IndexOperations["createIndex"] };

function createAgain(op: Create, name: Name, was: IndexDefinition, concurrently: boolean): void {
  if (typeof was !== "object" || was.table === undefined) {
    throw new DefinitionError("Its was has no table; it is { table, keys } and the index's options.");
  }
  const { table, keys, ...options } = was;
  op.createIndex(bareOf(name), table, keys, { ...options, ...concurrent(concurrently) });
}

function concurrent(concurrently: boolean): Concurrently {
  return concurrently ? { concurrently } : {};
}
