import { encodeParameters } from "../connection/parameters.ts";
import { KeyList, RelatedRows } from "./keyed-rows.ts";
import type { Executor } from "./query.ts";
import type { Includes, Relation, ResolvedRelation } from "./relation.ts";
import { Select, selectFrom } from "./select.ts";
import { Named } from "./selection.ts";
import { baseSource, type ColumnRef, type TableSource } from "./source.ts";
import type { Table } from "./table.ts";

type Row = Readonly<Record<string, unknown>>;

/** A loaded row and the position, in the list of keys, of the key that it belongs to. */
interface Loaded {
  readonly row: Row;
  readonly position: number | undefined;
}

/**
 * Loads relations of rows that are there: one statement for each relation and level, however many rows there are. Relations
 * beside each other travel together; those of loaded rows follow.
 */
export async function loadIncludes(
  table: Table,
  rows: readonly object[],
  includes: Includes,
  db: Executor,
): Promise<void> {
  if (rows.length === 0) return;
  const loads = Object.entries(includes).map(async ([name, relation]) => {
    await loadRelation(table, rows as readonly Row[], name, relation, db);
  });
  await Promise.all(loads);
}

async function loadRelation(
  table: Table,
  rows: readonly Row[],
  name: string,
  relation: Relation<unknown>,
  db: Executor,
): Promise<void> {
  const resolved = relation.resolve(table);
  const keys = new Keys(table, resolved.ownKey);
  const positions = rows.map((row) => keys.add(row));
  const loaded = keys.tuples.length === 0 ? [] : await load(relation, resolved, keys, db);
  const groups: Row[][] = keys.tuples.map(() => []);
  for (const { row, position } of loaded) if (position !== undefined) groups[position]!.push(row);
  const { includes } = relation.refinement;
  await loadIncludes(
    resolved.target,
    loaded.map(({ row }) => row),
    includes,
    db,
  );
  for (const [i, row] of rows.entries()) {
    const position = positions[i];
    const group = position === undefined ? [] : groups[position]!;
    table.relate(row, name, relation.isMany ? [...group] : (group[0] ?? null));
  }
}

/**
 * By `key = any($1)`, which is planned best and reads nothing but columns; by a list of keys with positions where there is
 * a limit for each key, or where JavaScript cannot tell whether the server takes two keys for equal.
 */
async function load(
  relation: Relation<unknown>,
  resolved: ResolvedRelation,
  keys: Keys,
  db: Executor,
): Promise<readonly Loaded[]> {
  const { limit } = relation.refinement;
  const { ownKey, targetKey, through, target } = resolved;
  const pointing = through?.from ?? targetKey;
  if (limit !== undefined || !areComparable(ownKey, pointing))
    return await loadByPosition(relation, resolved, keys, db);

  const other = pointing[0]!;
  const wanted = other.in(keys.tuples.map(([value]) => value) as never);
  if (through === undefined) {
    const { property } = other.definition;
    const rows = await db.all(refine(relation, selectFrom(target as Table<Row>)).where(wanted));
    return rows.map((row) => ({ row, position: keys.find([row[property]]) }));
  }
  const output = new Named({ row: baseSource(target), key: other });
  const query = new Select<{ row: Row; key: unknown }>({ output, from: baseSource(target) });
  const rows = await db.all(refine(relation, joinBetween(resolved, query)).where(wanted));
  return rows.map(({ row, key }) => ({ row, position: keys.find([key]) }));
}

async function loadByPosition(
  relation: Relation<unknown>,
  resolved: ResolvedRelation,
  keys: Keys,
  db: Executor,
): Promise<readonly Loaded[]> {
  const { ownKey, targetKey, through, target } = resolved;
  const list = new KeyList(
    ownKey,
    ownKey.map((_, i) => keys.tuples.map((tuple) => tuple[i])),
  );
  const equal = (through?.from ?? targetKey).map((column, i) => column.eq(list.c[`k${i + 1}`] as never));
  const { limit } = relation.refinement;
  const all = refine(relation, joinBetween(resolved, selectFrom<unknown>(target))).where(...equal);
  const related: TableSource<unknown, unknown> = new RelatedRows(target, limit === undefined ? all : all.limit(limit));
  const output = new Named({ row: related, position: list.c["position"]! });
  const query = new Select<{ row: Row; position: bigint }>({ output, from: list }).joinLateral(related);
  const rows = await db.all(query.withDeleted()); // the subquery has left out what is deleted
  return rows.map(({ row, position }) => ({ row, position: Number(position) - 1 }));
}

function refine<T>(relation: Relation<unknown>, query: Select<T>): Select<T> {
  const { where, orderBy, withDeleted } = relation.refinement;
  const refined = query.where(...where).orderBy(...orderBy);
  return withDeleted || relation.definition.kind === "belongs to" ? refined.withDeleted() : refined;
}

function joinBetween<T>({ through, targetKey }: ResolvedRelation, query: Select<T>): Select<T> {
  if (through === undefined) return query;
  const [first, ...others] = through.to.map((column, i) => column.eq(targetKey[i] as never));
  return others.reduce(
    (joined, condition) => joined.where(condition),
    query.join(baseSource(through.to[0]!.owner), first),
  );
}

/** Types whose values are equal in JavaScript exactly when they are on the server, unless a collation says otherwise. */
const COMPARABLE = /^(uuid|smallint|integer|bigint|text|character varying(\(\d+\))?|boolean)$/;

function areComparable(own: readonly ColumnRef<unknown>[], other: readonly ColumnRef<unknown>[]): boolean {
  if (own.length > 1) return false;
  const [one, another] = [own[0]!.definition, other[0]!.definition];
  if (one.type !== another.type || one.collation !== another.collation) return false;
  return COMPARABLE.test(one.type) && one.collation === undefined && one.decode === undefined;
}

/** The different keys of some rows, as the driver takes them, in the order they were met. */
class Keys {
  readonly #table: Table;
  readonly #columns: readonly ColumnRef<unknown>[];
  readonly tuples: (readonly unknown[])[] = [];
  readonly #positions = new Map<unknown, number>();

  constructor(table: Table, columns: readonly ColumnRef<unknown>[]) {
    this.#table = table;
    this.#columns = columns;
  }

  /** The position of the row's key; undefined when a part of it is NULL, and so points nowhere. */
  add(row: Row): number | undefined {
    const stored = this.#table.storedRow(row);
    const tuple = this.#columns.map(({ definition }) => {
      const value = row[definition.property];
      if (value === null || value === undefined) return null;
      // The wire's text is exact where the value is not: a Date has no microseconds.
      const i = this.#table.columns.indexOf(definition);
      return stored?.parse[i] === undefined ? definition.encode(value) : stored.values[i];
    });
    if (tuple.includes(null)) return undefined;
    const identity = identityOf(tuple);
    let position = this.#positions.get(identity);
    if (position === undefined) {
      position = this.tuples.push(tuple) - 1;
      this.#positions.set(identity, position);
    }
    return position;
  }

  /** The position of a key that is comparable in JavaScript. */
  find(tuple: readonly unknown[]): number | undefined {
    return this.#positions.get(identityOf(tuple));
  }
}

function identityOf(tuple: readonly unknown[]): unknown {
  return tuple.length === 1 && typeof tuple[0] !== "object" ? tuple[0] : JSON.stringify(encodeParameters(tuple));
}
