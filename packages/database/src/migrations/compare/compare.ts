import type { Catalog, CatalogColumn, CatalogConstraint, CatalogIndex, CatalogTable } from "../catalog/catalog.ts";
import type { Name } from "../operations/identifier.ts";
import { around, type Call, call, isSame, keyOf } from "./call.ts";
import { alterColumn } from "./columns.ts";
import { compareEnums, keepsEnum, replaceEnums } from "./enums.ts";
import {
  createConstraint,
  createIndex,
  dropConstraint,
  dropIndex,
  isForeignKey,
  isSeparate,
  tableDefinition,
} from "./parts.ts";
import { type ColumnPair, isSameConstraint, isSameIndex, pairTables, type TablePair } from "./table-pair.ts";

/**
 * The calls that make of one catalog another, in an order in which they can be run: what refers goes before what it refers
 * to, and comes after it. What cannot be changed is dropped and made anew; what stands in the way of a change makes way
 * and comes back. Renames are not guessed, and the order of columns is not compared.
 */
export function compare(from: Catalog, to: Catalog): readonly Call[] {
  const enums = compareEnums(from, to);
  const replaced = enums.replaced.map((pair) => pair.to.type);
  const { gone, come, pairs } = pairTables(from.tables, to.tables, replaced);
  const parts = new Parts(pairs, replaced);
  const [lost, rest] = split(
    pairs.flatMap((pair) => parts.droppedConstraints(pair)),
    ({ part }) => isForeignKey(part),
  );
  const [links, made] = split(
    pairs.flatMap((pair) => parts.addedConstraints(pair)),
    ({ part }) => isForeignKey(part),
  );
  const dropped = [...gone].reverse();
  const altered = (isEarly: boolean): readonly Call[] =>
    pairs.flatMap((pair) =>
      freedFirst(pair.kept).flatMap((column) => {
        const leaves = replaced.includes(column.from.enum ?? "") && !keepsEnum(column, column.from.enum!);
        if (leaves !== isEarly) return [];
        const hasDefault = replaced.some((type) => keepsEnum(column, type));
        return alterColumn(pair.to.name, column, from.casts, hasDefault);
      }),
    );
  return [
    ...dropped.flatMap(({ name, constraints }) =>
      constraints.filter(isSeparate).map((one) => dropConstraint(name, one)),
    ),
    ...lost.map(({ table, part, isAround }) => around(dropConstraint(table, part), isAround)),
    ...dropped.flatMap(({ indexes }) => [...indexes].reverse().map(dropIndex)),
    ...pairs
      .flatMap((pair) => parts.droppedIndexes(pair))
      .map(({ part, isAround }) => around(dropIndex(part), isAround)),
    ...rest.reverse().map(({ table, part, isAround }) => around(dropConstraint(table, part), isAround)),
    ...dropped.map((table) => call("dropTable", table.name, { was: tableDefinition(table) })),
    ...to.schemas.filter((schema) => !from.schemas.includes(schema)).map((schema) => call("createSchema", schema)),
    ...enums.created,
    ...enums.extended,
    ...altered(true),
    ...pairs.flatMap((pair) => droppedColumns(pair)),
    ...replaceEnums(enums.replaced, pairs),
    ...come.map((table) => call("createTable", table.name, tableDefinition(table))),
    ...altered(false),
    ...pairs.flatMap((pair) => addedColumns(pair)),
    ...pairs.flatMap((pair) => changedComment(pair)),
    ...made.map(({ table, part, isAround }) => around(createConstraint(table, part), isAround)),
    ...pairs.flatMap((pair) => parts.validated(pair)),
    ...come.flatMap(({ indexes }) => indexes.map(createIndex)),
    ...pairs
      .flatMap((pair) => parts.addedIndexes(pair))
      .map(({ part, isAround }) => around(createIndex(part), isAround)),
    ...come.flatMap(({ name, constraints }) =>
      constraints.filter(isSeparate).map((one) => createConstraint(name, one)),
    ),
    ...links.map(({ table, part, isAround }) => around(createConstraint(table, part), isAround)),
    ...[...enums.dropped].reverse(),
    ...from.schemas
      .filter((schema) => !to.schemas.includes(schema))
      .map((schema) => call("dropSchema", schema, { was: {} })),
  ];
}

interface Part<Kind> {
  readonly table: Name;
  readonly part: Kind;
  readonly isAround: boolean;
}

/** Which constraints and indexes of tables that stay go, and which come. */
class Parts {
  readonly #pairs: ReadonlyMap<string, TablePair>;
  readonly #replaced: readonly string[];

  constructor(pairs: readonly TablePair[], replaced: readonly string[]) {
    this.#pairs = new Map(pairs.map((pair) => [keyOf(pair.to.name), pair]));
    this.#replaced = replaced;
  }

