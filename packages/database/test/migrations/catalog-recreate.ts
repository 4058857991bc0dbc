import type {
  Catalog,
  CatalogColumn,
  CatalogConstraint,
  CatalogIndex,
  CatalogObject,
  CatalogOwned,
  CatalogTable,
  CatalogView,
  Key,
  Privileges,
} from "../../src/migrations/catalog/catalog.ts";
import type {
  GrantTarget,
  Name,
  Operations,
  OwnedKind,
  Signature,
} from "../../src/migrations/operations/operations.ts";
import { splitStatements } from "../../src/migrations/operations/split-statements.ts";

type Work = (op: Operations) => void;
/** Runs after all others where it needs a key that nothing has: what is no part of the order. */
interface Task {
  readonly key: Key;
  readonly needs: readonly Key[];
  readonly run: Work;
}

/** All operations that make what a catalog holds, in an order that `needs` alone gives. */
export function recreate(catalog: Catalog): Work {
  const tasks = tasksOf(catalog);
  const after = finish(catalog);
  return (op) => {
    const done = new Set<Key>();
    const there = new Set(tasks.map(({ key }) => key));
    let waiting = tasks;
    while (waiting.length > 0) {
      const ready = waiting.filter(({ key, needs }) =>
        needs.every((need) => done.has(need) || !there.has(need) || need === key),
      );
      if (ready.length === 0) throw new Error(`They need each other: ${waiting.map(({ key }) => key).join(", ")}`);
      for (const { key, run } of ready) {
        run(op);
        done.add(key);
      }
      waiting = waiting.filter(({ key }) => !done.has(key));
    }
    for (const run of after) run(op);
  };
}

function tasksOf(catalog: Catalog): readonly Task[] {
  const task = ({ key, needs }: CatalogObject, run: Work): Task => ({ key, needs: needs.map(wholeOf), run });
  // A column is made with its table.
  const columns = new Map(catalog.tables.flatMap(({ key, columns }) => columns.map((column) => [column.key, key])));
  const wholeOf = (key: Key): Key => columns.get(key) ?? key;
  return [
    ...catalog.schemas.filter(({ name }) => name !== "public").map((o) => task(o, (op) => op.createSchema(o.name))),
    ...catalog.extensions.map((o) => {
      const { key, needs, name, schema, version } = o;
      return task({ key, needs: [...needs, `schema ${schema}`] }, (op) =>
        op.createExtension(name, { schema, version }),
      );
    }),
    ...catalog.enums.map((o) => task(o, (op) => op.createEnum(o.name, o.values))),
    ...catalog.domains.map((o) => {
      const checks = Object.entries(o.definition.checks ?? {});
      const valid = Object.fromEntries(checks.filter(([name]) => !o.notValid.includes(name)));
      return task(o, (op) => {
        op.createDomain(o.name, { ...o.definition, checks: valid });
        for (const [name, sql] of checks) {
          if (o.notValid.includes(name)) op.addDomainCheck(name, o.name, sql, { notValid: true });
        }
      });
    }),
    ...catalog.compositeTypes.map((o) => task(o, (op) => op.createCompositeType(o.name, o.attributes))),
    ...catalog.rangeTypes.map((o) => task(o, (op) => op.createRangeType(o.name, o.definition))),
    ...catalog.sequences.map((o) => {
      const { ownedBy: _, ...definition } = o.definition;
      return task(o, (op) => op.createSequence(o.name, definition));
    }),
    ...catalog.tables.flatMap((o) => [
      task({ key: o.key, needs: [...o.needs, ...o.columns.flatMap(({ needs }) => needs)] }, (op) => createTable(op, o)),
      ...o.constraints.map((part) => task(under(part, o), (op) => createConstraint(op, o.name, part))),
      // A partition that comes later would get indexes of its own.
      ...o.indexes.map((part) => {
        const needs = [...part.needs, ...catalog.tables.map(({ key }) => key)];
        return task({ key: part.key, needs }, (op) => createIndex(op, part, catalog));
      }),
      ...o.triggers.map((part) => task(under(part, o), (op) => op.createTrigger(part.name, o.name, part.definition))),
      ...o.policies.map((part) => task(under(part, o), (op) => op.createPolicy(part.name, o.name, part.definition))),
    ]),
    ...catalog.views.flatMap((o) => [
      task(o, (op) => createView(op, o)),
      ...o.indexes.map((part) => task(under(part, o), (op) => createIndex(op, part, catalog))),
      ...o.triggers.map((part) => task(under(part, o), (op) => op.createTrigger(part.name, o.name, part.definition))),
    ]),
    ...catalog.routines.map((o) =>
      task(o, (op) => {
        if (o.kind === "function") op.createFunction(o.signature, o.definition);
        else op.createProcedure(o.signature, o.definition);
      }),
    ),
    ...catalog.statistics.map((o) => task(o, (op) => op.createStatistics(o.name, o.definition))),
    ...catalog.others.map((o) =>
      task(o.of === undefined ? o : { key: o.key, needs: [...o.needs, o.of] }, (op) => runSql(op, o.create!)),
    ),
  ];
}

