import type { CatalogTable } from "../catalog/catalog.ts";
import { type Call, keyOf } from "../compare/call.ts";
import { inSchema, type Name, renamed } from "../operations/identifier.ts";
import type { OnlineFacts } from "./online.ts";

/** The tables by the names that they have when a call's turn comes. */
export class Tables {
  readonly #tables: Map<string, CatalogTable>;
  readonly #filled: Set<string>;
  readonly #partitioned: Set<string>;
  readonly #doomed: ReadonlySet<string>;

  constructor({ catalog, filled }: Pick<OnlineFacts, "catalog" | "filled">, calls: readonly Call[]) {
    this.#tables = new Map(catalog.tables.map((table) => [keyOf(table.name), table]));
    this.#filled = new Set(filled);
    this.#partitioned = new Set(catalog.tables.filter(hasPartitions).map(({ name }) => keyOf(name)));
    this.#doomed = new Set(calls.flatMap((call) => (call.method === "dropTable" ? [keyOf(call.arguments[0])] : [])));
  }

  /** Those that hold rows, by `keyOf`. */
  get names(): ReadonlySet<string> {
    return this.#filled;
  }

  /** A table that holds rows. Undefined: it is empty, or will be dropped, so that nobody has to be spared. */
  filled(name: Name): CatalogTable | undefined {
    const key = keyOf(name);
    return this.#filled.has(key) && !this.#doomed.has(key) ? this.#tables.get(key) : undefined;
  }

  /** Whether it has partitions, which hold its rows. */
  isPartitioned(name: Name): boolean {
    return this.#partitioned.has(keyOf(name));
  }

  /** `range (created_at)`. */
  partitionKey(name: Name): string | undefined {
    return (this.#tables.get(keyOf(name)) as PartitionFacts | undefined)?.partitionBy;
  }

  hasDefaultPartition(name: Name): boolean {
    return [...this.#tables.values()].some(({ partitionOf }: PartitionFacts) => {
      return (
        partitionOf !== undefined && keyOf(partitionOf.table) === keyOf(name) && /^default$/i.test(partitionOf.bound)
      );
    });
  }

  /** Learns what a call does to tables. */
  follow(call: Call): void {
    if (call.method === "renameTable") this.#move(call.arguments[0], renamed(...call.arguments));
    if (call.method === "dropTable") this.#filled.delete(keyOf(call.arguments[0]));
    if (call.method === "createTable" && call.arguments[1].partitionBy !== undefined) {
      this.#partitioned.add(keyOf(call.arguments[0]));
    }
    if (call.method === "setSchema" && call.arguments[0] === "table") {
      const [, name, schema] = call.arguments as readonly ["table", Name, string];
      this.#move(name, inSchema(name, schema));
    }
  }

  #move(from: Name, to: Name): void {
    const [old, now] = [keyOf(from), keyOf(to)];
    const table = this.#tables.get(old);
    if (table !== undefined) this.#tables.set(now, table);
    this.#tables.delete(old);
    for (const names of [this.#filled, this.#partitioned]) if (names.delete(old)) names.add(now);
  }
}

/** What a catalog says of partitions. */
type PartitionFacts = CatalogTable & {
  readonly partitionBy?: string;
  readonly partitionOf?: { readonly table: Name; readonly bound: string };
};

function hasPartitions({ kind }: CatalogTable): boolean {
  return [kind].flat().some((word) => word.startsWith("partition"));
}
