import { DefinitionError } from "../errors.ts";
import type { Condition, Expression, Ordering } from "./expression.ts";
import { baseSource, ColumnRef } from "./source.ts";
import { type Mapped, type Table, tableOf } from "./table.ts";

/** What is to be loaded with rows, by the names that it gets on them. */
export type Includes = { readonly [name: string]: Relation<unknown> };

/** What including a relation yields. */
export type LoadedOf<R> = R extends { readonly $relation: infer T } ? T : never;

/** The column or columns that a relation goes by; called once all models exist. */
// biome-ignore lint/suspicious/noExplicitAny: any narrower return type makes relations between two models circular (TS7022).
export type KeyArrow = () => any;

/** How rows of two tables belong together. */
export interface RelationDefinition {
  readonly kind: "belongs to" | "has one" | "has many" | "many to many";
  readonly target: () => Mapped<unknown>;
  /** "belongs to": the own columns that point to the target; "has …": the target's columns that point here. */
  readonly key: KeyArrow | undefined;
  /** The columns at the other end of the key; default: the primary key there. */
  readonly references: KeyArrow | undefined;
  /** "many to many": columns of the table between, pointing here and to the target. */
  readonly through: { readonly from: KeyArrow; readonly to: KeyArrow } | undefined;
}

/** What of a relation is to be loaded. */
export interface Refinement {
  readonly where: readonly Condition[];
  readonly orderBy: readonly (Ordering | Expression<unknown>)[];
  readonly limit: number | undefined;
  readonly withDeleted: boolean;
  readonly includes: Includes;
}

/** Columns whose values are equal in rows that belong together. */
export interface ResolvedRelation {
  readonly target: Table;
  readonly ownKey: readonly ColumnRef<unknown>[];
  readonly targetKey: readonly ColumnRef<unknown>[];
  readonly through:
    | { readonly from: readonly ColumnRef<unknown>[]; readonly to: readonly ColumnRef<unknown>[] }
    | undefined;
}

const EVERYTHING: Refinement = { where: [], orderBy: [], limit: undefined, withDeleted: false, includes: {} };

/** A relation of a model to another one; `T` is what including it yields, `C` the other model's class. */
export abstract class Relation<T, C = unknown> {
  declare readonly $relation: T;
  /** Through it, relations of the other model are known; rows do not tell which class has them. */
  declare readonly $model: C;
  readonly definition: RelationDefinition;
  readonly refinement: Refinement;

  constructor(definition: RelationDefinition, refinement: Refinement = EVERYTHING) {
    this.definition = definition;
    this.refinement = refinement;
  }

  /** Whether it leads to any number of rows. */
  get isMany(): boolean {
    return this.definition.kind === "has many" || this.definition.kind === "many to many";
  }

  /** The columns of it, seen from this table. @throws {DefinitionError} when it is not of this table. */
  resolve(own: Table): ResolvedRelation {
    const { kind, key, references, through } = this.definition;
    const target = tableOf(this.definition.target());
    const ownEnd = (): readonly ColumnRef<unknown>[] => endOf(own, references);
    if (through !== undefined) {
      const [from, to] = [columnsOf(through.from), columnsOf(through.to)];
      assertOneTable([...from, ...to], from[0]!.owner, "The columns of a many-to-many relation");
      return matched({ target, ownKey: ownEnd(), targetKey: endOf(target, undefined), through: { from, to } });
    }
    const columns = columnsOf(key!);
    if (kind === "belongs to") {
      assertOneTable(columns, own, `A relation of ${own.name}`);
      return matched({ target, ownKey: columns, targetKey: endOf(target, references), through: undefined });
    }
    assertOneTable(columns, target, `A relation to ${target.name}`);
    return matched({ target, ownKey: ownEnd(), targetKey: columns, through: undefined });
  }
}

/** A relation to one row, which may be missing. Soft-deleted rows are loaded too. */
export class ToOne<T, C = unknown> extends Relation<T, C> {
  /** Loads relations of the row with it. */
  include<R extends Includes>(
    relations: R,
  ): ToOne<(NonNullable<T> & { readonly [K in keyof R]: LoadedOf<R[K]> }) | Extract<T, null>, C> {
    const { refinement } = this;
    return new ToOne(this.definition, { ...refinement, includes: { ...refinement.includes, ...relations } });
  }
}

