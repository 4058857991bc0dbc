import { DefinitionError } from "../errors.ts";
import { checkName } from "../identifier.ts";
import type { Fragment } from "../query/writer.ts";
import { ownAndInherited } from "./inherited.ts";
import type { ModelColumns } from "./model-columns.ts";

/** Options of {@link policy}. */
export interface PolicyOptions {
  /** Default: all. */
  readonly for?: "all" | "select" | "insert" | "update" | "delete" | undefined;
  /** Roles by name; `public`, `current_user` and `session_user` mean what they mean in SQL. Default: public. */
  readonly to?: readonly string[] | undefined;
  /** Which rows that are there can be seen, and changed. */
  readonly using?: (() => Fragment) | undefined;
  /** Which rows can be written. Default: the same as using. */
  readonly check?: (() => Fragment) | undefined;
  /** A row must pass it and one that is not restrictive. Default: false. */
  readonly restrictive?: boolean | undefined;
}

/** A policy, as it was declared. */
export interface PolicyDefinition extends PolicyOptions {
  readonly name: string;
}

/** A policy as data. */
export interface TablePolicy {
  readonly name: string;
  readonly command: "all" | "select" | "insert" | "update" | "delete";
  readonly permissive: boolean;
  readonly roles: readonly string[];
  readonly using: string | undefined;
  readonly check: string | undefined;
}

/** Whether policies decide who sees and writes which rows; `forced`: the table's owner too. */
export type RowSecurity = "enabled" | "forced" | "disabled";

/**
 * Who may see and write which rows (PostgreSQL, "Row Security Policies"), in the `static policies` of a model or a base. A
 * model with policies has row security, unless `static rowSecurity` says "disabled".
 *
 * ```ts
 * static override readonly policies = [
 *   policy("own", { using: () => Note.c.ownerId.eq(sessionSetting("app.user_id", "uuid")) }),
 * ];
 * ```
 */
export function policy(name: string, options: PolicyOptions = {}): PolicyDefinition {
  return { ...options, name };
}

/** The policies of a model and its bases. @throws {DefinitionError} when one cannot be. */
export function describePolicies(columns: ModelColumns): readonly TablePolicy[] {
  return ownAndInherited<PolicyDefinition>(columns.model, "policies").map((definition) => {
    const { name, for: command = "all", to = ["public"], using, check, restrictive = false } = definition;
    if (to.length === 0) throw new DefinitionError(`The policy ${name} of ${columns.model.name} is for no role.`);
    const hasWrongPart =
      (command === "insert" && using !== undefined && "using") ||
      (["select", "delete"].includes(command) && check !== undefined && "check");
    if (hasWrongPart) {
      throw new DefinitionError(
        `The policy ${name} of ${columns.model.name} is for ${command}, which has no ${hasWrongPart}.`,
      );
    }
    return {
      name: checkName(name),
      command,
      permissive: !restrictive,
      roles: to,
      using: using === undefined ? undefined : columns.sql(using()),
      check: check === undefined ? undefined : columns.sql(check()),
    };
  });
}
