import { isNew, known, onAction, propose, quoted, type Rule } from "../rule.ts";

export const PARTITION_RULES: readonly Rule[] = [
  {
    id: "detach-blocks-reads",
    severity: "error",
    title: "a partition is detached under the strongest lock on its table",
    check: onAction("detach partition", ({ name, rest }, statement) => {
      if (/^(?:concurrently|finalize)/i.test(rest)) return undefined;
      const table = statement.read.name;
      return {
        table,
        message: `Detaching waits for all queries on ${table}, and all later ones wait for it.`,
        rewrite: propose(
          statement,
          `op.detachPartition(${quoted(table)}, ${quoted(name)}, { concurrently: true })`,
          `alter table ${table} detach partition ${name} concurrently`,
        ),
      };
    }),
  },
  {
    id: "attach-scans",
    severity: "warning",
    title: "a partition is attached that has no check of its bound, so that its rows are read",
    check: onAction("attach partition", ({ name }, statement) => {
      const { facts, read } = statement;
      const scans =
        facts.scans.includes(name) || (facts.unknown.includes("scans") && known(statement, name) === undefined);
      if (isNew(statement, name) || !scans) return undefined;
      const bare = name.slice(name.lastIndexOf(".") + 1);
      return {
        table: name,
        message: `All of ${name} is read for rows that do not belong there, and nobody can use it meanwhile.`,
        rewrite: propose(
          statement,
          `before it op.createCheckConstraint("${bare}_bound", ${quoted(name)}, "<the bound, and NOT NULL>", { notValid: true }), and validate it in a later transaction`,
          `before it alter table ${name} add constraint … check (<the bound, and NOT NULL>) not valid, and validate it in a later transaction; then attach it to ${read.name}`,
        ),
      };
    }),
  },
];
