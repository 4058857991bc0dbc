import { isAtLeast } from "../../locks/lock-mode.ts";
import {
  changesSchema,
  isNew,
  known,
  type LintedStatement,
  onAction,
  onVerb,
  propose,
  quoted,
  type Rule,
} from "../rule.ts";

export const TABLE_RULES: readonly Rule[] = [
  {
    id: "rename-column",
    regardless: true,
    severity: "error",
    title: "a column gets another name, by which running programs do not know it",
    check: onAction("rename column", ({ name, to }, statement) => {
      const table = statement.read.name;
      if (known(statement, table)?.kind === "view") return undefined;
      return {
        table,
        message: `Programs that run now read and write ${table}.${name}, and fail from then on; those that know ${to} fail until then.`,
        rewrite: propose(
          statement,
          `op.addColumn(${quoted(table)}, ${quoted(to)}, { …, nullable: true }); write both (a trigger), op.fillColumn(${quoted(table)}, ${quoted(to)}, ${quoted(name)}), read the new one, and op.dropColumn(${quoted(table)}, ${quoted(name)}) when nobody uses it`,
          `alter table ${table} add column ${to} …; write both (a trigger), fill it in batches, read the new one, and drop ${name} when nobody uses it`,
        ),
      };
    }),
  },
  {
    id: "rename-table",
    regardless: true,
    severity: "error",
    title: "a table gets another name or schema, by which running programs do not know it",
    check: (statement) => {
      const { read } = statement;
      if (read.verb !== "alter table" || isNew(statement, read.name)) return [];
      const to = read.actions.flatMap((action) =>
        action.kind === "rename" || action.kind === "set schema"
          ? [action.kind === "rename" ? action.to : `${action.to}.${read.name.split(".").at(-1)}`]
          : [],
      )[0];
      if (to === undefined) return [];
      return [
        {
          table: read.name,
          message: `Programs that run now use ${read.name}, and fail from then on.`,
          rewrite: propose(
            statement,
            `after it op.createView(${quoted(read.name)}, "select * from ${to}") in the same transaction, and drop the view when nobody uses the old name`,
            `after it create view ${read.name} as select * from ${to} in the same transaction, and drop the view when nobody uses the old name`,
          ),
        },
      ];
    },
  },
  {
    id: "drop-column",
    regardless: true,
    severity: "warning",
    title: "a column is dropped that running programs may use",
    check: onAction("drop column", ({ name }, statement) => ({
      table: statement.read.name,
      message: `Programs that run now and name ${statement.read.name}.${name} fail from then on, and its data is gone.`,
      rewrite: "first deploy programs that do not name it, then drop it in a revision that is applied after them",
    })),
  },
  {
    id: "drop-table",
    regardless: true,
    severity: "warning",
    title: "a table is dropped that running programs may use",
    check: onVerb("drop table", (statement) => {
      const old = statement.read.names.filter((name) => !isNew(statement, name));
      if (old.length === 0) return undefined;
      return {
        table: old[0],
        message: `Programs that run now and use ${old.join(", ")} fail from then on, and the data is gone. Tables that its foreign keys refer to are locked, too.`,
        rewrite:
          "first deploy programs that do not use it, then drop it in a revision that is applied after them; drop its foreign keys one by one before it",
      };
    }),
  },
  {
    id: "drop-schema",
    regardless: true,
    severity: "warning",
    title: "a schema is dropped",
    check: onVerb("drop schema", ({ read: { names, isCascade } }) => ({
      message: isCascade
        ? `All that is in ${names.join(", ")} is gone.`
        : `Programs that have ${names.join(", ")} in their search path or name it fail from then on.`,
      rewrite: "drop what is in it by name, and the schema last",
    })),
  },
  {
    id: "drop-cascade",
    regardless: true,
    severity: "error",
    title: "CASCADE drops what is not named",
    check: ({ sql, read: { verb } }) => {
      const drops = verb.startsWith("drop ") || (verb === "alter table" && /\bdrop\b/i.test(sql));
      if (!drops || !/\bcascade\b(?=\s*(?:,|$))/i.test(sql.trim())) return [];
      return [
        {
          message:
            "What depends on it is dropped, too, and locked for it: views, foreign keys of other tables, columns. The file does not say what.",
          rewrite: "drop what depends on it by name before it, without CASCADE",
        },
      ];
    },
  },
  {
    id: "truncate",
    severity: "error",
    title: "all rows of a table are taken away",
    check: onVerb("truncate", (statement) => {
      const { names, isCascade } = statement.read;
      const old = names.filter((name) => !isNew(statement, name));
      if (old.length === 0) return undefined;
      return {
        table: old[0],
        message: `All rows of ${old.join(", ")} are gone, and nobody can read it meanwhile.${isCascade ? " CASCADE empties all tables that refer to it." : ""}`,
        rewrite: propose(
          statement,
          "op.data with db.batches and DELETE, which others go on beside; without CASCADE",
          "delete in batches, which others go on beside; without CASCADE",
        ),
      };
    }),
  },
  {
    id: "move-table-rewrites",
    severity: "error",
    title: "a table moves to other files",
    check: (statement) => {
      const { read, facts, sql } = statement;
      if (read.verb !== "alter table" || isNew(statement, read.name)) return [];
      if (!/\bset\s+(?:tablespace|(?:un)?logged|access\s+method)\b/i.test(sql) || !facts.rewrites.includes(read.name))
        return [];
      return [
        {
          table: read.name,
          message: `All of ${read.name} is copied, and nobody can read it meanwhile.`,
          rewrite: "make another table there, write both (a trigger), copy the rows in batches, and change the names",
        },
      ];
    },
  },
  {
    id: "vacuum-full",
    severity: "error",
    title: "VACUUM FULL writes a table anew under the strongest lock",
    check: onVerb("vacuum full", ({ read: { name } }) => ({
      table: name,
      message: `All of ${name || "the database"} is written anew, and nobody can read it meanwhile.`,
      rewrite: "vacuum without FULL keeps the space for new rows; pg_repack gives it back without the lock",
    })),
  },
  {
    id: "cluster",
    severity: "error",
    title: "CLUSTER writes a table anew under the strongest lock",
    check: onVerb("cluster", (statement) => {
      const { name } = statement.read;
      if (isNew(statement, name)) return undefined;
      return {
        table: name,
        message: `All of ${name || "the database"} is written anew in the order of an index, and nobody can read it meanwhile.`,
        rewrite: "leave it out, or use pg_repack, which does it without the lock; new rows are not put in order anyhow",
      };
    }),
  },
  {
    id: "refresh-blocks-reads",
    severity: "error",
    title: "a materialized view is refreshed while nobody can read it",
    check: onVerb("refresh materialized view", (statement) => {
      const { name, isConcurrent, rest } = statement.read;
      if (isConcurrent || isNew(statement, name) || /\bno\s+data\b/i.test(rest)) return undefined;
      return {
        table: name,
        message: `The query of ${name} runs while nobody can read it.`,
        rewrite: propose(
          statement,
          `op.refreshMaterializedView(${quoted(name)}, { concurrently: true }), for which it needs a unique index`,
          `refresh materialized view concurrently ${name}, for which it needs a unique index`,
        ),
      };
    }),
  },
  {
    id: "disable-triggers",
    severity: "warning",
    title: "triggers are switched off for everybody",
    check: onAction("disable trigger", ({ name }, statement) => {
      if (name !== "all" && name !== "user") return undefined;
      const table = statement.read.name;
      return {
        table,
        message: `${name === "all" ? "Foreign keys of" : "The triggers of"} ${table} do not work for anybody until they are switched on again, and what was written meanwhile is never checked.`,
        rewrite:
          "name the trigger that is meant; or for this transaction alone: set local session_replication_role = replica",
      };
    }),
  },
  {
    id: "many-tables-locked",
    severity: "warning",
    title: "one transaction holds strong locks on several tables while it does something long",
    check: (statement) => {
      const { inTransaction, all, index } = statement;
      if (!inTransaction || index !== all.length - 1) return [];
      const strong = [...new Set(all.flatMap((one) => tablesOf(one)))];
      const long = all.find(
        (one) => changesSchema(one) && (one.facts.rewrites.length > 0 || one.facts.scans.length > 0),
      );
      if (strong.length < 3 || long === undefined) return [];
      return [
        {
          lock: "ACCESS EXCLUSIVE",
          message: `${strong.slice(0, 5).join(", ")} are all locked until the end, while ${long.facts.rewrites[0] ?? long.facts.scans[0]} is read or written through.`,
          rewrite: "a revision for each table; or `transaction = false`, so that each step lets go of its lock",
        },
      ];
    },
  },
];

function tablesOf({ facts }: LintedStatement): readonly string[] {
  return facts.locks.flatMap(({ table, mode }) => (isAtLeast(mode, "SHARE ROW EXCLUSIVE") ? [table] : []));
}