function under(part: CatalogObject, whole: CatalogObject): CatalogObject {
  return { key: part.key, needs: [...part.needs, whole.key] };
}

function createTable(op: Operations, table: CatalogTable): void {
  const { partitionBy, partitionOf, inherits, unlogged, with: parameters, tablespace } = table;
  const own = table.columns.filter(({ inherited }) => inherited === undefined || inherited.local);
  const columns = Object.fromEntries(own.map(({ name, definition }: CatalogColumn) => [name, definition]));
  const comment = table.comment;
  op.createTable(table.name, {
    ...(partitionOf === undefined ? { columns } : { partitionOf }),
    partitionBy,
    inherits,
    unlogged,
    with: parameters,
    tablespace,
    comment,
  });
}

function createConstraint(op: Operations, table: Name, { name, definition }: CatalogConstraint): void {
  if ("primaryKey" in definition) {
    const { columns, ...options } = whole(definition.primaryKey);
    op.createPrimaryKey(name, table, columns, options);
  } else if ("unique" in definition) {
    const { columns, ...options } = whole(definition.unique);
    op.createUniqueConstraint(name, table, columns, options);
  } else if ("check" in definition) {
    const { check } = definition;
    const { expression, ...options } = typeof check === "string" ? { expression: check } : check;
    op.createCheckConstraint(name, table, expression, options);
  } else if ("foreignKey" in definition) {
    const { columns, target, ...options } = definition.foreignKey;
    op.createForeignKey(name, table, columns, target.table, target.columns!, options);
  } else {
    const { elements, ...options } = definition.exclusion;
    op.createExclusionConstraint(name, table, elements, options);
  }
}

function whole<Definition extends { readonly columns: readonly string[] }>(
  given: readonly string[] | Definition,
): Definition {
  return (Array.isArray(given) ? { columns: given } : given) as Definition;
}

/** One that has parts is made on the partitioned table alone; its parts are attached. */
function createIndex(op: Operations, { key, name, definition, attachedTo }: CatalogIndex, { tables }: Catalog): void {
  const all = tables.flatMap(({ indexes }) => indexes);
  const { table, keys, ...options } = definition;
  const only = all.some((index) => index.attachedTo === key);
  const bare = Array.isArray(name) ? [name.at(-1)!] : (name as string).split(".").at(-1)!;
  op.createIndex(bare, table, keys, { ...options, ...(only ? { only } : {}) });
  if (attachedTo !== undefined) op.attachIndex(all.find((index) => index.key === attachedTo)!.name, name);
}

function createView(op: Operations, { name, materialized, definition, isPopulated }: CatalogView): void {
  const { query, checkOption, ...options } = definition;
  if (materialized) op.createMaterializedView(name, query, isPopulated ? options : { ...options, withData: false });
  else op.createView(name, query, checkOption === undefined ? options : { ...options, checkOption });
}

function runSql(op: Operations, sql: string): void {
  for (const { text } of splitStatements(sql)) op.sql(Object.assign([text], { raw: [text] }));
}

