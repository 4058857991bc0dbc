import type { Catalog } from "./catalog.ts";

/**
 * A catalog as JSON, in lines, with an end of line: the same text for the same catalog. Numbers beyond what JSON's readers
 * keep are text.
 */
export function catalogText(catalog: Catalog): string {
  return `${stableText(catalog)}\n`;
}

/** Of any part of a catalog. */
export function stableText(part: object): string {
  return JSON.stringify(part, (_, value) => (typeof value === "bigint" ? String(value) : value), 2);
}
