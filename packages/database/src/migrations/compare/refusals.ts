import type { Catalog, CatalogTable } from "../catalog/catalog.ts";
import { type Name, showName } from "../operations/identifier.ts";
import { type Call, keyOf } from "./call.ts";

/**
 * Both sides without the tables that are of another kind than models describe and that no model has: those are left as they
 * are, and told of.
 */
export function withoutOthers(from: Catalog, to: Catalog): Catalog {
  const wanted = new Set(to.tables.map(({ name }) => keyOf(name)));
  const isOther = ({ name, kind }: CatalogTable): boolean => kind.length > 0 && !wanted.has(keyOf(name));
  const others = from.tables
    .filter(isOther)
    .map(({ name, kind }) => `table ${showName(name)}, with ${kind.join(", ")}`);
  return {
    ...from,
    tables: from.tables.filter((table) => !isOther(table)),
    leftAlone: [...others, ...from.leftAlone],
  };
}

/** What of the calls cannot be done, or not be taken back, because of what models cannot describe; a sentence for each. */
export function refusals(from: Catalog, calls: readonly Call[]): readonly string[] {
  const found = new Set<string>();
  const tables = new Map(from.tables.map((table) => [keyOf(table.name), table]));
  const refuse = (what: string, on: Name, column?: string): void => {
    for (const one of from.dependents) {
      if (keyOf(one.on) !== keyOf(on) || (column !== undefined && one.column !== column)) continue;
      found.add(`${what}: ${one.what} depends on it.`);
    }
  };
  for (const call of calls) {
    const changed = tableOf(call);
    const table = changed === undefined ? undefined : tables.get(keyOf(changed));
    if (table !== undefined && table.kind.length > 0) {
      found.add(`${showName(table.name)} differs from its model, and has ${table.kind.join(", ")}.`);
    }
    if (call.method === "dropTable") {
      const [name] = call.arguments;
      for (const one of table?.beyond ?? []) found.add(`${showName(name)} would be dropped, and ${one} with it.`);
      refuse(`${showName(name)} would be dropped`, name);
    } else if (call.method === "dropColumn") {
      const [name, column] = call.arguments;
      refuse(`${showName(name)}.${column} would be dropped`, name, column);
    } else if (call.method === "alterColumn") {
      const [name, column, { type, was }] = call.arguments;
      if (type !== undefined) refuse(`${showName(name)}.${column} would change its type`, name, column);
      if (was?.type?.endsWith("serial") === true) {
        found.add(`${showName(name)}.${column} is ${was.type}, whose sequence models do not describe.`);
      }
    } else if (call.method === "dropEnum" || call.method === "replaceEnum") {
      const [name] = call.arguments;
      const type = from.enums.find((one) => keyOf(one.name) === keyOf(name))?.type ?? "";
      refuse(`The enum ${showName(name)} would be ${call.method === "dropEnum" ? "dropped" : "made anew"}`, [type]);
    }
  }
  for (const { indexes } of from.tables) {
    for (const { name, isValid } of indexes) {
      if (!isValid) found.add(`The index ${showName(name)} is invalid: drop it, or finish it with REINDEX.`);
    }
  }
  return [...found];
}

/** The table that a call changes. */
function tableOf(call: Call): Name | undefined {
  switch (call.method) {
    case "dropTable":
    case "addColumn":
    case "dropColumn":
    case "alterColumn":
      return call.arguments[0];
    case "dropConstraint":
    case "createForeignKey":
    case "createPrimaryKey":
    case "createUniqueConstraint":
    case "createCheckConstraint":
    case "createExclusionConstraint":
    case "validateConstraint":
    case "createIndex":
      return call.arguments[1];
    case "dropIndex":
      return call.arguments[1]?.was?.table;
    case "comment":
      return call.arguments[1] as Name;
    default:
      return undefined;
  }
}
