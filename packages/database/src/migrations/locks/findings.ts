import type { WrittenName } from "../operations/words.ts";
import { isAtLeast, type LockMode, strongest } from "./lock-mode.ts";
import { type KnownTable, type Surroundings, tableKey } from "./surroundings.ts";

export interface TableLock {
  /** `users`, `audit.users`. */
  readonly table: string;
  readonly mode: LockMode;
}

/** Of what something may be missing in {@link Facts}, because neither the statement nor its surroundings tell. */
export type Unknown = "locks" | "rewrites" | "scans" | "rebuilds";

/** What a statement does to the tables that are there already. */
export interface Facts {
  /**
   * The strongest lock on each table, view, materialized view and sequence. None on what the revision itself has made.
   * Partitions, and what inherits, are named where the surroundings know the table.
   */
  readonly locks: readonly TableLock[];
  /** The strongest of all, on tables without a name in the statement too, such as the one that an index belongs to. */
  readonly lock: LockMode | undefined;
  /** Tables that are written anew, row by row. */
  readonly rewrites: readonly string[];
  /** Tables that are read from beginning to end while the lock is held. */
  readonly scans: readonly string[];
  /** Indexes that are built anew. */
  readonly rebuilds: readonly string[];
  /** Parts that may lack something; what is in them is so nevertheless. */
  readonly unknown: readonly Unknown[];
  /** Whether PostgreSQL takes it in a transaction. */
  readonly transactional: boolean;
}

/** Facts while a statement is read. */
export class Findings {
  readonly surroundings: Surroundings;
  transactional = true;
  readonly #locks = new Map<string, LockMode>();
  readonly #unnamed: LockMode[] = [];
  readonly #rewrites = new Set<string>();
  readonly #scans = new Set<string>();
  readonly #rebuilds = new Set<string>();
  readonly #unknown = new Set<Unknown>();

  constructor(surroundings: Surroundings) {
    this.surroundings = surroundings;
  }

  known(table: string): KnownTable | undefined {
    const { tables } = this.surroundings;
    return tables !== undefined && Object.hasOwn(tables, table) ? tables[table] : undefined;
  }

  /** A table, and those below it if it is asked for: partitions, and what inherits. */
  withChildren(table: string): readonly string[] {
    const children = this.known(table)?.children ?? [];
    return [table, ...children.flatMap((child) => this.withChildren(child))];
  }

  /** The table that an index belongs to. */
  tableOfIndex(index: string): string | undefined {
    const tables = Object.entries(this.surroundings.tables ?? {});
    return tables.find(([, { indexes }]) => Object.hasOwn(indexes, index))?.[0];
  }

  lock(table: string, mode: LockMode): void {
    const held = this.#locks.get(table);
    if (held === undefined || !isAtLeast(held, mode)) this.#locks.set(table, mode);
  }

  /** A lock on a table that has no name here. */
  lockUnnamed(mode: LockMode): void {
    this.#unnamed.push(mode);
    this.unsure("locks");
  }

  scan(table: string): void {
    this.#scans.add(table);
  }

  rebuild(index: string): void {
    this.#rebuilds.add(index);
  }

  /** The table and all its indexes are written anew; the rows are read for it. */
  rewrite(table: string): void {
    const known = this.known(table);
    if (known?.kind === "partitioned") return; // it holds no rows itself
    this.#rewrites.add(table);
    this.scan(table);
    if (known === undefined) return void this.unsure("rebuilds");
    for (const index of Object.keys(known.indexes)) this.rebuild(index);
  }

  /** The table gets empty files; of its indexes too, for which it is read. */
  empty(table: string): void {
    const known = this.known(table);
    if (known === undefined) {
      this.#rewrites.add(table);
      this.unsure("scans", "rebuilds");
    } else if (Object.keys(known.indexes).length > 0) this.rewrite(table);
    else if (known.kind !== "partitioned") this.#rewrites.add(table);
  }

  unsure(...parts: readonly Unknown[]): void {
    for (const part of parts) this.#unknown.add(part);
  }

  facts(): Facts {
    const isOld = (table: string): boolean => this.known(table)?.isNew !== true;
    const locks = [...this.#locks].filter(([table]) => isOld(table)).map(([table, mode]) => ({ table, mode }));
    return {
      locks,
      lock: strongest([...locks.map(({ mode }) => mode), ...this.#unnamed]),
      rewrites: [...this.#rewrites].filter(isOld),
      scans: [...this.#scans].filter(isOld),
      rebuilds: [...this.#rebuilds].filter((index) => isOld(this.tableOfIndex(index) ?? "")),
      unknown: [...this.#unknown],
      transactional: this.transactional,
    };
  }
}

export function keyOf({ parts }: WrittenName): string {
  return tableKey(parts);
}
