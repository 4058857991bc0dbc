import type { Catalog, CatalogEnum, CatalogTable } from "../catalog/catalog.ts";
import { given } from "../catalog/words.ts";
import type { EnumColumn } from "../operations/enum.ts";
import { type Name, partsOf } from "../operations/identifier.ts";
import { literal } from "../operations/literal.ts";
import { type Call, call, keyOf } from "./call.ts";
import type { ColumnPair, TablePair } from "./table-pair.ts";

/** What becomes of enums. */
export interface EnumChanges {
  readonly created: readonly Call[];
  /** Values that come to those that are there. */
  readonly extended: readonly Call[];
  readonly dropped: readonly Call[];
  /** Those that have to be made anew. */
  readonly replaced: readonly { readonly from: CatalogEnum; readonly to: CatalogEnum }[];
}

export function compareEnums(from: Catalog, to: Catalog): EnumChanges {
  const before = new Map(from.enums.map((one) => [keyOf(one.name), one]));
  const after = new Set(to.enums.map(({ name }) => keyOf(name)));
  const pairs = to.enums.flatMap((now) => {
    const old = before.get(keyOf(now.name));
    return old === undefined || old.values.join("\0") === now.values.join("\0") ? [] : [{ from: old, to: now }];
  });
  const canGrow = (pair: { from: CatalogEnum; to: CatalogEnum }): boolean =>
    isExtended(pair) && !isUsed(pair, to.tables);
  return {
    created: to.enums
      .filter(({ name }) => !before.has(keyOf(name)))
      .map(({ name, values }) => call("createEnum", name, values)),
    extended: pairs.filter(canGrow).flatMap((pair) => addedValues(pair.from, pair.to)),
    dropped: from.enums
      .filter(({ name }) => !after.has(keyOf(name)))
      .map(({ name, values }) => call("dropEnum", name, { was: values })),
    replaced: pairs.filter((pair) => !canGrow(pair)),
  };
}

/** Whether values only come to those that are there, whose order stays. */
export function isExtended({ from, to }: Record<"from" | "to", Pick<CatalogEnum, "values">>): boolean {
  return to.values.filter((value) => from.values.includes(value)).join("\0") === from.values.join("\0");
}

/** Whether a default or a condition needs a value that is new: no statement of the same transaction may use it. */
function isUsed({ from, to }: { from: CatalogEnum; to: CatalogEnum }, tables: readonly CatalogTable[]): boolean {
  const fresh = to.values.filter((value) => !from.values.includes(value)).map((value) => literal(value));
  return tables.some(({ columns, constraints, indexes }) => {
    const ofColumns = columns
      .filter((column) => column.enum === to.type || column.definition.generated !== undefined)
      .map(({ definition }) => `${definition.default ?? ""} ${definition.generated ?? ""}`);
    const texts = [...ofColumns, ...[...constraints, ...indexes].map(({ text }) => text)];
    return texts.some((text) => fresh.some((value) => text.includes(value)));
  });
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
export function keepsEnum({ from, to }: ColumnPair, type: string): boolean {
  return from.enum === type && to.enum === type && from.definition.type === to.definition.type;
}

export function replaceEnums(replaced: EnumChanges["replaced"], pairs: readonly TablePair[]): readonly Call[] {
  return replaced.map(({ from, to }) => {
    const columns = pairs.flatMap((pair) =>
      pair.kept.filter((column) => keepsEnum(column, to.type)).map((column) => enumColumn(pair.to.name, column)),
    );
    return call("replaceEnum", to.name, to.values, { columns, was: from.values });
  });
}

function enumColumn(table: Name, { to }: ColumnPair): string | EnumColumn {
  const parts = [...partsOf(table), to.name];
  const path = parts.some((part) => part.includes(".")) ? parts : parts.join(".");
  const { type, default: fallback } = to.definition;
  const isArray = type.endsWith("[]");
  if (typeof path === "string" && fallback === undefined && !isArray) return path;
  return given({ column: path, type: isArray ? type : undefined, default: fallback });
}
