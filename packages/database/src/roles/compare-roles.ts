import { quote } from "../identifier.ts";
import { literal } from "../migrations/operations/literal.ts";
import type { ObjectKind, ObjectState, RoleState, RolesState } from "./read-roles.ts";
import type { PlannedRole, Privileges, RolePlan } from "./role-plan.ts";

/** Something that is not as the plan has it. */
export interface RoleChange {
  /** What is so, in words: `shop_app may truncate public.users`. */
  readonly difference: string;
  /** What makes it as planned. A password's verifier is not in it: `'…'` stands for it. */
  readonly sql: string;
}

/** What the database needs to be as planned, in the order in which it can be done; nothing when it is. */
export function compareRoles(plan: RolePlan, state: RolesState): readonly RoleChange[] {
  return [
    ...plan.roles.flatMap((role) => attributeChanges(role, state.roles.get(role.name))),
    ...plan.roles.flatMap((role) => membershipChanges(role, state.roles.get(role.name))),
    ...schemaChanges(plan, state),
    ...ownerChanges(plan, state),
    ...plan.roles.flatMap((role) => settingChanges(role, state)),
    ...privilegeChanges(plan, state),
  ];
}

/** `a, b and c`. */
const inWords = (words: readonly string[]): string =>
  words.length === 0 ? "nothing" : words.join(", ").replace(/, ([^,]*)$/, " and $1");

const without = <T>(all: readonly T[], some: readonly T[]): readonly T[] => all.filter((each) => !some.includes(each));

function attributeChanges({ name, canLogin, bypassesRls }: PlannedRole, state: RoleState | undefined): RoleChange[] {
  const wanted = [
    canLogin ? "LOGIN" : "NOLOGIN",
    bypassesRls ? "BYPASSRLS" : "NOBYPASSRLS",
    ...["NOSUPERUSER", "NOCREATEDB", "NOCREATEROLE", "NOREPLICATION"],
  ];
  // Only what differs is named: who is no superuser may not even say NOSUPERUSER.
  if (state === undefined) {
    const named = wanted.filter((word) => !word.startsWith("NO")).join(" ");
    return [{ difference: `There is no role ${name}`, sql: `create role ${quote(name)} ${named}`.trimEnd() }];
  }
  const missing = without(wanted, state.attributes);
  if (missing.length === 0) return [];
  const found = state.attributes.filter((word) => missing.some((each) => opposite(each) === word));
  return [{ difference: `${name} is ${inWords(found)}`, sql: `alter role ${quote(name)} ${missing.join(" ")}` }];
}

function opposite(attribute: string): string {
  return attribute.startsWith("NO") ? attribute.slice(2) : `NO${attribute}`;
}

function membershipChanges({ name, memberOf }: PlannedRole, state: RoleState | undefined): RoleChange[] {
  const found = state?.memberOf ?? [];
  return [
    ...without(memberOf, found).map((group) => ({
      difference: `${name} is no member of ${group}`,
      sql: `grant ${quote(group)} to ${quote(name)}`,
    })),
    ...without(found, memberOf).map((group) => ({
      difference: `${name} is a member of ${group}`,
      sql: `revoke ${quote(group)} from ${quote(name)}`,
    })),
  ];
}

function schemaChanges({ schemas, owner }: RolePlan, { objects }: RolesState): RoleChange[] {
  const found = objects.filter(({ kind }) => kind === "schema").map(({ name }) => name);
  return schemas
    .filter((schema) => !found.includes(schema) && !found.includes(quote(schema)))
    .map((schema) => ({
      difference: `There is no schema ${schema}`,
      sql: `create schema ${quote(schema)} authorization ${quote(owner)}`,
    }));
}

function ownerChanges({ owner }: RolePlan, { objects }: RolesState): RoleChange[] {
  return objects
    .filter((object) => object.word !== "" && object.owner !== owner)
    .map(({ word, name, owner: found }) => ({
      difference: `${found} owns the ${word} ${name}`,
      sql: `alter ${word} ${name} owner to ${quote(owner)}`,
    }));
}

