import { randomBytes } from "node:crypto";
import { type ConnectOptions, connect } from "../connection/connect.ts";
import type { Connection } from "../connection/connection.ts";
import { quote } from "../identifier.ts";
import type { Environment } from "../settings.ts";
import { compareRoles, type RoleChange } from "./compare-roles.ts";
import { RolePasswordInvalid } from "./errors.ts";
import { type RolesState, readRoles } from "./read-roles.ts";
import { planRoles, type RolePlan, type RolesConfig } from "./role-plan.ts";
import { scramVerifier, verifies } from "./scram.ts";

/** Options of {@link applyRoles} and {@link showRoles}. */
export interface RolesOptions {
  /** How to connect, as a superuser or somebody who may do all of it. */
  readonly connect: ConnectOptions;
  readonly config?: RolesConfig | undefined;
  /** Where passwords are given: `ROLES_APP_PASSWORD`, and so for migrator, readonly and backup. Default: all are made. */
  readonly env?: Environment | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How the roles of a database differ from what they shall be. */
export interface RolesReport {
  readonly database: string;
  /** By kind: owner, migrator, app, readonly, backup. */
  readonly names: Readonly<Record<string, string>>;
  /** Nothing when everything is as it shall be. */
  readonly changes: readonly RoleChange[];
}

/** What {@link applyRoles} has done. */
export interface AppliedRoles extends RolesReport {
  /** Passwords that were made, by role. They are here and nowhere else. */
  readonly passwords: Readonly<Record<string, string>>;
}

/** What differs from the five roles. Changes nothing. @throws like `connect`; {RolePasswordInvalid} {DefinitionError} */
export async function showRoles(options: RolesOptions): Promise<RolesReport> {
  return await inTransaction(options, "read only", async (_, report) => report);
}

/**
 * Makes the five roles what they shall be, in one transaction, all of it or nothing. Done again it changes nothing. Passwords
 * go to the server as SCRAM verifiers only: those given in the environment, and, for a role that has none, one that is made.
 *
 * @throws like `connect`; {InsufficientPrivilege} when the user may not. {RolePasswordInvalid} {DefinitionError}
 */
export async function applyRoles(options: RolesOptions): Promise<AppliedRoles> {
  return await inTransaction(options, "read write", async (connection, report, passwords) => {
    for (const { sql } of report.changes) {
      // The statement that says a secret is made here, and is in no report.
      const password = passwords.find((each) => each.change.sql === sql);
      const text = password === undefined ? sql : passwordStatement(password.role, scramVerifier(password.text));
      await connection.query(text, [], options.signal);
    }
    const made = passwords.filter(({ isMade }) => isMade).map(({ role, text }) => [role, text]);
    return { ...report, passwords: Object.fromEntries(made) };
  });
}

async function inTransaction<T>(
  { connect: target, config, env = {}, signal }: RolesOptions,
  mode: "read only" | "read write",
  work: (connection: Connection, report: RolesReport, passwords: readonly Password[]) => Promise<T>,
): Promise<T> {
  const connection = await connect(target, signal);
  try {
    await connection.query(`begin ${mode}`);
    await connection.query("select pg_advisory_xact_lock(hashtextextended('hypertroq roles', 0))", [], signal);
    const { rows } = await connection.query("select current_database()");
    const plan = planRoles(rows[0]![0] as string, config);
    const state = await readRoles(connection, plan);
    const passwords = passwordsFor(plan, state, env);
    const names = Object.fromEntries(plan.roles.map(({ kind, name }) => [kind, name]));
    const changes = [...compareRoles(plan, state), ...passwords.map(({ change }) => change)];
    const result = await work(connection, { database: state.database, names, changes }, passwords);
    await connection.query("commit");
    return result;
  } finally {
    await connection.close();
  }
}

/** A password that a role is to get. */
interface Password {
  readonly role: string;
  readonly text: string;
  readonly isMade: boolean;
  readonly change: RoleChange;
}

/** @throws {RolePasswordInvalid} when one that is given cannot be used. */
function passwordsFor(plan: RolePlan, { roles }: RolesState, env: Environment): readonly Password[] {
  return plan.roles.flatMap(({ kind, name, canLogin }): Password[] => {
    if (!canLogin) return [];
    const variable = `ROLES_${kind.toUpperCase()}_PASSWORD`;
    const given = env[variable];
    // A text that SASLprep (RFC 4013) would change is another one for one client than for the next.
    if (given !== undefined && !/^[\x20-\x7e]{16,256}$/.test(given)) throw new RolePasswordInvalid(variable);
    const stored = roles.has(name) ? roles.get(name)!.password : null;
    const has = stored === undefined || stored?.startsWith("SCRAM-SHA-256$") === true;
    if (given === undefined ? has : typeof stored === "string" && verifies(given, stored)) return [];
    const why = has ? "another password than the environment" : "no password for SCRAM";
    const change = { difference: `${name} has ${why}`, sql: passwordStatement(name, "…") };
    return [{ role: name, text: given ?? randomBytes(24).toString("base64url"), isMade: given === undefined, change }];
  });
}

function passwordStatement(role: string, verifier: string): string {
  return `alter role ${quote(role)} password '${verifier}'`;
}
