import { isPartitioned, isReferable } from "./maker.ts";
import type { ColumnObject, Id, Thing } from "./world.ts";
import { World } from "./world.ts";

/** The world without what PostgreSQL would not take, after random edits. */
export function settle(world: World): World {
  const bad = world.things.find((thing) => !isValid(world, thing));
  if (bad !== undefined) return settle(world.without(bad.id));
  const mended = world.things.map((thing) => (thing.kind === "column" ? mend(world, thing) : thing));
  return mended.every((thing, index) => thing === world.things[index]) ? world : settle(new World(mended));
}

function isValid(world: World, thing: Thing): boolean {
  const columns =
    "columns" in thing && thing.columns !== undefined ? thing.columns.map((id) => world.get("column", id)!) : [];
  const isPlain = (column: ColumnObject): boolean => column.columns === undefined;
  switch (thing.kind) {
    case "primary key":
    case "unique":
      return columns.every((column) => world.isKey(column) && isPlain(column));
    case "foreign key": {
      const target = world.get("primary key", thing.target) ?? world.get("unique", thing.target)!;
      const isLogged = (id: Id): boolean => world.get("table", id)?.unlogged !== true;
      return (
        !target.options.includes("deferrable") &&
        target.columns.length === columns.length &&
        (isLogged(target.table) || !isLogged(thing.table)) &&
        columns.every((column, index) => isReferable(world, column, world.get("column", target.columns[index])!)) &&
        !(isPartitioned(world, thing.table) && thing.options.includes("not valid"))
      );
    }
    case "exclusion":
      return columns.every((column) => isPlain(column) && (isRange(column) || world.isKey(column)));
    case "index": {
      const isKeyed = columns.every((column) => world.isKey(column) && (isPlain(column) || !thing.isUnique));
      const view = world.get("view", thing.table);
      const has = [...thing.columns, ...thing.include, ...(thing.where === undefined ? [] : [thing.where])];
      if (view !== undefined && (!view.isMaterialized || !has.every((id) => view.columns.includes(id)))) return false;
      return isKeyed || (!thing.isUnique && thing.method === "btree");
    }
    case "view": {
      const source = world.get("view", thing.source)?.columns;
      const used = [...thing.columns, ...(thing.where === undefined ? [] : [thing.where])];
      return source === undefined || used.every((id) => source.includes(id));
    }
    case "statistics":
      return columns.length > 1 && columns.every((column) => world.isKey(column) && isPlain(column));
    case "ownership": {
      const table = world.get("table", world.get("column", thing.column)!.table)!;
      // What becomes of it when the table is no longer logged is not compared.
      return table.schema === world.get("sequence", thing.sequence)!.schema && !table.unlogged;
    }
    case "trigger":
      return thing.where === undefined || isPlain(world.get("column", thing.where)!);
    default:
      return true;
  }
}

export function isRange(column: ColumnObject): boolean {
  return column.builtIn === "int4range" && column.userType === undefined && !column.isArray;
}

function mend(world: World, column: ColumnObject): ColumnObject {
  const isNumber = column.userType === undefined && world.groupOf(column) === "number";
  const isInteger = isNumber && ["integer", "bigint", "smallint"].includes(column.builtIn);
  const isParent = world.all("table").some(({ inherits }) => inherits === column.table);
  if (column.identity !== undefined && (!isInteger || isParent)) return { ...column, identity: undefined };
  if ((column.calls ?? column.next) !== undefined && !isNumber) return { ...column, calls: undefined, next: undefined };
  if (column.default !== undefined && world.get("composite", column.userType) !== undefined) {
    return { ...column, default: undefined };
  }
  return column;
}
