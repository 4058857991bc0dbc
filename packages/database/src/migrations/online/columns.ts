import type { CatalogTable } from "../catalog/catalog.ts";
import { type Call, call, keyOf } from "../compare/call.ts";
import { addedValues, isExtended } from "../compare/enums.ts";
import { typeRewrites } from "../locks/type-rewrite.ts";
import { type Name, partsOf, quoteName, showName } from "../operations/identifier.ts";
import { functionsIn, tableOf } from "./facts.ts";
import { isProven, setNotNull } from "./not-null.ts";
import type { Around, Piece } from "./online.ts";

type Of<Method extends Call["method"]> = Call & { readonly method: Method };

/** A value that is another one for each row is filled in afterwards: with the column itself it would rewrite the table. */
export function addColumn(made: Of<"addColumn">, given: Around): readonly Piece[] | undefined {
  const [on, name, definition] = made.arguments;
  const { type, nullable, default: value, identity, generated, ...rest } = definition;
  const table = given.tables.filled(on);
  if (table === undefined) return undefined;
  const rewrites = (why: string): readonly Piece[] => [
    { call: made, remarks: [`Rewrites ${showName(on)}, out of which readers and writers are kept meanwhile: ${why}`] },
  ];
  if (identity !== undefined || type.endsWith("serial")) {
    return rewrites(
      "PostgreSQL numbers the rows. A large table gets the column without that, is filled, and counts then.",
    );
  }
  if (generated !== undefined) {
    return rewrites(
      "the value is computed for all rows. A large table gets a plain column that a trigger and a fill write.",
    );
  }
  if (given.facts.conditional.has(type)) {
    return rewrites(`the conditions of ${type} are looked at. A large table gets a plain type and a check.`);
  }
  if (value === undefined || !isVolatile(value, given)) return undefined;
  if (!hasPrimaryKey(table, on, given.calls)) {
    return rewrites(
      "the default has another value for each row, and without a primary key it cannot be filled in batches.",
    );
  }
  const alter = { call: call("alterColumn", on, name, { nullable: false }) };
  return [
    { call: call("addColumn", on, name, { type, nullable: true, ...rest }) },
    { call: call("alterColumn", on, name, { default: value }) },
    { call: call("fillColumn", on, name, value) },
    ...(nullable === true ? [] : setNotNull(on, name, alter)),
  ];
}

function isVolatile(expression: string, { facts, calls }: Around): boolean {
  const made = calls.flatMap((call) => {
    if (call.method !== "createFunction" && call.method !== "replaceFunction") return [];
    const [signature, { volatility = "volatile" }] = call.arguments;
    const name = typeof signature === "string" ? signature.replace(/\(.*/s, "") : signature.name;
    return volatility === "volatile" ? [partsOf(name).at(-1)!] : [];
  });
  return functionsIn(expression).some((name) => facts.volatile.has(name) || made.includes(name));
}

/** Also when the call's turn comes. */
function hasPrimaryKey({ constraints }: CatalogTable, on: Name, calls: readonly Call[]): boolean {
  const key = constraints.find(({ definition }) => "primaryKey" in definition);
  const isDropped = calls.some(
    (call) =>
      call.method === "dropConstraint" && call.arguments[0] === key?.name && keyOf(call.arguments[1]) === keyOf(on),
  );
  return key !== undefined && !isDropped;
}

export function alterColumn(made: Of<"alterColumn">, { tables }: Around): readonly Piece[] | undefined {
  const [on, name, changes] = made.arguments;
  const table = tables.filled(on);
  if (table === undefined) return undefined;
  const remarks = typeRemarks(made);
  if (changes.nullable !== false || remarks.length > 0 || isProven(table, name)) return [{ call: made, remarks }];
  const { default: value, was: { default: old, ...was } = {}, ...rest } = changes;
  // Writers who leave the column out need its new default before the check refuses NULL.
  if (value === undefined || value === null || changes.type !== undefined) return setNotNull(on, name, { call: made });
  const before = old === undefined ? {} : { was: { default: old } };
  const back = Object.keys(was).length === 0 ? {} : { was };
  return [
    { call: call("alterColumn", on, name, { default: value, ...before }) },
    ...setNotNull(on, name, { call: call("alterColumn", on, name, { ...rest, ...back }) }),
  ];
}

function typeRemarks({ arguments: [on, name, changes] }: Of<"alterColumn">): readonly string[] {
  const { type, using, collation, was } = changes;
  if (type === undefined) return [];
  const isRewritten = typeRewrites(was?.type, type, using, quoteName(name), {});
  if (isRewritten !== false) {
    return [
      `${isRewritten === true ? "Rewrites" : "May rewrite"} ${showName(on)}, out of which readers and writers are kept ` +
        `meanwhile: a large table gets a second column that is written with the first, filled, and read instead of it.`,
    ];
  }
  if (collation === undefined && was?.collation === undefined) return [];
  return [`Builds the indexes of the column anew, and keeps readers and writers out of ${showName(on)} meanwhile.`];
}

/** Values that only come to those that are there need no new type if their transaction ends before they are used. */
export function replaceEnum(made: Of<"replaceEnum">, { calls, facts, tables }: Around): readonly Piece[] | undefined {
  const [name, values, { columns, mapping, was }] = made.arguments;
  const filled = columns.map((column) => tableOf(column)).filter((table) => tables.filled(table) !== undefined);
  if (filled.length === 0) return undefined;
  const pair = { from: { name, values: was ?? [] }, to: { name, values } };
  // What makes way for the new type and comes back says the type's name, and belongs to it.
  if (was === undefined || mapping !== undefined || !isExtended(pair) || calls.some(({ around }) => around === true)) {
    const which = [...new Set(filled.map(showName))].join(", ");
    return [{ call: made, remarks: [`Rewrites ${which}, out of which readers and writers are kept meanwhile.`] }];
  }
  return [
    ...addedValues(pair.from, pair.to).map((added) => ({ call: added })),
    ...columns.flatMap((given) => {
      const column = typeof given === "string" ? { column: given } : given;
      const [table, last] = [tableOf(given), partsOf(column.column).at(-1)!];
      const before = facts.catalog.tables.find((one) => keyOf(one.name) === keyOf(table));
      const old = before?.columns.find((one) => one.name === last)?.definition.default;
      if (old === column.default) return [];
      return [
        {
          call: call("alterColumn", before?.name ?? table, last, {
            default: column.default ?? null,
            was: { default: old ?? null },
          }),
        },
      ];
    }),
  ];
}
