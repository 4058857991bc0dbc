import { changesSchema, isNew, type LintedStatement, propose, type Rule } from "../rule.ts";

/** UPDATE and DELETE of a table that was there before. */
function changesRows(statement: LintedStatement): boolean {
  const { verb, name } = statement.read;
  return (verb === "update" || verb === "delete") && !isNew(statement, name);
}

function isProgram({ step }: LintedStatement): boolean {
  return step.kind === "data";
}

export const DATA_RULES: readonly Rule[] = [
  {
    id: "data-change-with-schema-change",
    severity: "error",
    title: "rows are changed in a transaction that holds strong locks",
    check: (statement) => {
      const { inTransaction, all, index } = statement;
      if (!inTransaction || (!changesRows(statement) && !isProgram(statement))) return [];
      const ddl = all.slice(0, index).find((earlier) => changesSchema(earlier) && earlier.facts.locks.length > 0);
      if (ddl === undefined) return [];
      const { table } = ddl.facts.locks[0]!;
      return [
        {
          table,
          lock: ddl.facts.lock,
          message: `The lock on ${table} that ${ddl.step.title} took is held until all rows are changed.`,
          rewrite: propose(
            statement,
            "change the rows in a revision of its own, or `export const transaction = false`",
            "change the rows in a revision of its own, or -- transaction: false",
          ),
        },
      ];
    },
  },
  {
    id: "unbatched-data-change",
    severity: "warning",
    title: "one statement changes rows of a whole table",
    check: (statement) => {
      if (!changesRows(statement)) return [];
      const { verb, name } = statement.read;
      return [
        {
          table: name,
          message: `All rows that it ${verb === "update" ? "changes" : "deletes"} in ${name} are locked until its transaction ends, and their old versions stay until then.`,
          rewrite:
            'op.data("…", async (db) => { await db.batches({ table, where, size: 1000 }, …) }) with `transaction = false`',
        },
      ];
    },
  },
  {
    id: "enum-value-used",
    regardless: true,
    severity: "error",
    title: "a value of an enum is used in the transaction that adds it",
    check: (statement) => {
      const { inTransaction, all, index, read } = statement;
      const value =
        read.verb === "alter type"
          ? /^add\s+value\s+(?:if\s+not\s+exists\s+)?('(?:[^']|'')*')/i.exec(read.rest)?.[1]
          : undefined;
      if (value === undefined || !inTransaction) return [];
      const user = all.slice(index + 1).find(({ sql, read: { verb } }) => verb !== "alter type" && sql.includes(value));
      if (user === undefined) return [];
      return [
        {
          message: `${user.step.title} needs ${value}, which PostgreSQL lets nobody use before the transaction that adds it has ended.`,
          rewrite: propose(
            statement,
            "use it in a later revision, or `export const transaction = false`",
            "use it in a later revision, or -- transaction: false",
          ),
        },
      ];
    },
  },
];
