import type { CatalogColumn, CatalogEnum, CatalogTable, Key } from "../catalog/catalog.ts";
import { given } from "../catalog/words.ts";
import type { EnumColumn } from "../operations/enum.ts";
import { partsOf } from "../operations/identifier.ts";
import { literal } from "../operations/literal.ts";
import { type Call, call } from "./call.ts";
import { accessChanges, accessOf } from "./kinds/access.ts";
import type { KindOf } from "./kinds/kind.ts";
import type { NodeOf, Side } from "./node.ts";

/** An enum that cannot grow into the other is made anew by replaceEnum, which takes its columns along: see decide.ts. */
export const ENUM: KindOf<"enum"> = {
  create: ({ item }, to) => [
    call("createEnum", item.name, item.values),
    ...accessOf({ kind: "type", name: item.name }, item, to),
  ],
  drop: ({ item: { name, values } }) => [call("dropEnum", name, { was: values })],
  alter: ({ item: from }, { item: to }, sides) => {
    const access = accessChanges({ kind: "type", name: to.name }, from, to);
    if (from.values.join("\0") === to.values.join("\0")) return { change: access };
    if (!isExtended({ from, to }) || isUsed(from, to, sides.to)) return undefined;
    return { change: [...addedValues(from, to), ...access] };
  },
};

/** Whether values only come to those that are there, whose order stays. */
export function isExtended({ from, to }: Record<"from" | "to", Pick<CatalogEnum, "values">>): boolean {
  return to.values.filter((value) => from.values.includes(value)).join("\0") === from.values.join("\0");
}

/** Whether a default or a condition needs a value that is new: no statement of the same transaction may use it. */
function isUsed(from: CatalogEnum, to: CatalogEnum, side: Side): boolean {
  const fresh = to.values.filter((value) => !from.values.includes(value)).map((value) => literal(value));
  const texts = [...side.nodes.values()]
    .filter(({ needs }) => needs.includes(to.key))
    .map((node) => (node.kind === "routine" ? "" : JSON.stringify(node.item)));
  // A constant of the type in a default is no need of its own where the column needs the type anyway.
  return texts.some((text) => fresh.some((value) => text.includes(JSON.stringify(value).slice(1, -1))));
}

export function addedValues(
  { name, values: old }: Pick<CatalogEnum, "name" | "values">,
  { values }: Pick<CatalogEnum, "values">,
): readonly Call[] {
  return values.flatMap((value, index) => {
    if (old.includes(value)) return [];
    const after = values[index - 1];
    if (after === undefined) return [call("addEnumValue", name, value, { before: old[0]! })];
    const isLast = values.slice(index).every((one) => !old.includes(one));
    return [isLast ? call("addEnumValue", name, value) : call("addEnumValue", name, value, { after })];
  });
}

/** Whether a column keeps an enum through its replacement, which then sets the column's new default too. */
export function keepsEnum(from: CatalogColumn, to: CatalogColumn, type: Key): boolean {
  return from.userType === type && to.userType === type && from.definition.type === to.definition.type;
}

export interface EnumUse {
  readonly table: CatalogTable;
  readonly column: CatalogColumn;
}

/** @param columns those that keep the enum; the new type has nothing of the old one by itself. */
export function replaceEnum(
  from: NodeOf<"enum">,
  { item: to }: NodeOf<"enum">,
  columns: readonly EnumUse[],
  side: Side,
): readonly Call[] {
  return [
    call("replaceEnum", to.name, to.values, { columns: columns.map(enumColumn), was: from.item.values }),
    ...accessOf({ kind: "type", name: to.name }, to, side),
  ];
}

function enumColumn({ table, column: { name, definition } }: EnumUse): string | EnumColumn {
  const parts = [...partsOf(table.name), name];
  const path = parts.some((part) => part.includes(".")) ? parts : parts.join(".");
  const { type, default: fallback } = definition;
  const isArray = type.endsWith("[]");
  if (typeof path === "string" && fallback === undefined && !isArray) return path;
  return given({ column: path, type: isArray ? type : undefined, default: fallback });
}
