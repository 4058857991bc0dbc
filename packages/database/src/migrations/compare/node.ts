import type {
  Catalog,
  CatalogColumn,
  CatalogCompositeType,
  CatalogConstraint,
  CatalogDomain,
  CatalogEnum,
  CatalogExtension,
  CatalogIndex,
  CatalogOther,
  CatalogPolicy,
  CatalogRangeType,
  CatalogRoutine,
  CatalogSchema,
  CatalogSequence,
  CatalogStatistics,
  CatalogTable,
  CatalogTrigger,
  CatalogView,
  Key,
} from "../catalog/catalog.ts";
import { key } from "../catalog/key.ts";
import { type Name, partsOf } from "../operations/identifier.ts";
import type { GivenConstraint } from "./given.ts";

/** What a catalog holds, by kind. */
export interface Items {
  readonly schema: CatalogSchema;
  readonly extension: CatalogExtension;
  readonly enum: CatalogEnum;
  readonly domain: CatalogDomain;
  readonly composite: CatalogCompositeType;
  readonly range: CatalogRangeType;
  readonly sequence: CatalogSequence;
  readonly table: CatalogTable;
  readonly column: CatalogColumn;
  readonly constraint: GivenConstraint;
  readonly index: CatalogIndex;
  readonly trigger: CatalogTrigger;
  readonly policy: CatalogPolicy;
  readonly view: CatalogView;
  readonly routine: CatalogRoutine;
  readonly statistics: CatalogStatistics;
  readonly other: CatalogOther;
}

export type Kind = keyof Items;

/** An object of a catalog, with its place among the others. */
export type NodeOf<K extends Kind> = {
  readonly kind: K;
  readonly key: Key;
  readonly item: Items[K];
  /** What it is a part of and goes with: a column's table, the column of a sequence. */
  readonly of: Key | undefined;
  readonly needs: readonly Key[];
  /** How many came before it. */
  readonly rank: number;
};

export type Node = { readonly [K in Kind]: NodeOf<K> }[Kind];

/** One side of a comparison. */
export class Side {
  readonly catalog: Catalog;
  readonly nodes: ReadonlyMap<Key, Node>;
  readonly #dependents = new Map<Key, Node[]>();
  readonly #parts = new Map<Key, Node[]>();

  constructor(catalog: Catalog) {
    this.catalog = catalog;
    this.nodes = new Map(nodesOf(catalog).map((node) => [node.key, node]));
    for (const node of this.nodes.values()) {
      for (const need of node.needs) append(this.#dependents, need, node);
      if (node.of !== undefined) append(this.#parts, node.of, node);
    }
  }

  /** What depends on an object by itself, not through another one. */
  dependents(key: Key): readonly Node[] {
    return this.#dependents.get(key) ?? [];
  }

  /** What is a part of an object, without the parts' parts. */
  parts(key: Key): readonly Node[] {
    return this.#parts.get(key) ?? [];
  }

  /** The node, if it is of this kind. */
  get<K extends Kind>(kind: K, key: Key | undefined): NodeOf<K> | undefined {
    const node = key === undefined ? undefined : this.nodes.get(key);
    return node?.kind === kind ? (node as NodeOf<K>) : undefined;
  }

  columnOf(table: Name, column: string): NodeOf<"column"> | undefined {
    return this.get("column", key("column", ...this.#whole(table), column));
  }

  /** The columns of the same name that tables have which inherit from the column's. */
  heirs(column: NodeOf<"column">): readonly NodeOf<"column">[] {
    return this.dependents(column.of!).flatMap((child) => {
      if (child.kind !== "table" || !this.parentsOf(child).some(({ key }) => key === column.of)) return [];
      const heir = this.parts(child.key).find((part) => part.kind === "column" && part.item.name === column.item.name);
      return heir === undefined ? [] : [heir as NodeOf<"column">];
    });
  }

  /** Those and theirs. */
  allHeirs(column: NodeOf<"column">): readonly NodeOf<"column">[] {
    return this.heirs(column).flatMap((heir) => [heir, ...this.allHeirs(heir)]);
  }

  /** The tables that a table is a partition of or inherits from. */
  parentsOf({ item: { partitionOf, inherits = [] } }: NodeOf<"table">): readonly NodeOf<"table">[] {
    const names = partitionOf === undefined ? inherits : [partitionOf.table];
    return names.flatMap((name) => this.#tableNamed(name) ?? []);
  }

  #tableNamed(table: Name): NodeOf<"table"> | undefined {
    return this.get("table", key("table", ...this.#whole(table)));
  }

  /** With the schema. */
  #whole(name: Name): readonly string[] {
    const parts = partsOf(name);
    return parts.length === 1 ? [this.catalog.defaultSchema, ...parts] : parts;
  }

  /** The table or view that a node is a part of. */
  tableOf(node: { readonly of: Key | undefined }): CatalogTable | CatalogView {
    const owner = this.nodes.get(node.of!)!;
    return owner.item as CatalogTable | CatalogView;
  }
}

function append(map: Map<Key, Node[]>, key: Key, node: Node): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [node]);
  else list.push(node);
}

function nodesOf(catalog: Catalog): readonly Node[] {
  const nodes: Node[] = [];
  const add = <K extends Kind>(
    kind: K,
    items: readonly Items[K][],
    of?: (item: Items[K]) => Key | undefined,
    also?: (item: Items[K]) => readonly Key[],
  ): void => {
    for (const item of items) {
      const needs = also === undefined ? item.needs : [...item.needs, ...also(item)];
      nodes.push({ kind, key: item.key, item, of: of?.(item), needs, rank: nodes.length } as Node);
    }
  };
  add("schema", catalog.schemas);
  add("extension", catalog.extensions);
  add("enum", catalog.enums);
  add("domain", catalog.domains);
  add("composite", catalog.compositeTypes);
  add("range", catalog.rangeTypes);
  add("sequence", catalog.sequences, ({ ownedBy }) => ownedBy);
  for (const table of catalog.tables) {
    const ofTable = (): Key => table.key;
    const keys = new Map(table.columns.map((column) => [column.name, column.key]));
    const keysOf = (names: readonly string[] = []): readonly Key[] => names.flatMap((name) => keys.get(name) ?? []);
    const columnsOf = ({ columns }: CatalogConstraint | CatalogIndex): readonly Key[] => keysOf(columns);
    add("table", [table]);
    add("column", table.columns, ofTable, ({ from }) => keysOf(from));
    add("constraint", table.constraints, ofTable, columnsOf);
    add("index", table.indexes, ofTable, columnsOf);
    add("trigger", table.triggers, ofTable);
    add("policy", table.policies, ofTable);
  }
  for (const view of catalog.views) {
    const ofView = (): Key => view.key;
    add("view", [view]);
    add("index", view.indexes, ofView);
    add("trigger", view.triggers, ofView);
  }
  add("routine", catalog.routines);
  add("statistics", catalog.statistics);
  add("other", catalog.others, ({ of }) => of);
  return nodes;
}