function settingChanges({ name, settings }: PlannedRole, { database, roles }: RolesState): RoleChange[] {
  const found = roles.get(name)?.settings ?? {};
  return Object.entries(settings)
    .filter(([setting, value]) => found[setting] !== value)
    .map(([setting, value]) => ({
      difference: `${name} has ${setting} ${found[setting] === undefined ? "unset" : found[setting]}`,
      sql: `alter role ${quote(name)} in database ${quote(database)} set ${setting} = ${literal(value)}`,
    }));
}

/** How GRANT calls what it is on, and what the plan calls it. */
const KINDS: Readonly<Partial<Record<ObjectKind, readonly [grant: string, plan: keyof RolePlan]>>> = {
  database: ["database", "database"],
  schema: ["schema", "schema"],
  table: ["table", "table"],
  stateTable: ["table", "stateTable"],
  sequence: ["sequence", "sequence"],
  routine: ["routine", "routine"],
  column: ["table", "nothing"],
  defaultTables: ["tables", "table"],
  defaultSequences: ["sequences", "sequence"],
  defaultRoutines: ["routines", "routine"],
  // That all may call what is made can only be taken back for all schemas at once (PostgreSQL, ALTER DEFAULT PRIVILEGES).
  everyRoutine: ["routines", "nothing"],
};

function privilegeChanges(plan: RolePlan, state: RolesState): RoleChange[] {
  const made = plan.schemas.filter(
    (schema) => !state.objects.some(({ kind, name }) => kind === "schema" && [schema, quote(schema)].includes(name)),
  );
  const empty = made.flatMap((schema) =>
    (["schema", "defaultTables", "defaultSequences", "defaultRoutines"] as const).map(
      (kind): ObjectState => ({ kind, name: quote(schema), owner: undefined, word: "", privileges: {} }),
    ),
  );
  return [...state.objects, ...empty].flatMap((object) => {
    const [word, key] = KINDS[object.kind] ?? [];
    if (word === undefined || key === undefined) return [];
    const wanted = plan[key] as Privileges;
    return [...new Set([...Object.keys(wanted), ...Object.keys(object.privileges)])]
      .filter((grantee) => grantee !== object.owner && !(isRelation(object) && grantee === plan.owner))
      .flatMap((grantee) => grantChanges(plan, object, word, grantee, wanted[grantee] ?? []));
  });
}

const isRelation = ({ kind }: ObjectState): boolean => !["database", "schema"].includes(kind);

function grantChanges(
  { owner }: RolePlan,
  { kind, name, column, privileges }: ObjectState,
  word: string,
  grantee: string,
  planned: readonly string[],
): RoleChange[] {
  const found = privileges[grantee] ?? [];
  // That all may look up names in a schema harms nobody, and takes nothing from what the schema's tables allow.
  const wanted = kind === "schema" && grantee === "public" ? found.filter((each) => each !== "CREATE") : planned;
  const to = grantee === "public" ? "public" : quote(grantee);
  const isDefault = kind.startsWith("default") || kind === "everyRoutine";
  const schema = name === "" ? "" : `in schema ${name} `;
  const prefix = isDefault ? `alter default privileges for role ${quote(owner)} ${schema}` : "";
  const on = isDefault ? word : `${word} ${name}`;
  const place = isDefault
    ? `new ${word}${name === "" ? "" : ` in ${name}`}`
    : `${name}${column === undefined ? "" : `.${column}`}`;
  const list = (some: readonly string[]): string =>
    some.map((each) => (column === undefined ? each : `${each} (${column})`)).join(", ");
  const changes: RoleChange[] = [];
  const extra = without(found, wanted);
  if (extra.length > 0) {
    changes.push({
      difference: `${grantee} has ${inWords(extra)} on ${place}`,
      sql: `${prefix}revoke ${list(extra)} on ${on} from ${to}`,
    });
  }
  const missing = without(wanted, found);
  if (missing.length > 0) {
    changes.push({
      difference: `${grantee} has no ${missing.join(", ")} on ${place}`,
      sql: `${prefix}grant ${list(missing)} on ${on} to ${to}`,
    });
  }
  return changes;
}
