import { DefinitionError } from "../../errors.ts";
import { type Name, quoteBare, quoteName, showName } from "./identifier.ts";
import { quoteObject } from "./object.ts";
import { checkOptions, flag, list } from "./options.ts";
import { type Renderers, when } from "./rendered.ts";
import { roleList } from "./role.ts";
import type { Signature } from "./signature.ts";

/** On what privileges are: one kind, and a name, several, or for `allTablesIn` and the like schemas. */
export type GrantTarget =
  | { readonly table: Name | readonly Name[] }
  | { readonly sequence: Name | readonly Name[] }
  | { readonly schema: string | readonly string[] }
  | { readonly type: Name | readonly Name[] }
  | { readonly domain: Name | readonly Name[] }
  | { readonly function: Signature | readonly Signature[] }
  | { readonly procedure: Signature | readonly Signature[] }
  | { readonly database: string | readonly string[] }
  | { readonly allTablesIn: string | readonly string[] }
  | { readonly allSequencesIn: string | readonly string[] }
  | { readonly allFunctionsIn: string | readonly string[] };

export interface GrantOperations {
  /**
   * GRANT. Privileges are words of SQL, `select`, `update (name, email)`, `all`; a table includes views. Of a list in
   * `table` each entry is a name. `op.grant(["select"], { table: "users" }, ["reader"])`.
   */
  grant(
    privileges: readonly string[],
    target: GrantTarget,
    roles: readonly string[],
    options?: { readonly withGrantOption?: boolean | undefined },
  ): void;
  /** REVOKE. Taken back it is granted. `cascade` revokes what was granted with it too. */
  revoke(
    privileges: readonly string[],
    target: GrantTarget,
    roles: readonly string[],
    options?: { readonly withGrantOption?: boolean | undefined; readonly cascade?: boolean | undefined },
  ): void;
}

const ALL: Readonly<Record<string, string>> = {
  allTablesIn: "all tables in schema",
  allSequencesIn: "all sequences in schema",
  allFunctionsIn: "all functions in schema",
};
const KINDS = ["table", "sequence", "schema", "type", "domain", "function", "procedure", "database"];

export const GRANT: Renderers<GrantOperations> = {
  grant(privileges, target, roles, options = {}) {
    const { withGrantOption } = checkOptions("It", options, { withGrantOption: flag });
    const { sql, subject } = targetOf(target);
    return {
      subject,
      statements: [
        `grant ${privilegeList(privileges)} on ${sql} to ${roleList(roles)}${when(withGrantOption, "with grant option")}`,
      ],
      reverse: (op) => op.revoke(privileges, target, roles, options),
    };
  },

  revoke(privileges, target, roles, options = {}) {
    const { withGrantOption, cascade } = checkOptions("It", options, { withGrantOption: flag, cascade: flag });
    const { sql, subject } = targetOf(target);
    return {
      subject,
      statements: [`revoke ${privilegeList(privileges)} on ${sql} from ${roleList(roles)}${when(cascade, "cascade")}`],
      reverse: (op) => op.grant(privileges, target, roles, withGrantOption ? { withGrantOption } : {}),
    };
  },
};

function privilegeList(privileges: readonly string[]): string {
  if (!list.accepts(privileges)) throw new DefinitionError('Privileges are an array that is not empty: ["select"].');
  return privileges.join(", ");
}

function targetOf(target: GrantTarget): { readonly sql: string; readonly subject: string } {
  const entries = Object.entries(target ?? {}) as [string, Name | Signature | readonly Name[]][];
  const [entry] = entries;
  const kinds = [...KINDS, ...Object.keys(ALL)];
  if (entry === undefined || entries.length > 1 || !kinds.includes(entry[0])) {
    throw new DefinitionError(`What it is on is an object with one key of: ${kinds.join(", ")}.`);
  }
  const [kind, given] = entry;
  const all = (Array.isArray(given) ? given : [given]) as readonly Name[];
  const quoted = all.map((name) => {
    if (kind in ALL) return quoteBare(name);
    if (kind === "database") return quoteName(name as string);
    return quoteObject(kind, name, KINDS);
  });
  const shown = all.map((name) => (typeof name === "string" || Array.isArray(name) ? showName(name) : "routine"));
  return { sql: `${ALL[kind] ?? kind} ${quoted.join(", ")}`, subject: `${kind} ${shown.join(", ")}` };
}
