import { DefinitionError } from "../errors.ts";
import type { Deleted } from "../query/clauses.ts";
import type { Condition, Expression } from "../query/expression.ts";
import { exists } from "../query/functions.ts";
import { and } from "../query/logic.ts";
import type { Relation } from "../query/relation.ts";
import { Select, selectFrom } from "../query/select.ts";
import { Named } from "../query/selection.ts";
import { type ColumnRef, type From, TableSource } from "../query/source.ts";
import type { Table } from "../query/table.ts";

/** A table, and its columns as they are called where a condition stands. */
export interface Scope {
  readonly table: Table;
  readonly c: Readonly<Record<string, ColumnRef<unknown>>>;
}

/**
 * How many tables a filter may ask through its relations. Each takes the server a millisecond to plan: a filter from
 * outside, of thousands, would keep it busy for as long as it likes.
 */
const MOST_TABLES = 64;

/** Makes names for tables inside of a query, none of which is that of the table outside. */
export class Aliases {
  readonly #letter: string;
  #count = 0;

  constructor({ name }: Table) {
    this.#letter = name.startsWith("r") ? "q" : "r";
  }

  /** @throws {DefinitionError} when there are too many. */
  next(): string {
    this.#count += 1;
    if (this.#count > MOST_TABLES) {
      throw new DefinitionError(
        `A filter asks more than ${MOST_TABLES} tables through relations. Write a query for it.`,
      );
    }
    return `${this.#letter}${this.#count}`;
  }
}

/** How rows at the other end of a relation are looked for. */
export interface RelatedOptions {
  readonly aliases: Aliases;
  readonly deleted: Deleted;
  /** The conditions that they hold. */
  where(related: Scope): readonly Condition[];
}

/**
 * Whether there is a row at the other end of the relation, as a subquery. The tables in it have names of their own, so that
 * a relation may lead to the table that it starts from.
 *
 * @throws {DefinitionError} when the relation is limited: whether a row is among the first is not asked for here.
 */
export function existsRelated(from: Scope, relation: Relation<unknown>, options: RelatedOptions): Expression<boolean> {
  const { aliases, where } = options;
  const { target, ownKey, targetKey, through } = relation.resolve(from.table);
  const { limit, withDeleted } = relation.refinement;
  if (limit !== undefined) throw new DefinitionError("A relation with limit() cannot be filtered by.");
  const deleted = withDeleted ? "with" : options.deleted;
  const related = relatedSource(relation, target, aliases.next(), deleted);
  const own = ownKey.map(({ definition }) => from.c[definition.property]!);
  const other = targetKey.map(({ definition }) => related.c[definition.property]!);
  const query = new Select({ output: new Named({ found: other[0]! }), from: related, deleted });
  if (through === undefined)
    return exists(query.where(...pairs(other, own), ...where({ table: target, c: related.c })));

  const link = new TableSource<unknown, Scope["c"]>(through.to[0]!.owner, aliases.next());
  const [pointingHere, pointingThere] = [through.from, through.to].map((columns) =>
    columns.map(({ definition }) => link.c[definition.property]!),
  );
  return exists(
    query
      .join(link, and(...pairs(pointingThere!, other)))
      .where(...pairs(pointingHere!, own), ...where({ table: target, c: related.c })),
  );
}

/** The rows that a relation leads to: the table, or as many of its rows as the relation's own conditions leave. */
function relatedSource(
  { refinement }: Relation<unknown>,
  table: Table,
  name: string,
  deleted: Deleted,
): From<unknown, Scope["c"]> {
  if (refinement.where.length === 0) return new TableSource(table, name);
  const rows = selectFrom(table).where(...refinement.where);
  return (deleted === "with" ? rows.withDeleted() : rows).as(name) as From<unknown, Scope["c"]>;
}

function pairs(left: readonly ColumnRef<unknown>[], right: readonly ColumnRef<unknown>[]): Condition[] {
  return left.map((column, i) => column.eq(right[i] as never));
}
