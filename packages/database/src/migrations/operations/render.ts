import { DefinitionError } from "../../errors.ts";
import { templateText } from "../../query/sql.ts";
import { quoteList, quoteName, quoteQualified } from "./identifier.ts";
import type { ColumnDefinition, Operations } from "./operations.ts";
import type { Statement } from "./step.ts";

/** How each operation reads in SQL. A new operation is a method of {@link Operations} and an entry here. */
export const RENDER: { readonly [Name in keyof Operations]: (...given: Parameters<Operations[Name]>) => Statement } = {
  createTable(name, { columns, primaryKey }) {
    const lines = Object.entries(columns).map(([column, definition]) => columnClause(column, definition));
    if (primaryKey !== undefined) lines.push(`primary key (${quoteList(primaryKey)})`);
    return ddl(`create table ${quoteQualified(name)} (\n  ${lines.join(",\n  ")}\n)`);
  },

  dropTable(name) {
    return ddl(`drop table ${quoteQualified(name)}`);
  },

  addColumn(table, name, column) {
    return alterTable(table, `add column ${columnClause(name, column)}`);
  },

  dropColumn(table, name) {
    return alterTable(table, `drop column ${quoteName(name)}`);
  },

  alterColumn(table, name, { type, using, nullable, default: fallback }) {
    const actions: string[] = [];
    if (type !== undefined) actions.push(`type ${type}${using === undefined ? "" : ` using ${using}`}`);
    if (fallback !== undefined) actions.push(fallback === null ? "drop default" : `set default ${fallback}`);
    if (nullable !== undefined) actions.push(nullable ? "drop not null" : "set not null");
    if (actions.length === 0) throw new DefinitionError(`alterColumn("${table}", "${name}") changes nothing.`);
    return alterTable(table, actions.map((action) => `alter column ${quoteName(name)} ${action}`).join(", "));
  },

  createIndex(name, table, columns, { unique = false, method, where } = {}) {
    const kind = unique ? "unique index" : "index";
    const using = method === undefined ? "" : ` using ${quoteName(method)}`;
    const predicate = where === undefined ? "" : ` where ${where}`;
    return ddl(
      `create ${kind} ${quoteName(name)} on ${quoteQualified(table)}${using} (${quoteList(columns)})${predicate}`,
    );
  },

  dropIndex(name) {
    return ddl(`drop index ${quoteQualified(name)}`);
  },

  createUniqueConstraint(name, table, columns) {
    return addConstraint(table, name, `unique (${quoteList(columns)})`);
  },

  createCheckConstraint(name, table, condition) {
    return addConstraint(table, name, `check (${condition})`);
  },

  createForeignKey(name, table, columns, referencedTable, referencedColumns, { onDelete, onUpdate } = {}) {
    const target = `${quoteQualified(referencedTable)} (${quoteList(referencedColumns)})`;
    const actions = [
      onDelete === undefined ? "" : ` on delete ${onDelete}`,
      onUpdate === undefined ? "" : ` on update ${onUpdate}`,
    ];
    return addConstraint(table, name, `foreign key (${quoteList(columns)}) references ${target}${actions.join("")}`);
  },

  dropConstraint(name, table) {
    return alterTable(table, `drop constraint ${quoteName(name)}`);
  },

  sql(text, ...values) {
    if (!Array.isArray(text))
      throw new DefinitionError("op.sql is a template tag: op.sql`select 1`, without parentheses.");
    const statement = templateText(text)
      .reduce((before, part, index) => `${before}$${index}${part}`)
      .trim();
    if (TRANSACTION_CONTROL.test(statement)) {
      throw new DefinitionError(
        "A revision runs in a transaction of the runner's, together with its version row; it must not begin or end one.",
      );
    }
    return { text: statement, values };
  },
};

/** A statement that would end the runner's transaction; comments before it are skipped. */
const TRANSACTION_CONTROL =
  /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*(?:begin|start\s+transaction|commit|end|abort|rollback(?!\s+(?:work\s+|transaction\s+)?to)|prepare\s+transaction)\b/i;

const COLUMN_KEYS = ["type", "nullable", "default"];

/** Revision files are run without a type check, so what a compiler would have said is said here. */
function columnClause(name: string, definition: ColumnDefinition): string {
  const { type, nullable = false, default: fallback } = definition;
  const unknown = Object.keys(definition).filter((key) => !COLUMN_KEYS.includes(key));
  if (unknown.length > 0 || typeof type !== "string") {
    const problem = unknown.length > 0 ? `takes ${COLUMN_KEYS.join(", ")}, not ${unknown.join(", ")}` : "has no type";
    throw new DefinitionError(`Column "${name}" ${problem}.`);
  }
  return [quoteName(name), type, fallback === undefined ? "" : `default ${fallback}`, nullable ? "" : "not null"]
    .filter((part) => part !== "")
    .join(" ");
}

function addConstraint(table: string, name: string, definition: string): Statement {
  return alterTable(table, `add constraint ${quoteName(name)} ${definition}`);
}

function alterTable(table: string, action: string): Statement {
  return ddl(`alter table ${quoteQualified(table)} ${action}`);
}

function ddl(text: string): Statement {
  return { text, values: [] };
}
