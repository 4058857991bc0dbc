import type { Catalog, CatalogTable } from "../catalog/catalog.ts";
import { keyOf } from "../compare/call.ts";
import { type Name, partsOf, showName } from "../operations/identifier.ts";

/** An object of a catalog, for {@link CompareHooks}. */
export interface ComparedObject {
  readonly type:
    | "table"
    | "column"
    | "constraint"
    | "index"
    | "trigger"
    | "policy"
    | "enum"
    | "domain"
    | "type"
    | "sequence"
    | "view"
    | "function"
    | "statistics"
    | "extension";
  readonly name: string;
  readonly schema: string;
  /** Of a column, a constraint, an index, a trigger or a policy; of an index or a trigger it may be a view. */
  readonly table: string | undefined;
  /** Whether it was found in the database, and is not what models describe. Alembic's `reflected`. */
  readonly reflected: boolean;
}

/** A column that both sides have, and what each says of it; undefined: nothing. */
export interface ComparedColumn {
  /** `users`, `audit.users`. */
  readonly table: string;
  readonly column: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** What a project has to say in a comparison. The names and meanings are Alembic's. */
export interface CompareHooks {
  /** Whether an object takes part; of a table or a view that does not, nothing does. Asked on both sides. */
  readonly includeObject?: ((object: ComparedObject) => boolean) | undefined;
  /** `false`: the types of a column are taken for the same, although they are not. */
  readonly compareType?: ((column: ComparedColumn) => boolean | undefined) | undefined;
  /** `false`: the defaults of a column are taken for the same, although they are not. */
  readonly compareServerDefault?: ((column: ComparedColumn) => boolean | undefined) | undefined;
}

type Type = ComparedObject["type"];

const LISTS: Readonly<Record<string, Type>> = {
  tables: "table",
  enums: "enum",
  domains: "domain",
  compositeTypes: "type",
  rangeTypes: "type",
  sequences: "sequence",
  views: "view",
  routines: "function",
  statistics: "statistics",
  extensions: "extension",
};

const PARTS: Readonly<Record<string, Type>> = {
  columns: "column",
  constraints: "constraint",
  indexes: "index",
  triggers: "trigger",
  policies: "policy",
};

/** The columns of a view are its query's, and not asked about. */
const VIEW_PARTS: Readonly<Record<string, Type>> = { indexes: "index", triggers: "trigger" };

/** Takes out of a catalog what `includeObject` does not want. */
export function filterOf({ includeObject }: CompareHooks): (catalog: Catalog, reflected: boolean) => Catalog {
  if (includeObject === undefined) return (catalog) => catalog;
  return (catalog, reflected) => {
    const { defaultSchema } = catalog;
    const isIn = (type: Type, name: Name, table?: Name): boolean =>
      includeObject({
        type,
        name: partsOf(name).at(-1)!,
        schema: partsOf(table ?? name).at(-2) ?? defaultSchema,
        table: table === undefined ? undefined : partsOf(table).at(-1),
        reflected,
      });
    const pick = <Owner extends object>(owner: Owner, lists: Readonly<Record<string, Type>>, table?: Name): Owner => {
      const kept = Object.entries(lists).flatMap(([list, type]) => {
        const items = (owner as Record<string, unknown>)[list] as readonly Named[] | undefined;
        if (items === undefined) return [];
        return [[list, items.filter((item) => isIn(type, nameOf(item), table))] as const];
      });
      return { ...owner, ...Object.fromEntries(kept) };
    };
    const picked = pick(catalog, LISTS);
    return {
      ...picked,
      tables: picked.tables.map((table) => pick(table, PARTS, table.name)),
      views: picked.views.map((view) => pick(view, VIEW_PARTS, view.name)),
    };
  };
}

interface Named {
  readonly name?: Name;
  readonly signature?: unknown;
}

/** That of a routine stands before its arguments. */
function nameOf({ name, signature }: Named): Name {
  if (name !== undefined) return name;
  return typeof signature === "string" ? signature.replace(/\(.*$/s, "") : (signature as { readonly name: Name }).name;
}

/** The wanted side, with what the hooks take for the same as it is on the other. */
export function adjust(from: Catalog, to: Catalog, { compareType, compareServerDefault }: CompareHooks): Catalog {
  if (compareType === undefined && compareServerDefault === undefined) return to;
  const before = new Map(from.tables.map((table) => [keyOf(table.name), table]));
  const tables = to.tables.map((table): CatalogTable => {
    const columns = table.columns.map((now) => {
      const was = before.get(keyOf(table.name))?.columns.find(({ name }) => name === now.name);
      if (was === undefined) return now;
      const ask = (hook: CompareHooks["compareType"], one: string | undefined, other: string | undefined): boolean =>
        one !== other && hook?.({ table: showName(table.name), column: now.name, from: one, to: other }) === false;
      const isSameType = ask(compareType, was.definition.type, now.definition.type);
      const isSameDefault = ask(compareServerDefault, was.definition.default, now.definition.default);
      const column = isSameType
        ? { ...was, definition: { ...now.definition, type: was.definition.type }, name: now.name }
        : now;
      if (!isSameDefault) return column;
      const { default: _, ...definition } = column.definition;
      const fallback = was.definition.default === undefined ? {} : { default: was.definition.default };
      return { ...column, definition: { ...definition, ...fallback } };
    });
    return { ...table, columns };
  });
  return { ...to, tables };
}
