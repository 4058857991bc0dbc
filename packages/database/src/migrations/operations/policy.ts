import { DefinitionError } from "../../errors.ts";
import { columnPath } from "./column-clause.ts";
import { type Name, quoteName, quoteQualified, showName } from "./identifier.ts";
import { checkOptions, definition, flag, names, oneOf, type Shape, text } from "./options.ts";
import { type Renderers, when } from "./rendered.ts";
import { roleList } from "./role.ts";
import { before } from "./table.ts";

/** Who may see and write which rows (PostgreSQL, "CREATE POLICY"). */
export interface PolicyDefinition extends PolicyRules {
  /** Default: all. */
  readonly command?: "all" | "select" | "insert" | "update" | "delete" | undefined;
  /** False: a row must pass it and one that is permissive. Default: true. */
  readonly permissive?: boolean | undefined;
}

interface PolicyRules {
  /** `public`, `current_user` and `session_user` mean what they mean in SQL. Default: public. */
  readonly roles?: readonly string[] | undefined;
  /** Of rows that are there, in SQL. */
  readonly using?: string | undefined;
  /** Of rows that are written, in SQL. Default: the same as using. */
  readonly check?: string | undefined;
}

interface Force {
  /** For the table's owner too. Default: false. */
  readonly force?: boolean | undefined;
}

export interface PolicyOperations {
  /** ALTER TABLE … ENABLE ROW LEVEL SECURITY, and FORCE. */
  enableRowSecurity(table: Name, options?: Force): void;
  /** ALTER TABLE … DISABLE ROW LEVEL SECURITY, and NO FORCE. */
  disableRowSecurity(table: Name, options?: Force): void;
  /** CREATE POLICY. */
  createPolicy(name: string, table: Name, policy?: PolicyDefinition): void;
  /** ALTER POLICY: roles, using, check. `was`: the same as it was. */
  alterPolicy(name: string, table: Name, changes: PolicyRules & { readonly was?: PolicyRules | undefined }): void;
  /** ALTER POLICY … RENAME TO. */
  renamePolicy(name: string, table: Name, to: string): void;
  /** DROP POLICY. `was`: its definition. */
  dropPolicy(name: string, table: Name, options?: { readonly was?: PolicyDefinition | undefined }): void;
}

const RULES: Shape<PolicyRules> = { roles: names, using: text, check: text };
const POLICY_SHAPE: Shape<PolicyDefinition> = {
  command: oneOf("all", "select", "insert", "update", "delete"),
  permissive: flag,
  ...RULES,
};

export const POLICY: Renderers<PolicyOperations> = {
  enableRowSecurity(table, options = {}) {
    const { force } = checkOptions("It", options, { force: flag });
    return {
      subject: showName(table),
      statements: rowSecurity(table, "enable", force === true ? "force" : undefined),
      reverse: (op) => op.disableRowSecurity(table, options),
    };
  },

  disableRowSecurity(table, options = {}) {
    const { force } = checkOptions("It", options, { force: flag });
    return {
      subject: showName(table),
      statements: rowSecurity(table, "disable", force === true ? "no force" : undefined),
      reverse: (op) => op.enableRowSecurity(table, options),
    };
  },

  createPolicy(name, table, policy = {}) {
    const { command, permissive, ...rules } = checkOptions("A policy", policy, POLICY_SHAPE);
    return {
      subject: columnPath(table, name),
      statements: [
        `create policy ${quoteName(name)} on ${quoteQualified(table)}` +
          (permissive === false ? " as restrictive" : "") +
          when(command, `for ${command}`) +
          rulesClause(rules),
      ],
      reverse: (op) => op.dropPolicy(name, table, { was: policy }),
    };
  },

  alterPolicy(name, table, changes) {
    const { was, ...now } = checkOptions("It", changes, { ...RULES, was: definition });
    const rules = rulesClause(now);
    if (rules === "") throw new DefinitionError("It changes nothing.");
    return {
      subject: columnPath(table, name),
      statements: [`alter policy ${quoteName(name)} on ${quoteQualified(table)}${rules}`],
      reverse: was === undefined ? undefined : (op) => op.alterPolicy(name, table, { ...before(now, was), was: now }),
    };
  },

  renamePolicy(name, table, to) {
    return {
      subject: columnPath(table, name),
      statements: [`alter policy ${quoteName(name)} on ${quoteQualified(table)} rename to ${quoteName(to)}`],
      reverse: (op) => op.renamePolicy(to, table, name),
    };
  },

  dropPolicy(name, table, options = {}) {
    const { was } = checkOptions("It", options, { was: definition });
    return {
      subject: columnPath(table, name),
      statements: [`drop policy ${quoteName(name)} on ${quoteQualified(table)}`],
      reverse: was === undefined ? undefined : (op) => op.createPolicy(name, table, was),
    };
  },
};

function rowSecurity(table: Name, state: string, force: string | undefined): readonly string[] {
  return [state, ...(force === undefined ? [] : [force])].map(
    (action) => `alter table ${quoteQualified(table)} ${action} row level security`,
  );
}

function rulesClause({ roles, using, check }: PolicyRules): string {
  return (
    (roles === undefined ? "" : ` to ${roleList(roles)}`) +
    when(using, `using (${using})`) +
    when(check, `with check (${check})`)
  );
}
