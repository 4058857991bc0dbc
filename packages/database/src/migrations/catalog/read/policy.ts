import type { PolicyDefinition } from "../../operations/policy.ts";
import type { CatalogPolicy } from "../catalog.ts";
import { CLASS } from "../objects.ts";
import type { PolicyRow } from "../queries/table-parts.ts";
import { bareExpression, given } from "../words.ts";
import type { Context } from "./context.ts";

const COMMANDS = { "*": undefined, r: "select", a: "insert", w: "update", d: "delete" } as const;

export function readPolicy(row: PolicyRow, { objects }: Context): CatalogPolicy {
  const { name, command, permissive, roles, using, check } = row;
  const place = [CLASS.policy, row.id] as const;
  const definition: PolicyDefinition = given({
    command: COMMANDS[command],
    permissive: permissive ? undefined : false,
    roles: roles.join() === "public" ? undefined : roles,
    using: using === null ? undefined : bareExpression(using),
    check: check === null ? undefined : bareExpression(check),
  });
  return { ...objects.describe(place, objects.keyOf(place)!), name, definition };
}
