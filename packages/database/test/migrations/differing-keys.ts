import type { Catalog, CatalogObject, Key } from "../../src/migrations/catalog/catalog.ts";
import { stableText } from "../../src/migrations/catalog/text.ts";

/** What has a key of its own inside a table or a view. */
const PARTS = ["columns", "constraints", "indexes", "triggers", "policies"];

/**
 * The keys of what is in one catalog only, or not the same in both, sorted. The order in which things were made is not
 * compared, that of a table's columns neither, nor who has looked.
 */
export function differingKeys(one: Catalog, other: Catalog): readonly Key[] {
  const [a, b] = [textsOf(one), textsOf(other)];
  return [...new Set([...a.keys(), ...b.keys()])].filter((key) => a.get(key) !== b.get(key)).sort();
}

function textsOf(catalog: Catalog): ReadonlyMap<Key, string> {
  const texts = new Map<Key, string>();
  const add = (object: CatalogObject): void => {
    const own: Record<string, unknown> = {};
    for (const [field, value] of Object.entries(object)) {
      // Columns of a view have no keys.
      if (!PARTS.includes(field) || !value.every(isObject)) own[field] = value;
      else for (const part of value) add(part);
    }
    texts.set(object.key, stableText(own));
  };
  for (const list of Object.values(catalog)) if (Array.isArray(list)) for (const object of list) add(object);
  return texts;
}

function isObject(value: unknown): value is CatalogObject {
  return typeof value === "object" && value !== null && "key" in value;
}
