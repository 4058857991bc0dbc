import { DefinitionError } from "../errors.ts";
import { checkName } from "../identifier.ts";
import { MOST_SECONDS } from "../seconds.ts";

/** `roles` of the configuration. */
export interface RolesConfig {
  /** What the roles' names begin with: `shop` makes `shop_owner`, `shop_app` … Default: the database's name. */
  readonly prefix?: string;
  /** The schemas that the application's tables are in. Default: `["public"]`. */
  readonly schemas?: readonly string[];
  /** Timeouts that differ from the default. */
  readonly timeouts?: Readonly<Partial<Record<LoginRole, RoleTimeouts>>>;
}

/** Seconds, each; 0: never. A session may set others for itself (PostgreSQL, "Client Connection Defaults"). */
export interface RoleTimeouts {
  readonly statement?: number;
  readonly lock?: number;
  readonly idleInTransaction?: number;
}

/** Roles that somebody connects as. */
export const LOGIN_ROLES = ["migrator", "app", "readonly", "backup"] as const;
/** The roles that programs log in as. */
export type LoginRole = (typeof LOGIN_ROLES)[number];
export type RoleKind = "owner" | LoginRole;

/** What a role shall be. */
export interface PlannedRole {
  readonly kind: RoleKind;
  readonly name: string;
  readonly canLogin: boolean;
  readonly bypassesRls: boolean;
  readonly memberOf: readonly string[];
  /** In this database, as ALTER ROLE … SET has them. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Who shall be what, and may do what with which kind of object. */
export interface RolePlan {
  readonly schemas: readonly string[];
  readonly owner: string;
  readonly roles: readonly PlannedRole[];
  /** By grantee; who is not named shall have nothing. */
  readonly database: Privileges;
  readonly schema: Privileges;
  readonly table: Privileges;
  readonly sequence: Privileges;
  readonly routine: Privileges;
  /** On the tables in which migrations keep their state. */
  readonly stateTable: Privileges;
  /** On single columns, and on what is made in whichever schema. */
  readonly nothing: Privileges;
}
export type Privileges = Readonly<Record<string, readonly string[]>>;

const TIMEOUTS: Readonly<Record<LoginRole, Required<RoleTimeouts>>> = {
  migrator: { statement: 0, lock: 0, idleInTransaction: 600 },
  app: { statement: 30, lock: 10, idleInTransaction: 60 },
  readonly: { statement: 300, lock: 10, idleInTransaction: 60 },
  backup: { statement: 0, lock: 60, idleInTransaction: 0 }, // one session only holds the snapshot meanwhile
};

/**
 * The five roles of a database. `owner` owns everything and nobody connects as it; `migrator` acts as it; `app` reads and
 * writes rows; `readonly` reads them; `backup` reads all of them, past row security.
 *
 * @throws {DefinitionError} when the configuration cannot be.
 */
export function planRoles(database: string, config: RolesConfig = {}): RolePlan {
  const { prefix = database, schemas = ["public"], timeouts = {} } = config;
  if (!Array.isArray(schemas) || schemas.length === 0) throw new DefinitionError("roles.schemas names no schema.");
  for (const schema of schemas) checkName(schema);
  const name = (kind: RoleKind): string => checkName(`${prefix}_${kind}`);
  const [owner, app, readonly] = [name("owner"), name("app"), name("readonly")];
  const login = (kind: LoginRole, more: Partial<PlannedRole> = {}): PlannedRole => ({
    kind,
    name: name(kind),
    canLogin: true,
    bypassesRls: false,
    memberOf: [],
    ...more,
    settings: { ...more.settings, ...timeoutSettings(kind, { ...TIMEOUTS[kind], ...timeouts[kind] }) },
  });
  const readsOnly = { default_transaction_read_only: "on" };
  const connects = Object.fromEntries(LOGIN_ROLES.map((kind) => [name(kind), ["CONNECT"]]));
  const reading = { [readonly]: ["SELECT"] };
  return {
    schemas,
    owner,
    roles: [
      { kind: "owner", name: owner, canLogin: false, bypassesRls: false, memberOf: [], settings: {} },
      login("migrator", { memberOf: [owner], settings: { role: owner } }),
      login("app"),
      login("readonly", { settings: readsOnly }),
      login("backup", { memberOf: ["pg_read_all_data"], bypassesRls: true, settings: readsOnly }),
    ],
    database: { ...connects, [owner]: ["CREATE", "TEMPORARY"] },
    schema: { [owner]: ["CREATE", "USAGE"], [app]: ["USAGE"], [readonly]: ["USAGE"] },
    table: { [app]: ["DELETE", "INSERT", "SELECT", "UPDATE"], ...reading },
    sequence: { [app]: ["SELECT", "USAGE"], ...reading },
    routine: { [app]: ["EXECUTE"], [readonly]: ["EXECUTE"] },
    stateTable: { [app]: ["SELECT"], ...reading },
    nothing: {},
  };
}

function timeoutSettings(kind: LoginRole, timeouts: Required<RoleTimeouts>): Readonly<Record<string, string>> {
  for (const [what, seconds] of Object.entries(timeouts)) {
    if (typeof seconds === "number" && seconds >= 0 && seconds <= MOST_SECONDS) continue;
    throw new DefinitionError(`roles.timeouts.${kind}.${what} is a number of seconds from 0 to ${MOST_SECONDS}.`);
  }
  const milliseconds = (seconds: number): string => `${Math.ceil(seconds * 1000)}ms`;
  return {
    statement_timeout: milliseconds(timeouts.statement),
    lock_timeout: milliseconds(timeouts.lock),
    idle_in_transaction_session_timeout: milliseconds(timeouts.idleInTransaction),
  };
}