/** A relation to any number of rows. Immutable: every method returns a new one. Soft-deleted rows are left out. */
export class ToMany<Row, C = unknown> extends Relation<readonly Row[], C> {
  /** Loads only rows for which all of these hold. */
  where(...conditions: readonly Condition[]): ToMany<Row, C> {
    return this.#with({ where: [...this.refinement.where, ...conditions] });
  }
  /** The order in which related rows are loaded. */
  orderBy(...orderings: readonly (Ordering | Expression<unknown>)[]): ToMany<Row, C> {
    return this.#with({ orderBy: [...this.refinement.orderBy, ...orderings] });
  }
  /** At the most so many for each row that they belong to. */
  limit(count: number): ToMany<Row, C> {
    return this.#with({ limit: count });
  }
  /** Soft-deleted rows too. */
  withDeleted(): ToMany<Row, C> {
    return this.#with({ withDeleted: true });
  }
  /** Loads relations of these rows with them. */
  include<R extends Includes>(relations: R): ToMany<Row & { readonly [K in keyof R]: LoadedOf<R[K]> }, C> {
    return this.#with({ includes: { ...this.refinement.includes, ...relations } }) as unknown as ToMany<
      Row & { readonly [K in keyof R]: LoadedOf<R[K]> },
      C
    >;
  }

  #with(change: Partial<Refinement>): ToMany<Row, C> {
    return new ToMany(this.definition, { ...this.refinement, ...change });
  }
}

/** Checks names and tables of what is to be loaded. @throws {DefinitionError} */
export function assertIncludes(table: Table, includes: Includes): void {
  for (const [name, relation] of Object.entries(includes)) {
    if (!(relation instanceof Relation)) {
      throw new DefinitionError(`${name} is no relation. Define one with belongsTo, hasOne, hasMany or manyToMany.`);
    }
    if (table.byProperty.has(name) || name in table.prototype) {
      throw new DefinitionError(
        `A relation cannot be included as ${name}: the model of ${table.name} has that already.`,
      );
    }
    if (!table.hasRelation(relation.definition)) {
      throw new DefinitionError(
        `${name} is no relation of the model of ${table.name}: relations are static members of the model that has them.`,
      );
    }
    relation.resolve(table);
    assertIncludes(tableOf(relation.definition.target()), relation.refinement.includes);
  }
}

function endOf(table: Table, references: KeyArrow | undefined): readonly ColumnRef<unknown>[] {
  if (references !== undefined) return columnsOf(references);
  const { c } = baseSource(table);
  if (table.primaryKey.length === 0) {
    throw new DefinitionError(
      `The model of ${table.name} has no primary key for a relation. Name a column: references.`,
    );
  }
  return table.primaryKey.map(({ property }) => c[property]!);
}

function columnsOf(arrow: KeyArrow): readonly ColumnRef<unknown>[] {
  const columns = [arrow()].flat();
  if (columns.length > 0 && columns.every((column) => column instanceof ColumnRef)) return columns;
  throw new DefinitionError("A relation goes by columns: () => Order.c.customerId, or an array of them.");
}

function assertOneTable(columns: readonly ColumnRef<unknown>[], table: Table, what: string): void {
  const other = columns.find(({ owner }) => owner.sql !== table.sql);
  if (other === undefined) return;
  throw new DefinitionError(`${what} goes by ${other.table}.${other.column}, which is a column of another table.`);
}

function matched(relation: ResolvedRelation): ResolvedRelation {
  const { ownKey, targetKey, through } = relation;
  const lengths = through === undefined ? [targetKey] : [through.from];
  const isMatched = lengths.every(({ length }) => length === ownKey.length);
  if (isMatched && (through === undefined || through.to.length === targetKey.length)) return relation;
  throw new DefinitionError(`A relation to ${relation.target.name} has another number of columns at its two ends.`);
}
