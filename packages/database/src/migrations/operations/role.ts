import { DefinitionError } from "../../errors.ts";
import { quoteName } from "./identifier.ts";

/** Words that stand for a role, and are none themselves (PostgreSQL, "GRANT"). */
const WORDS = ["public", "current_user", "current_role", "session_user"];

export function quoteRole(role: string): string {
  return WORDS.includes(role) ? role : quoteName(role);
}

export function roleList(roles: readonly string[]): string {
  if (!Array.isArray(roles) || roles.length === 0)
    throw new DefinitionError("The roles are an array that is not empty.");
  return roles.map(quoteRole).join(", ");
}
