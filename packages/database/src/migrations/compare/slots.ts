import { type Name, partsOf } from "../operations/identifier.ts";
import type { Node, Side } from "./node.ts";

/**
 * Names that an object has and no other can have at the same time: tables, views, sequences and indexes share a namespace
 * in their schema, and types do (PostgreSQL, pg_class and pg_type).
 */
export function slotsOf(node: Node, side: Side): readonly string[] {
  const { defaultSchema } = side.catalog;
  const inSchema = (space: string, name: Name): string => {
    const parts = partsOf(name);
    return JSON.stringify([space, parts.length === 1 ? defaultSchema : parts[0], parts.at(-1)]);
  };
  switch (node.kind) {
    case "table":
    case "view":
    case "composite":
      return [inSchema("relation", node.item.name), inSchema("type", node.item.name)];
    case "sequence":
    case "index":
      return [inSchema("relation", node.item.name)];
    case "enum":
    case "domain":
    case "range":
      return [inSchema("type", node.item.name)];
    case "routine":
      return [JSON.stringify(["routine", node.key.slice(node.key.indexOf(" ") + 1)])];
    case "column":
      return node.item.identitySequence === undefined ? [] : [inSchema("relation", node.item.identitySequence)];
    case "constraint": {
      const { definition, name } = node.item;
      if ("check" in definition || "foreignKey" in definition) return [];
      const schema = partsOf(side.tableOf(node).name).at(-2);
      return [inSchema("relation", schema === undefined ? [name] : [schema, name])];
    }
    default:
      return [];
  }
}
