import type { ConstraintText } from "../../locks/statement.ts";
import { array, type LintedStatement, onAction, propose, quoted, type Rule } from "../rule.ts";

const add = (
  type: ConstraintText["type"],
  find: (added: ConstraintText, statement: LintedStatement) => { message: string; rewrite: string } | undefined,
): Rule["check"] =>
  onAction("add constraint", (action, statement) => {
    const found = action.type === type ? find(action, statement) : undefined;
    return found === undefined ? undefined : { table: statement.read.name, ...found };
  });

function nameOf(statement: LintedStatement, { name, columns }: ConstraintText, end: string): string {
  return name ?? `${statement.read.name.split(".").at(-1)}_${[...columns, end].join("_")}`;
}

const LATER = "in a later transaction";

export const CONSTRAINT_RULES: readonly Rule[] = [
  {
    id: "add-check-scans",
    severity: "error",
    title: "a check is added that has the table read under the strongest lock",
    check: add("check", (added, statement) => {
      if (added.isNotValid) return undefined;
      const table = statement.read.name;
      const name = nameOf(statement, added, "check");
      return {
        message: `All of ${table} is checked, and nobody can read or write it meanwhile.`,
        rewrite: propose(
          statement,
          `op.createCheckConstraint(${quoted(name)}, ${quoted(table)}, ${quoted(added.expression)}, { notValid: true }); ${LATER} op.validateConstraint(${quoted(name)}, ${quoted(table)})`,
          `alter table ${table} add constraint ${name} check (${added.expression}) not valid; ${LATER} alter table ${table} validate constraint ${name}`,
        ),
      };
    }),
  },
  {
    id: "add-foreign-key-scans",
    severity: "error",
    title: "a foreign key is added that has both tables read while nobody can write to them",
    check: add("foreign key", (added, statement) => {
      if (added.isNotValid) return undefined;
      const table = statement.read.name;
      const { references = "the other table" } = added;
      const name = nameOf(statement, added, "fkey");
      return {
        message: `Each row of ${table} is looked up in ${references}, and nobody can write to either meanwhile.`,
        rewrite: propose(
          statement,
          `op.createForeignKey(${quoted(name)}, ${quoted(table)}, ${array(added.columns)}, ${quoted(references)}, …, { notValid: true }); ${LATER} op.validateConstraint(${quoted(name)}, ${quoted(table)})`,
          `alter table ${table} add constraint ${name} foreign key (${added.columns.join(", ")}) references ${references} not valid; ${LATER} alter table ${table} validate constraint ${name}`,
        ),
      };
    }),
  },
  {
    id: "validate-in-same-transaction",
    severity: "error",
    title: "a constraint is validated in the transaction that added it",
    check: onAction("validate constraint", ({ name }, statement) => {
      const { inTransaction, all, index, read } = statement;
      const added = all
        .slice(0, index + 1)
        .some(
          (earlier) =>
            earlier.read.verb === "alter table" &&
            earlier.read.name === read.name &&
            earlier.read.actions.some((action) => action.kind === "add constraint" && action.name === name),
        );
      if (!added || (!inTransaction && !read.actions.some((action) => action.kind === "add constraint")))
        return undefined;
      return {
        table: read.name,
        lock: "ACCESS EXCLUSIVE",
        message: `The lock of adding ${name} is held while all of ${read.name} is read: NOT VALID has won nothing.`,
        rewrite: propose(
          statement,
          `op.validateConstraint(${quoted(name)}, ${quoted(read.name)}) in a revision that follows, or \`export const transaction = false\``,
          `validate constraint ${name} in a revision that follows, or -- transaction: false`,
        ),
      };
    }),
  },
  {
    id: "add-unique-blocks",
    severity: "error",
    title: "a unique constraint builds its index under the strongest lock",
    check: add("unique", (added, statement) => {
      if (added.usingIndex !== undefined) return undefined;
      return {
        message: blocked(statement),
        rewrite: fromIndex(statement, added, "key", "createUniqueConstraint", "unique"),
      };
    }),
  },
  {
    id: "add-primary-key-blocks",
    severity: "error",
    title: "a primary key builds its index under the strongest lock",
    check: add("primary key", (added, statement) => {
      if (added.usingIndex !== undefined) return undefined;
      return {
        message: blocked(statement),
        rewrite: fromIndex(statement, added, "pkey", "createPrimaryKey", "primary key"),
      };
    }),
  },
  {
    id: "add-exclusion-blocks",
    severity: "warning",
    title: "an exclusion constraint builds its index under the strongest lock",
    check: add("exclude", (_, statement) => ({
      message: `${blocked(statement)} PostgreSQL has no other way.`,
      rewrite:
        "add it while the table is small, or in a pause; or make the table anew with it and move the rows in batches",
    })),
  },
  {
    id: "alter-domain-scans",
    severity: "error",
    title: "a check of a domain has all tables read that have a column of it",
    check: (statement) => {
      const { verb, name, rest } = statement.read;
      if (verb !== "alter domain" || /\bnot\s+valid\s*$/i.test(rest)) return [];
      if (!/^(?:add\b|set\s+not\s+null)/i.test(rest)) return [];
      return [
        {
          message: `Each table with a column of ${name} is read, and nobody can write to it meanwhile.`,
          rewrite: propose(
            statement,
            `op.addDomainCheck(…, { notValid: true }); ${LATER} op.validateDomainCheck(…)`,
            `alter domain ${name} add constraint … check (…) not valid; ${LATER} alter domain ${name} validate constraint …`,
          ),
        },
      ];
    },
  },
];

function blocked({ read: { name } }: LintedStatement): string {
  return `The index is built while nobody can read or write ${name}.`;
}

function fromIndex(
  statement: LintedStatement,
  added: ConstraintText,
  end: string,
  method: string,
  words: string,
): string {
  const table = statement.read.name;
  const name = nameOf(statement, added, end);
  return propose(
    statement,
    `op.createIndex(${quoted(name)}, ${quoted(table)}, ${array(added.columns)}, { unique: true, concurrently: true }); then op.${method}(${quoted(name)}, ${quoted(table)}, ${array(added.columns)}, { usingIndex: ${quoted(name)} })`,
    `create unique index concurrently ${name} on ${table} (${added.columns.join(", ")}); then alter table ${table} add constraint ${name} ${words} using index ${name}`,
  );
}