/** What is said of things when all of them are there. */
function finish(catalog: Catalog): readonly Work[] {
  const works: Work[] = [];
  const say = (kind: OwnedKind, name: Signature | Name, object: CatalogObject): void => {
    const { comment } = object;
    // The comments of tables come with them.
    if (comment !== undefined && kind !== "table") works.push((op) => op.comment(kind, name, comment));
  };
  const own = (kind: OwnedKind, name: Signature | Name, object: CatalogOwned): void => {
    say(kind, name, object);
    works.push((op) => op.setOwner(kind, name, object.owner));
    const on = (kind === "view" || kind === "materialized view" ? "table" : kind) as "table";
    works.push(...grants({ [on]: [name] } as unknown as GrantTarget, object.privileges));
  };
  for (const o of catalog.schemas) if (o.name !== "public") own("schema", [o.name], o);
  for (const { name, comment } of catalog.extensions)
    if (comment) works.push((op) => op.comment("extension", name, comment));
  for (const o of [...catalog.enums, ...catalog.compositeTypes, ...catalog.rangeTypes]) own("type", o.name, o);
  for (const o of catalog.domains) own("domain", o.name, o);
  for (const o of catalog.tables) own("table", o.name, o);
  for (const o of catalog.sequences) {
    const { ownedBy } = o.definition;
    if (ownedBy !== undefined) works.push((op) => op.alterSequence(o.name, { ownedBy }));
    own("sequence", o.name, o);
  }
  for (const o of catalog.views) own(o.materialized ? "materialized view" : "view", o.name, o);
  for (const o of catalog.routines) own(o.kind, o.signature, o);
  for (const o of catalog.statistics) {
    say("statistics", o.name, o);
    const { target } = o;
    if (target !== undefined) works.push((op) => op.alterStatistics(o.name, target));
  }
  for (const { kind, comment, of, key } of catalog.others.map((o) => ({ ...o, kind: "rule" as const }))) {
    const on = catalog.tables.find((table) => table.key === of)?.name;
    if (comment && on) works.push((op) => op.comment(kind, key.slice(key.lastIndexOf(".") + 1), comment, { on }));
  }
  for (const table of catalog.tables) works.push(...finishTable(table));
  for (const { name, columns } of catalog.views) {
    for (const column of columns) works.push(...columnGrants(name, column));
  }
  return works;
}

function finishTable(table: CatalogTable): readonly Work[] {
  const { name, rowSecurity, replicaIdentity, constraints, indexes, triggers, policies, columns } = table;
  const works: Work[] = columns.flatMap((column) => columnGrants(name, column));
  if (rowSecurity?.enabled) works.push((op) => op.enableRowSecurity(name, { force: rowSecurity.forced }));
  else if (rowSecurity?.forced) {
    works.push((op) => op.enableRowSecurity(name, { force: true }));
    works.push((op) => op.disableRowSecurity(name));
  }
  if (replicaIdentity !== undefined) works.push((op) => op.alterTable(name, { replicaIdentity }));
  const parts = [
    ["constraint", constraints],
    ["trigger", triggers],
    ["policy", policies],
  ] as const;
  for (const [kind, list] of parts) {
    for (const part of list) {
      const { comment } = part;
      if (comment !== undefined) works.push((op) => op.comment(kind, part.name, comment, { on: name }));
    }
  }
  for (const index of indexes) if (index.comment) works.push((op) => op.comment("index", index.name, index.comment!));
  for (const { name: trigger, fires } of triggers) {
    if (fires === "never") works.push((op) => op.disableTrigger(trigger, name));
    else if (fires !== undefined) works.push((op) => op.enableTrigger(trigger, name, { fires }));
  }
  return works;
}

function columnGrants(
  table: Name,
  column: { readonly name: string; readonly privileges?: Privileges },
): readonly Work[] {
  return grants({ table: [table] as readonly Name[] }, column.privileges, ` ("${column.name.replaceAll('"', '""')}")`);
}

function grants(target: GrantTarget, privileges: Privileges | undefined, columns = ""): readonly Work[] {
  const { granted = [], revoked = [] } = privileges ?? {};
  return [
    ...revoked.map(
      ({ role, privileges }): Work =>
        (op) =>
          op.revoke(privileges, target, [role]),
    ),
    ...granted.map(
      ({ role, privileges, grantable }): Work =>
        (op) =>
          op.grant(
            privileges.map((privilege) => privilege + columns),
            target,
            [role],
            grantable ? { withGrantOption: true } : {},
          ),
    ),
  ];
}
