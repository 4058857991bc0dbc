import { type Call, call } from "../compare/call.ts";
import { partsOf, quoteName, showName, suffixed } from "../operations/identifier.ts";
import type { Around, Piece } from "./online.ts";

type Of<Method extends Call["method"]> = Call & { readonly method: Method };

/** Ends the name of the check that says what a partition's bound says, as long as it is there. */
const PROOF = "__bound";

/** A valid check spares the reading of the rows (ALTER TABLE, "ATTACH PARTITION"). */
export function attachPartition(made: Of<"attachPartition">, { tables }: Around): readonly Piece[] | undefined {
  const [parent, partition, bound] = made.arguments;
  if (tables.filled(partition) === undefined) return undefined;
  const search = `Keeps readers and writers out of the default partition of ${showName(parent)} while it is searched for rows of this one.`;
  const attach = { call: made, remarks: tables.hasDefaultPartition(parent) ? [search] : [] };
  const proven = withProof(partition, conditionOf(tables.partitionKey(parent), bound), attach);
  const remark = `Keeps readers and writers out of ${showName(partition)} while it reads it, as no check says what the bound does.`;
  return proven ?? [{ call: made, remarks: [remark, ...attach.remarks] }];
}

/** Concurrently it leaves a check of the bound behind, unless there is one that says the same (ALTER TABLE, "DETACH PARTITION"). */
export function detachPartition(made: Of<"detachPartition">, { tables }: Around): readonly Piece[] | undefined {
  const [parent, partition, options = {}] = made.arguments;
  if (tables.filled(partition) === undefined || options.was === undefined) return undefined;
  if (tables.hasDefaultPartition(parent)) return undefined;
  const detach = call("detachPartition", parent, partition, { concurrently: true, ...options });
  return withProof(partition, conditionOf(tables.partitionKey(parent), options.was), { call: detach });
}

function withProof(
  partition: Of<"attachPartition">["arguments"][1],
  condition: string | undefined,
  change: Piece,
): readonly Piece[] | undefined {
  if (condition === undefined) return undefined;
  const name = suffixed(partsOf(partition).at(-1)!, PROOF);
  return [
    { call: call("createCheckConstraint", name, partition, condition, { notValid: true }) },
    { call: call("validateConstraint", name, partition) },
    change,
    { call: call("dropConstraint", name, partition) },
  ];
}

/**
 * What a bound says of rows, of one column: a range, or a list without NULL.
 *
 * @param key how the table is partitioned: `range (created_at)`.
 */
export function conditionOf(key: string | undefined, bound: string): string | undefined {
  const [, kind = "", plain, quoted] = /^(range|list) \((?:([\w$]+)|"([^"]+)")\)$/i.exec(key ?? "") ?? [];
  const name = plain ?? quoted;
  if (name === undefined) return undefined;
  const column = quoteName(name);
  if (kind.toLowerCase() === "list") {
    const [, values] = /^for values in \((.*)\)$/is.exec(bound.trim()) ?? [];
    if (values === undefined || /\bnull\b/i.test(values.replace(/'(?:[^']|'')*'/g, ""))) return undefined;
    return `${column} is not null and ${column} in (${values})`;
  }
  const [, from, to] = /^for values from \((.*)\) to \((.*)\)$/is.exec(bound.trim()) ?? [];
  if (from === undefined || to === undefined) return undefined;
  return [
    `${column} is not null`,
    ...(/^minvalue$/i.test(from) ? [] : [`${column} >= ${from}`]),
    ...(/^maxvalue$/i.test(to) ? [] : [`${column} < ${to}`]),
  ].join(" and ");
}
