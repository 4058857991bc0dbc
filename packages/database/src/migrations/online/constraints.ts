import { type Call, call } from "../compare/call.ts";
import { showName } from "../operations/identifier.ts";
import type { Around, Piece } from "./online.ts";

type Of<Method extends Call["method"]> = Call & { readonly method: Method };

/**
 * For new rows at once, and then for those that are there: VALIDATE CONSTRAINT reads the table under a lock that readers and
 * writers do not meet.
 */
export function createConstraint(
  made: Of<"createCheckConstraint" | "createForeignKey" | "createExclusionConstraint">,
  { tables }: Around,
): readonly Piece[] | undefined {
  const [name, on] = made.arguments;
  if (tables.filled(on) === undefined) return undefined;
  const validate = { call: call("validateConstraint", name, on) };
  if (made.method === "createCheckConstraint") {
    const [, , condition, options = {}] = made.arguments;
    if (options.notValid === true) return undefined;
    return [{ call: call("createCheckConstraint", name, on, condition, { ...options, notValid: true }) }, validate];
  }
  if (made.method === "createForeignKey") {
    const [, , columns, target, targetColumns, options = {}] = made.arguments;
    if (options.notValid === true) return undefined;
    if ([on, target].some((table) => tables.isPartitioned(table))) {
      const remark =
        `Keeps writers out of ${showName(on)} and ${showName(target)} while it reads them: PostgreSQL 16 validates no foreign ` +
        `key of a partitioned table, nor one to it, afterwards.`;
      return [{ call: made, remarks: [remark] }];
    }
    const lax = { ...options, notValid: true };
    return [{ call: call("createForeignKey", name, on, columns, target, targetColumns, lax) }, validate];
  }
  const remark =
    `Keeps readers and writers out of ${showName(on)} while it builds its index: PostgreSQL builds none concurrently for an ` +
    `exclusion constraint.`;
  return [{ call: made, remarks: [remark] }];
}
