/**
 * The roles of a database, each of which may do its work and nothing else.
 *
 * @module @hypertroq/database/roles
 */
export { type AppliedRoles, applyRoles, type RolesOptions, type RolesReport, showRoles } from "./apply-roles.ts";
export type { RoleChange } from "./compare-roles.ts";
export { RolePasswordInvalid } from "./errors.ts";
export type { LoginRole, RolesConfig, RoleTimeouts } from "./role-plan.ts";
