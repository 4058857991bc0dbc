import { isVolatile } from "../../locks/column-definition.ts";
import { isCheckedDomain, typeRewrites } from "../../locks/type-rewrite.ts";
import { known, type LintedStatement, onAction, propose, quoted, type Rule } from "../rule.ts";

const isSerial = (type: string): boolean => /^(?:small|big)?serial[248]?$/i.test(type);

/** First nullable, then filled in batches, then what was wanted. */
function inSteps(statement: LintedStatement, column: string, type: string): string {
  const table = statement.read.name;
  return propose(
    statement,
    `op.addColumn(${quoted(table)}, ${quoted(column)}, { type: ${quoted(type)}, nullable: true }); then op.alterColumn(${quoted(table)}, ${quoted(column)}, { default: … }); then op.fillColumn(${quoted(table)}, ${quoted(column)}, "…"), which goes in batches`,
    `alter table ${table} add column ${column} ${type}; then alter column ${column} set default …; then fill the rows in batches`,
  );
}

export const COLUMN_RULES: readonly Rule[] = [
  {
    id: "add-column-volatile-default",
    severity: "error",
    title: "a column with a default that differs from row to row has the table written anew",
    check: onAction("add column", ({ column }, statement) => {
      const { name, type } = column;
      if (column.default === undefined || isSerial(type)) return undefined;
      const volatile = isVolatile(column.default, statement.surroundings);
      if (volatile === false) return undefined;
      const why =
        volatile === true
          ? `The default of ${name} is another one for each row, so all of ${statement.read.name} is written anew; nobody can read it meanwhile.`
          : `Whether the default of ${name} calls a volatile function cannot be told; if it does, all of ${statement.read.name} is written anew.`;
      return { table: statement.read.name, message: why, rewrite: inSteps(statement, name, type) };
    }),
  },
  {
    id: "add-serial-column",
    severity: "error",
    title: "a serial or identity column has the table written anew",
    check: onAction("add column", ({ column: { name, type, isIdentity } }, statement) => {
      if (!isSerial(type) && !isIdentity) return undefined;
      const plain = /big|8/i.test(type) ? "bigint" : isSerial(type) ? "integer" : type;
      return {
        table: statement.read.name,
        message: `Each row of ${statement.read.name} gets a number of its own, so all of it is written anew; nobody can read it meanwhile.`,
        rewrite: `${inSteps(statement, name, plain)}; then NOT NULL by a check, and the identity`,
      };
    }),
  },
  {
    id: "add-generated-column",
    severity: "error",
    title: "a stored generated column has the table written anew",
    check: onAction("add column", ({ column: { name, type, isStored } }, statement) => {
      if (!isStored) return undefined;
      return {
        table: statement.read.name,
        message: `The value of ${name} is computed for each row, so all of ${statement.read.name} is written anew; nobody can read it meanwhile.`,
        rewrite: `${inSteps(statement, name, type)}, with a trigger for new rows; or a view that computes it`,
      };
    }),
  },
  {
    id: "add-required-column",
    severity: "error",
    title: "a column that must not be NULL and has no default fails where there are rows",
    check: onAction("add column", ({ column }, statement) => {
      const { name, type, isNotNull, isIdentity, isStored } = column;
      if (!isNotNull || column.default !== undefined || isIdentity || isStored || isSerial(type)) return undefined;
      const table = statement.read.name;
      return {
        table,
        message: `Rows of ${table} have no value for ${name}, so this fails where there is one; and programs that run now insert rows without it.`,
        rewrite: propose(
          statement,
          `give it a default: op.addColumn(${quoted(table)}, ${quoted(name)}, { type: ${quoted(type)}, default: … }); or nullable, filled, and then NOT NULL by a check`,
          `give it a default; or add it nullable, fill it, and set it NOT NULL by a check`,
        ),
      };
    }),
  },
  {
    id: "add-column-with-constraint",
    severity: "error",
    title: "a constraint that comes with a new column has the table read or indexed under the strongest lock",
    check: onAction("add column", ({ column }, statement) => {
      const table = statement.read.name;
      const { name, check, isUnique, isPrimary, references } = column;
      const what =
        check !== undefined
          ? "a check"
          : isUnique || isPrimary
            ? "a unique index"
            : references !== undefined
              ? "a foreign key"
              : undefined;
      if (what === undefined) return undefined;
      return {
        table,
        message: `${name} comes with ${what}, which is made while nobody can read or write ${table}.`,
        rewrite:
          "add the column alone, and the constraint after it: NOT VALID and then validated, or with an index that was built concurrently",
      };
    }),
  },
  {
    id: "add-column-checked-domain",
    severity: "error",
    title: "a column of a domain with a check has the table written anew",
    check: onAction("add column", ({ column: { name, type } }, statement) => {
      if (statement.surroundings.domains === undefined || isCheckedDomain(type, statement.surroundings) !== true)
        return undefined;
      return {
        table: statement.read.name,
        message: `${type} checks its values, so all of ${statement.read.name} is written anew for ${name}; nobody can read it meanwhile.`,
        rewrite:
          "give the column the type below the domain, and the table a check that is NOT VALID and then validated",
      };
    }),
  },
  {
    id: "set-not-null-scans",
    severity: "error",
    title: "SET NOT NULL reads the whole table under the strongest lock, where no check has proved it",
    check: onAction("set not null", ({ name }, statement) => {
      const table = statement.read.name;
      const scans = statement.facts.scans.includes(table) || known(statement, table) === undefined;
      if (!scans) return undefined;
      const check = `${table.split(".").at(-1)}_${name}_not_null`;
      return {
        table,
        message: `All of ${table} is read for a NULL in ${name}, and nobody can read or write it meanwhile.`,
        rewrite: propose(
          statement,
          `op.createCheckConstraint(${quoted(check)}, ${quoted(table)}, ${quoted(`${name} is not null`)}, { notValid: true }); op.validateConstraint(${quoted(check)}, ${quoted(table)}) in a later transaction; then this, and op.dropConstraint(${quoted(check)}, ${quoted(table)})`,
          `alter table ${table} add constraint ${check} check (${name} is not null) not valid; in a later transaction alter table ${table} validate constraint ${check}; then this, and drop constraint ${check}`,
        ),
      };
    }),
  },
  {
    id: "change-type-rewrites",
    severity: "error",
    title: "a change of type has the table written anew",
    check: onAction("alter type", (action, statement) => {
      const { name, type } = action;
      const table = statement.read.name;
      const from = known(statement, table)?.columns[name]?.type ?? typeBefore(statement);
      const rewrites = typeRewrites(from, type, action.using, name, statement.surroundings);
      const rebuilds = statement.facts.rebuilds.length > 0 && rewrites === false;
      if (rewrites === false && !rebuilds) return undefined;
      const what = rebuilds
        ? `Indexes on ${name} are built anew`
        : rewrites === true
          ? `All of ${table} is written anew`
          : `All of ${table} may be written anew, which cannot be told without the type that ${name} has`;
      return {
        table,
        message: `${what}; nobody can read or write it meanwhile.`,
        rewrite: newColumn(statement, name, type),
      };
    }),
  },
];

/** A second column beside the first. */
function newColumn(statement: LintedStatement, name: string, type: string): string {
  const table = statement.read.name;
  return propose(
    statement,
    `op.addColumn(${quoted(table)}, ${quoted(`${name}_new`)}, { type: ${quoted(type)}, nullable: true }); write both from then on (a trigger), op.fillColumn(${quoted(table)}, ${quoted(`${name}_new`)}, ${quoted(name)}), and change the names in a later revision`,
    `alter table ${table} add column ${name}_new ${type}; write both from then on (a trigger), fill it in batches, and change the names in a later revision`,
  );
}

/** The type that an operation's `was` says. */
function typeBefore({ step }: LintedStatement): string | undefined {
  return /changes its type from (.+) to /.exec(step.losses[0]?.reason ?? "")?.[1];
}
