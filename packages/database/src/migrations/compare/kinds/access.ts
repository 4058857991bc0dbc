import { quote } from "../../../identifier.ts";
import type { CatalogOwned, Grant, Privileges } from "../../catalog/catalog.ts";
import type { GrantTarget } from "../../operations/grant.ts";
import type { Name } from "../../operations/identifier.ts";
import type { CommentedKind, OwnedKind } from "../../operations/object.ts";
import type { Signature } from "../../operations/signature.ts";
import { type Call, call } from "../call.ts";
import type { Side } from "../node.ts";

/*
 * What every object may have besides what it is: a comment, an owner, privileges.
 */

/** What an object is called by COMMENT, ALTER … OWNER and GRANT. */
export interface Subject {
  readonly kind: OwnedKind;
  readonly name: Name | Signature;
}

/** For an object that has just been made. `commented`: its comment was given with it. */
export function accessOf({ kind, name }: Subject, object: CatalogOwned, to: Side, commented = false): readonly Call[] {
  const { comment, owner, privileges } = object;
  return [
    ...(comment === undefined || commented ? [] : [call("comment", kind, name, comment)]),
    ...(owner === to.catalog.role ? [] : [call("setOwner", kind, name, owner)]),
    ...privilegeCalls(targetOf({ kind, name }), undefined, privileges),
  ];
}

/** For one that stays. */
export function accessChanges({ kind, name }: Subject, from: CatalogOwned, to: CatalogOwned): readonly Call[] {
  return [
    ...commentChanges(kind, name, from.comment, to.comment),
    ...(from.owner === to.owner ? [] : [call("setOwner", kind, name, to.owner, { was: from.owner })]),
    ...privilegeCalls(targetOf({ kind, name }), from.privileges, to.privileges),
  ];
}

export function commentChanges(
  kind: CommentedKind,
  name: Name | Signature,
  from: string | undefined,
  to: string | undefined,
  on?: Name,
): readonly Call[] {
  if (from === to) return [];
  return [call("comment", kind, name, to ?? null, { ...(on === undefined ? {} : { on }), was: from ?? null })];
}

/** @param column where they are those of one column. */
export function privilegeCalls(
  target: GrantTarget,
  from: Privileges | undefined,
  to: Privileges | undefined,
  column?: string,
): readonly Call[] {
  const [had, has] = [from?.granted ?? [], to?.granted ?? []];
  const [lacked, lacks] = [from?.revoked ?? [], to?.revoked ?? []];
  const revoke = (grant: Grant): Call => call("revoke", words(grant, column), target, [grant.role]);
  const grant = (one: Grant): Call =>
    call("grant", words(one, column), target, [one.role], ...(one.grantable ? [{ withGrantOption: true }] : []));
  return [
    ...without(had, has).map(revoke),
    ...without(lacks, lacked).map(revoke),
    ...without(lacked, lacks).map(grant),
    ...without(has, had).map(grant),
  ];
}

/** What the first has and the second has not, of each role. */
function without(grants: readonly Grant[], others: readonly Grant[]): readonly Grant[] {
  return grants.flatMap((grant) => {
    const same = others.filter(({ role, grantable }) => role === grant.role && grantable === grant.grantable);
    const privileges = grant.privileges.filter((one) => !same.some((other) => other.privileges.includes(one)));
    return privileges.length === 0 ? [] : [{ ...grant, privileges }];
  });
}

function words({ privileges }: Grant, column: string | undefined): readonly string[] {
  if (column === undefined) return privileges;
  return privileges.map((privilege) => `${privilege} (${quote(column)})`);
}

function targetOf({ kind, name }: Subject): GrantTarget {
  switch (kind) {
    case "view":
    case "materialized view":
    case "table":
      return { table: single(name as Name) };
    case "schema":
      return { schema: name as string };
    case "function":
      return { function: name as Signature };
    case "procedure":
      return { procedure: name as Signature };
    case "sequence":
      return { sequence: single(name as Name) };
    case "domain":
      return { domain: single(name as Name) };
    default:
      return { type: single(name as Name) };
  }
}

/** A list stands for several names there. */
function single(name: Name): Name | readonly Name[] {
  return typeof name === "string" ? name : [name];
}
