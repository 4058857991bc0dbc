import type { ColumnText } from "../../locks/column-definition.ts";
import { type Found, type LintedStatement, propose, quoted, type Rule } from "../rule.ts";

/** A rule on the columns that a statement adds, to new tables too: what they are is easy to change only now. */
function onColumns(
  find: (column: ColumnText, statement: LintedStatement) => Omit<Found, "table"> | undefined,
): Rule["check"] {
  return (statement) => {
    const { verb, name, actions } = statement.read;
    if (verb !== "create table" && verb !== "alter table") return [];
    return actions.flatMap((action) => {
      const column =
        action.kind === "add column"
          ? action.column
          : action.kind === "alter type"
            ? changed(action.name, action.type)
            : undefined;
      const found = column === undefined ? undefined : find(column, statement);
      return found === undefined ? [] : [{ table: name, ...found }];
    });
  };
}

function changed(name: string, type: string): ColumnText {
  return { name, type, isNotNull: false, isIdentity: false, isStored: false, isUnique: false, isPrimary: false };
}

function typed(statement: LintedStatement, column: string, type: string): string {
  return propose(statement, `${column}: { type: ${quoted(type)} }`, `${column} ${type}`);
}

export const TYPE_RULES: readonly Rule[] = [
  {
    id: "prefer-jsonb",
    regardless: true,
    severity: "warning",
    title: "json has no equality and no index",
    check: onColumns(({ name, type }, statement) =>
      /^json(?:\[\])*$/i.test(type)
        ? {
            message: `${name} is json, which has no equality: DISTINCT, GROUP BY and UNION over it fail, and it cannot be indexed.`,
            rewrite: typed(statement, name, type.replace(/json/i, "jsonb")),
          }
        : undefined,
    ),
  },
  {
    id: "prefer-text",
    regardless: true,
    severity: "warning",
    title: "a length that is part of a type is hard to change",
    check: onColumns(({ name, type }, statement) =>
      /^(?:varchar|character varying|char|character|bpchar)(?:\s*\(|$)/i.test(type) &&
      !/^(?:varchar|character varying)$/i.test(type)
        ? {
            message: /^(?:char|character|bpchar)\b(?! varying)/i.test(type)
              ? `${name} is ${type}, which is filled up with spaces and ignores them when it is compared.`
              : `${name} is ${type}: a shorter limit writes the table anew, where a check can be validated without a lock.`,
            rewrite: `${typed(statement, name, "text")}, and a check of its length`,
          }
        : undefined,
    ),
  },
  {
    id: "prefer-timestamptz",
    regardless: true,
    severity: "warning",
    title: "a timestamp without time zone is no moment",
    check: onColumns(({ name, type }, statement) =>
      /^timestamp\s*(?:\(\d\))?(?:\s+without\s+time\s+zone)?(?:\[\])*$/i.test(type)
        ? {
            message: `${name} is ${type}: which moment it is depends on the zone of whoever reads it.`,
            rewrite: typed(statement, name, "timestamptz"),
          }
        : undefined,
    ),
  },
  {
    id: "prefer-bigint-key",
    regardless: true,
    severity: "warning",
    title: "a key of four bytes is used up after two thousand million rows",
    check: onColumns((column, statement) => {
      const { name, type, isPrimary, isIdentity } = column;
      const counts = isIdentity || /serial/i.test(type);
      const isKey = isPrimary || counts || inPrimaryKey(statement, name);
      if (!isKey || !/^(?:int|int2|int4|integer|smallint|serial|serial2|serial4|smallserial)$/i.test(type))
        return undefined;
      return {
        message: `${name} is ${type}, which is used up after ${/small|2/i.test(type) ? "32,767" : "2,147,483,647"} rows; a change of type then writes the table anew.`,
        rewrite: typed(statement, name, "bigint"),
      };
    }),
  },
  {
    id: "prefer-identity",
    regardless: true,
    severity: "warning",
    title: "a serial column is not what it seems",
    check: onColumns(({ name, type }, statement) =>
      /^(?:small|big)?serial[248]?$/i.test(type)
        ? {
            message: `${name} is ${type}: its sequence has privileges of its own, and can be bypassed by an INSERT.`,
            rewrite: propose(
              statement,
              `${name}: { type: "bigint", identity: "always" }`,
              `${name} bigint generated always as identity`,
            ),
          }
        : undefined,
    ),
  },
];

function inPrimaryKey({ read: { actions } }: LintedStatement, column: string): boolean {
  return actions.some(
    (action) =>
      action.kind === "add constraint" &&
      action.type === "primary key" &&
      action.columns.length === 1 &&
      action.columns[0] === column,
  );
}