  droppedConstraints(pair: TablePair): readonly Part<CatalogConstraint>[] {
    return this.#moved(pair.from, pair.from.constraints, pair.to.constraints, (one, other) =>
      this.#staysConstraint(pair, one, other),
    );
  }

  addedConstraints(pair: TablePair): readonly Part<CatalogConstraint>[] {
    return this.#moved(pair.to, pair.to.constraints, pair.from.constraints, (one, other) =>
      this.#staysConstraint(pair, other, one),
    );
  }

  droppedIndexes(pair: TablePair): readonly Part<CatalogIndex>[] {
    return this.#moved(pair.from, pair.from.indexes, pair.to.indexes, (one) => !pair.isInTheWay(one, this.#replaced));
  }

  addedIndexes(pair: TablePair): readonly Part<CatalogIndex>[] {
    return this.#moved(pair.to, pair.to.indexes, pair.from.indexes, (one) => !pair.isInTheWay(one, this.#replaced));
  }

  /** Constraints that are the same but for the rows that nobody has looked at. */
  validated(pair: TablePair): readonly Call[] {
    return pair.to.constraints.flatMap((part) => {
      const old = pair.from.constraints.find(({ name }) => name === part.name);
      if (old === undefined || isSameConstraint(old, part) || !this.#staysConstraint(pair, old, part)) return [];
      return [call("validateConstraint", part.name, pair.to.name, { was: part.definition })];
    });
  }

  #moved<Kind extends CatalogConstraint | CatalogIndex>(
    { name: table }: CatalogTable,
    own: readonly Kind[],
    others: readonly Kind[],
    stays: (one: Kind, other: Kind) => boolean,
  ): readonly Part<Kind>[] {
    return own.flatMap((part) => {
      const other = others.find(({ name }) => keyOf(name) === keyOf(part.name));
      const isTheSame = other !== undefined && isSameEither(part, other);
      if (other !== undefined && (isTheSame || isUnvalidated(other, part) || isUnvalidated(part, other))) {
        if (stays(part, other)) return [];
      }
      return [{ table, part, isAround: isTheSame }];
    });
  }

  #staysConstraint(pair: TablePair, from: CatalogConstraint, to: CatalogConstraint): boolean {
    if (!isSameConstraint(from, to) && !isUnvalidated(from, to)) return false;
    if (pair.isInTheWay(from, this.#replaced)) return false;
    if (!("foreignKey" in to.definition)) return true;
    const { columns, target } = to.definition.foreignKey;
    if (columns.some((column) => pair.retyped.has(column))) return false;
    const referenced = this.#pairs.get(keyOf(target.table));
    const isChanged = (column: string): boolean =>
      referenced!.retyped.has(column) || referenced!.recreated.some((one) => one.to.name === column);
    return (
      referenced === undefined || !(target.columns!.some(isChanged) || this.#losesKey(referenced, target.columns!))
    );
  }

  /** Whether what makes the columns of a table unique, on which foreign keys depend, goes. */
  #losesKey(pair: TablePair, columns: readonly string[]): boolean {
    const isOf = (names: readonly string[]): boolean => isSame([...names].sort(), [...columns].sort());
    const own = pair.from.constraints.filter((one) => !isForeignKey(one));
    const gone = this.#moved(pair.from, own, pair.to.constraints, (one, other) =>
      this.#staysConstraint(pair, one, other),
    );
    return (
      gone.some(({ part }) => isOf(keyColumns(part))) ||
      this.droppedIndexes(pair).some(({ part }) => part.definition.unique === true && isOf(part.columns))
    );
  }
}

function keyColumns({ definition }: CatalogConstraint): readonly string[] {
  const key = "primaryKey" in definition ? definition.primaryKey : "unique" in definition ? definition.unique : [];
  return "columns" in key ? key.columns : key;
}

function isSameEither(one: CatalogConstraint | CatalogIndex, other: CatalogConstraint | CatalogIndex): boolean {
  return "isValid" in one ? isSameIndex(one, other as CatalogIndex) : isSameConstraint(one, other as CatalogConstraint);
}

/** Whether a constraint becomes another by VALIDATE CONSTRAINT. */
function isUnvalidated(from: CatalogConstraint | CatalogIndex, to: CatalogConstraint | CatalogIndex): boolean {
  return from.text === `${to.text} NOT VALID`;
}

/** What is generated no more comes first: a column from which another is computed cannot change its type. */
function freedFirst(columns: readonly ColumnPair[]): readonly ColumnPair[] {
  const [freed, others] = split(columns, ({ from, to }) => from.definition.generated !== to.definition.generated);
  return [...freed, ...others];
}

function droppedColumns({ from, dropped, recreated }: TablePair): readonly Call[] {
  const gone = [...recreated.map((pair) => pair.from), ...dropped];
  return gone.map(({ name, definition }) => call("dropColumn", from.name, name, { was: definition }));
}

function addedColumns({ to, added, recreated }: TablePair): readonly Call[] {
  const isComputed = ({ definition }: CatalogColumn): boolean => definition.generated !== undefined;
  const [computed, plain] = split([...added, ...recreated.map((pair) => pair.to)], isComputed);
  return [...plain, ...computed].map(({ name, definition }) => call("addColumn", to.name, name, definition));
}

function changedComment({ from, to }: TablePair): readonly Call[] {
  if (from.comment === to.comment) return [];
  return [call("comment", "table", to.name, to.comment ?? null, { was: from.comment ?? null })];
}

function split<Item>(items: readonly Item[], test: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}
