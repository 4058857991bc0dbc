import { DefinitionError } from "../../errors.ts";
import { bareOf, type Name, quoteBare, quoteName, quoteQualified, renamed, showName } from "./identifier.ts";
import {
  checkOptions,
  definition,
  either,
  flag,
  object,
  oneOf,
  type Parameters,
  parameterList,
  type Shape,
  text,
} from "./options.ts";
import { type Renderers, when } from "./rendered.ts";
import { type TableDefinition, tableStatements } from "./table-clause.ts";

/** What can be different about a table as a whole; what is absent stays. */
export interface TableChanges {
  /** Storage parameters; null takes one away. */
  readonly with?: Readonly<Record<string, string | number | boolean | null>> | undefined;
  readonly unlogged?: boolean | undefined;
  /** Moves the table, which rewrites it. */
  readonly tablespace?: string | undefined;
  /** What logical replication sends of an old row: its primary key, all of it, nothing, or an index's columns. */
  readonly replicaIdentity?: "default" | "full" | "nothing" | { readonly index: string } | undefined;
}

export interface TableOperations {
  /** CREATE TABLE, and COMMENT where it or a column has one. */
  createTable(name: Name, table: TableDefinition): void;
  /** DROP TABLE. `cascade` drops what depends on it too. `was`: its definition. */
  dropTable(
    name: Name,
    options?: { readonly cascade?: boolean | undefined; readonly was?: TableDefinition | undefined },
  ): void;
  /** ALTER TABLE … RENAME TO. It stays in its schema. */
  renameTable(name: Name, to: Name): void;
  /** ALTER TABLE … SET (…), RESET (…), SET LOGGED, SET TABLESPACE, REPLICA IDENTITY. `was`: the same as it was. */
  alterTable(name: Name, changes: TableChanges & { readonly was?: TableChanges | undefined }): void;
}

const CHANGES: Shape<TableChanges & { was?: TableChanges }> = {
  with: object,
  unlogged: flag,
  tablespace: text,
  replicaIdentity: either(oneOf("default", "full", "nothing"), object),
  was: definition,
};

export const TABLE: Renderers<TableOperations> = {
  createTable(name, table) {
    return {
      subject: showName(name),
      statements: tableStatements(name, table),
      reverse: (op) => op.dropTable(name, { was: table }),
    };
  },

  dropTable(name, options = {}) {
    const { cascade, was } = checkOptions("It", options, { cascade: flag, was: definition });
    return {
      subject: showName(name),
      statements: [`drop table ${quoteQualified(name)}${when(cascade, "cascade")}`],
      losses: [{ object: showName(name), table: name, reason: "drops the table" }],
      reverse: was === undefined ? undefined : (op) => op.createTable(name, was),
    };
  },

  renameTable(name, to) {
    return {
      subject: showName(name),
      statements: [`alter table ${quoteQualified(name)} rename to ${quoteBare(to)}`],
      reverse: (op) => op.renameTable(renamed(name, to), bareOf(name)),
    };
  },

  alterTable(name, changes) {
    const { was, ...now } = checkOptions("It", changes, CHANGES);
    const actions = tableActions(now);
    if (actions.length === 0) throw new DefinitionError("It changes nothing.");
    return {
      subject: showName(name),
      statements: actions.map((action) => `alter table ${quoteQualified(name)} ${action}`),
      reverse: was === undefined ? undefined : (op) => op.alterTable(name, { ...before(now, was), was: now }),
    };
  },
};

function tableActions({ with: parameters, unlogged, tablespace, replicaIdentity }: TableChanges): string[] {
  const actions = parameters === undefined ? [] : parameterActions(parameters);
  if (unlogged !== undefined) actions.push(unlogged ? "set unlogged" : "set logged");
  if (tablespace !== undefined) actions.push(`set tablespace ${quoteName(tablespace)}`);
  if (typeof replicaIdentity === "object") {
    actions.push(`replica identity using index ${quoteName(replicaIdentity.index)}`);
  } else if (replicaIdentity !== undefined) actions.push(`replica identity ${replicaIdentity}`);
  return actions;
}

/** SET and RESET of storage parameters, for tables, indexes and views. */
export function parameterActions(parameters: Readonly<Record<string, string | number | boolean | null>>): string[] {
  const set = Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== null)) as Parameters;
  const reset = Object.keys(parameters).filter((key) => parameters[key] === null);
  return [
    ...(Object.keys(set).length === 0 ? [] : [`set (${parameterList(set)})`]),
    ...(reset.length === 0 ? [] : [`reset (${reset.map((key) => quoteQualified(key)).join(", ")})`]),
  ];
}

/** @throws {DefinitionError} when `was` leaves out what is changed. */
export function before<Changes extends object>(now: Changes, was: Changes): Changes {
  const missing = Object.keys(now).filter((key) => !(key in was) && now[key as keyof Changes] !== undefined);
  if (missing.length > 0) throw new DefinitionError(`Its was does not say what ${missing.join(", ")} was.`);
  return Object.fromEntries(Object.entries(was).filter(([key]) => key in now)) as Changes;
}
