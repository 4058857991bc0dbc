import { key } from "./key.ts";
import { CLASS, Objects } from "./objects.ts";
import type { OwnConstraint } from "./queries/constraints.ts";
import { otherKey } from "./read/other.ts";
import type { Rows } from "./rows.ts";

/** Gives a key to all that the rows tell of, and notes what needs what, and comments. */
export function register(rows: Rows): Objects {
  const objects = new Objects();
  for (const [catalog, id, part, text] of rows.comments) objects.comment([catalog, id, part], text);
  for (const { id, name } of rows.facts.schemas) objects.add([CLASS.schema, id], key("schema", name));
  for (const { id, name } of rows.facts.extensions) objects.add([CLASS.extension, id], key("extension", name));
  for (const { id, schema, name } of rows.types) objects.add([CLASS.type, id], key("type", schema, name));
  registerRelations(rows, objects);
  for (const { id, kind, schema, name, types } of rows.routines) {
    const what = kind === "p" ? "procedure" : "function";
    objects.add([CLASS.routine, id], `${key(what, schema, name)}(${types})`);
  }
  for (const { id, schema, name, types } of rows.aggregates) {
    objects.add([CLASS.routine, id], `${key("function", schema, name)}(${types})`);
  }
  for (const { id, schema, name } of rows.statistics)
    objects.add([CLASS.statistics, id], key("statistics", schema, name));
  const relations = new Map(rows.relations.map((row) => [row.id, row]));
  for (const row of rows.others) {
    const table = row.table === null ? undefined : relations.get(row.table);
    const of = table && objects.keyOf([CLASS.relation, table.id]);
    objects.add([row.catalog, row.id], otherKey(row, table && [table.schema, table.name]), of);
  }
  for (const [catalog, id, part, toCatalog, toId, toPart] of rows.dependencies) {
    objects.need([catalog, id, part], [toCatalog, toId, toPart]);
  }
  return objects;
}

function registerRelations(rows: Rows, objects: Objects): void {
  const tables = new Map<string, readonly [schema: string, name: string]>();
  for (const { id, kind, schema, name } of rows.relations) {
    objects.add([CLASS.relation, id], key(kind === "v" || kind === "m" ? "view" : "table", schema, name));
    tables.set(id, [schema, name]);
  }
  const isView = new Set(rows.relations.filter(({ kind }) => kind === "v" || kind === "m").map(({ id }) => id));
  const add = (
    kind: string,
    catalog: string,
    { id, table, name }: { id: string; table: string; name: string },
  ): void => {
    objects.add([catalog, id], key(kind, ...tables.get(table)!, name), objects.keyOf([CLASS.relation, table]));
  };
  for (const { table, number, name } of rows.columns) {
    if (isView.has(table)) continue;
    const of = objects.keyOf([CLASS.relation, table]);
    objects.add([CLASS.relation, table, number], key("column", ...tables.get(table)!, name), of);
  }
  for (const { id, schema, name, kind, table, column } of rows.sequences) {
    const place = [CLASS.relation, id] as const;
    const owner = table === null ? undefined : objects.keyOf([CLASS.relation, table, column!]);
    if (kind === "i" && owner !== undefined) objects.add(place, owner, objects.keyOf([CLASS.relation, table!]));
    else objects.add(place, key("sequence", schema, name));
  }
  for (const row of rows.constraints) if (row.parent === null) add("constraint", CLASS.constraint, row);
  for (const { id, table, schema, name } of rows.indexes) {
    objects.add([CLASS.relation, id], key("index", schema, name), objects.keyOf([CLASS.relation, table]));
  }
  registerIndexesOfConstraints(rows, objects);
  for (const row of rows.triggers) add("trigger", CLASS.trigger, row);
  for (const row of rows.policies) add("policy", CLASS.policy, row);
}

/** An index of a constraint is the constraint, and a constraint that comes from a partitioned table is that one's. */
function registerIndexesOfConstraints({ constraints, indexes }: Rows, objects: Objects): void {
  const own = new Set(indexes.filter(({ text }) => text === null).map(({ id }) => id));
  // Parents are older than what comes from them, but for those that were attached later.
  const place = ({ id }: { readonly id: string }) => [CLASS.constraint, id] as const;
  const parents = new Map(constraints.flatMap(({ id, parent }) => (parent === null ? [] : [[id, parent]])));
  for (const row of constraints) {
    let id = row.id;
    while (parents.has(id)) id = parents.get(id)!;
    const found = objects.keyOf(place({ id }));
    if (found === undefined) continue;
    const of = objects.keyOf([CLASS.relation, row.table]);
    if (row.parent !== null) objects.add(place(row), found);
    const isOwn = row.parent !== null || (row as OwnConstraint).kind !== "f";
    if (isOwn && own.has(row.index))
      objects.add([CLASS.relation, row.index], found, row.parent === null ? of : undefined);
  }
  for (const row of constraints) {
    if (row.parent !== null || row.reference === null) continue;
    const { id, numbers } = row.reference;
    for (const number of numbers) objects.need(place(row), [CLASS.relation, id, number]);
    objects.need(place(row), [CLASS.relation, row.index]);
  }
}
