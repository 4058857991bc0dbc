import { DefinitionError } from "../errors.ts";
import { checkName, quote } from "../identifier.ts";
import {
  assertConditions,
  type Deleted,
  type Join,
  joinOf,
  type Lock,
  type LockOptions,
  type LockStrength,
  lockOf,
  seenRows,
  wholeNumber,
  writeCtes,
  writeExpressions,
  writeJoin,
  writeLock,
  writeWhere,
} from "./clauses.ts";
import type { Condition, Expression, Ordering } from "./expression.ts";
import { loadIncludes } from "./include.ts";
import { planned, type Query, type Statement, type Want } from "./query.ts";
import { assertIncludes, type Includes, type LoadedOf } from "./relation.ts";
import { rowShape } from "./row-shape.ts";
import { Instances, Named, type Output, type SelectedOf, type Selection } from "./selection.ts";
import {
  baseSource,
  type Cte,
  Derived,
  type DerivedColumns,
  type DerivedQuery,
  type From,
  type Joinable,
  type Optional,
  sourceOf,
} from "./source.ts";
import { isMapped, type Mapped, type Table, tableOf } from "./table.ts";
import { FRAGMENT, type Writer } from "./writer.ts";

interface SelectParts {
  readonly output: Output;
  readonly from: From<unknown, unknown> | undefined;
  readonly joins: readonly Join[];
  readonly where: readonly Condition[];
  readonly groupBy: readonly Expression<unknown>[];
  readonly having: readonly Condition[];
  readonly orderBy: readonly (Ordering | Expression<unknown>)[];
  readonly limit: number | undefined;
  readonly offset: number | undefined;
  readonly distinct: boolean | readonly Expression<unknown>[];
  readonly lock: Lock | undefined;
  readonly ctes: readonly Cte<unknown, unknown>[];
  readonly deleted: Deleted;
  readonly includes: Includes;
}

const NOTHING: readonly never[] = [];
const NO_INCLUDES: Includes = {};

/** What a query is made of: what it selects, and whatever else is given. */
type Given = Pick<SelectParts, "output" | "from"> & Partial<SelectParts>;

/** All parts. Property by property, because the engine takes ten times as long for a spread of so many. */
function filled(parts: Given): SelectParts {
  return {
    output: parts.output,
    from: parts.from,
    joins: parts.joins ?? NOTHING,
    where: parts.where ?? NOTHING,
    groupBy: parts.groupBy ?? NOTHING,
    having: parts.having ?? NOTHING,
    orderBy: parts.orderBy ?? NOTHING,
    limit: parts.limit,
    offset: parts.offset,
    distinct: parts.distinct ?? false,
    lock: parts.lock,
    ctes: parts.ctes ?? NOTHING,
    deleted: parts.deleted ?? "without",
    includes: parts.includes ?? NO_INCLUDES,
  };
}

/** The same parts but for what is given. */
function changed(parts: SelectParts, change: Partial<SelectParts>): SelectParts {
  return {
    output: parts.output,
    from: change.from ?? parts.from,
    joins: change.joins ?? parts.joins,
    where: change.where ?? parts.where,
    groupBy: change.groupBy ?? parts.groupBy,
    having: change.having ?? parts.having,
    orderBy: change.orderBy ?? parts.orderBy,
    limit: change.limit ?? parts.limit,
    offset: change.offset ?? parts.offset,
    distinct: change.distinct ?? parts.distinct,
    lock: change.lock ?? parts.lock,
    ctes: change.ctes ?? parts.ctes,
    deleted: change.deleted ?? parts.deleted,
    includes: change.includes ?? parts.includes,
  };
}

/**
 * SELECT. Immutable: every method returns a new query. Rows that are soft deleted are left out of all models that it
 * reads, unless `withDeleted` or `onlyDeleted` says otherwise.
 */
export class Select<Row> implements Query<Row>, DerivedQuery {
  readonly #parts: SelectParts;

  constructor(parts: Given) {
    this.#parts = filled(parts);
  }

  get [FRAGMENT](): true {
    return true;
  }

  /** What to read from: a model, an alias, or `query.as(name)`. A query of a model reads from it already. */
  from(source: Joinable): Select<Row> {
    return this.#with({ from: sourceOf(source) });
  }
  /** INNER JOIN; without `on` every row matches. Soft-deleted rows of the joined model do not. */
  join(source: Joinable, on?: Condition): Select<Row> {
    return this.#join(" join ", source, on);
  }
  /** LEFT JOIN: of rows without a match, what is selected of the source is null. */
  leftJoin(source: Optional<unknown, unknown>, on?: Condition): Select<Row> {
    return this.#join(" left join ", source, on);
  }
  /** JOIN LATERAL: the query may name columns of what stands before it. */
  joinLateral(source: From<unknown, unknown>, on?: Condition): Select<Row> {
    return this.#join(" join lateral ", source, on);
  }
  /** LEFT JOIN LATERAL; see `joinLateral`, and `optional` for its rows that may be missing. */
  leftJoinLateral(source: Optional<unknown, unknown>, on?: Condition): Select<Row> {
    return this.#join(" left join lateral ", source, on);
  }
  /** Adds conditions; all of them have to hold. */
  where(...conditions: readonly Condition[]): Select<Row> {
    assertConditions(conditions);
    return this.#with({ where: [...this.#parts.where, ...conditions] });
  }
  /** GROUP BY. */
  groupBy(...expressions: readonly Expression<unknown>[]): Select<Row> {
    return this.#with({ groupBy: [...this.#parts.groupBy, ...expressions] });
  }
  /** Adds conditions on groups. */
  having(...conditions: readonly Condition[]): Select<Row> {
    assertConditions(conditions);
    return this.#with({ having: [...this.#parts.having, ...conditions] });
  }
  /** Adds sort keys after those already there; an expression alone is ascending. */
  orderBy(...orderings: readonly (Ordering | Expression<unknown>)[]): Select<Row> {
    return this.#with({ orderBy: [...this.#parts.orderBy, ...orderings] });
  }
  /** @throws {DefinitionError} when it is no whole number, 0 or more. */
  limit(count: number): Select<Row> {
    return this.#with({ limit: wholeNumber("limit", count) });
  }
  /** @throws {DefinitionError} when it is no whole number, 0 or more. */
  offset(count: number): Select<Row> {
    return this.#with({ offset: wholeNumber("offset", count) });
  }
  /** DISTINCT: of equal rows one. */
  distinct(): Select<Row> {
    return this.#with({ distinct: true });
  }
  /** DISTINCT ON: of rows that are equal in these, the first one in the order of `orderBy`, which must begin with them. */
  distinctOn(...expressions: readonly Expression<unknown>[]): Select<Row> {
    return this.#with({ distinct: expressions });
  }
  /** Locks the rows until the transaction ends: `.lock("update", { skipLocked: true })`. */
  lock(strength: LockStrength, options: LockOptions = {}): Select<Row> {
    return this.#with({ lock: lockOf(strength, options) });
  }
  /** Puts queries made by `cte` before it, in WITH. */
  with(...ctes: readonly Cte<unknown, unknown>[]): Select<Row> {
    return this.#with({ ctes: [...this.#parts.ctes, ...ctes] });
  }
  /** Soft-deleted rows too. */
  withDeleted(): Select<Row> {
    return this.#with({ deleted: "with" });
  }
  /** Of the model that is read from, soft-deleted rows only; of joined ones both. */
  onlyDeleted(): Select<Row> {
    return this.#with({ deleted: "only" });
  }
  /**
   * Loads relations with the rows, under these names: one statement more for each relation, however many rows there are;
   * relations that are included side by side travel together.
   *
   * @throws {DefinitionError} when a relation is not of this model.
   */
  include<R extends Includes>(relations: R): Select<Row & { readonly [K in keyof R]: LoadedOf<R[K]> }> {
    const { output, from, includes } = this.#parts;
    if (!(output instanceof Instances) || from?.table === undefined) {
      throw new DefinitionError("include() goes with a select of a model. Of others, join what is needed.");
    }
    assertIncludes(from.table, relations);
    return this.#with({ includes: { ...includes, ...relations } }) as unknown as Select<
      Row & { readonly [K in keyof R]: LoadedOf<R[K]> }
    >;
  }
  /** The query under a name, to select from: `const big = select({ … }).as("big")`, then `.from(big)` and `big.c.total`. */
  as(name: string): From<Row, DerivedColumns<Row>> {
    return new Derived(quote(checkName(name)), this);
  }

  compile(want: Want = "all"): Statement<Row> {
    const { includes, limit, output, from } = this.#parts;
    // As text, because the server plans a limit that it does not know for a tenth of all rows.
    const most = limit !== undefined ? "" : want === "first" ? " limit 1" : want === "one" ? " limit 2" : "";
    const statement = planned<Row>({ write: (writer) => this.#write(writer, most), rowShape: () => output.shape() });
    if (includes === NO_INCLUDES) return statement;
    return { ...statement, follow: (rows, db) => loadIncludes(from!.table!, rows as readonly object[], includes, db) };
  }

  /** The same rows, counted. */
  count(): Query<number> {
    return this.#scalar("select count(*) from (", ") as rows", Number);
  }

  /** Whether there is any such row. */
  exists(): Query<boolean> {
    return this.#scalar("select exists (", ")", Boolean);
  }

  /** As a part of another query: in parentheses. */
  write(writer: Writer): void {
    writer.text("(");
    this.#write(writer);
    writer.text(")");
  }

  /** The names under which its columns come, in their order. @throws {DefinitionError} when one is a whole row. */
  columns(): readonly string[] {
    return this.#parts.output.columns();
  }

  refs(prefix: string): Readonly<Record<string, Expression<unknown>>> {
    return this.#parts.output.refs(prefix);
  }

  #write(writer: Writer, most = ""): void {
    const { output, distinct, ctes } = this.#parts;
    writeCtes(writer, ctes);
    writer.text("select ");
    if (distinct === true) writer.text("distinct ");
    else if (distinct !== false) writeExpressions(writer, "distinct on (", distinct, ") ");
    output.write(writer);
    this.#writeBody(writer, most);
  }

  #writeBody(writer: Writer, most = ""): void {
    const { from, joins, groupBy, having, orderBy, limit, offset, lock, deleted } = this.#parts;
    if (from !== undefined) {
      writer.text(" from ");
      from.write(writer);
    }
    for (const join of joins) writeJoin(writer, join, deleted);
    writeWhere(writer, " where ", this.#conditions());
    writeExpressions(writer, " group by ", groupBy);
    writeWhere(writer, " having ", having);
    writeExpressions(writer, " order by ", orderBy);
    if (limit !== undefined) {
      writer.text(" limit ");
      writer.value(limit);
    }
    if (most !== "") writer.text(most);
    if (offset !== undefined) {
      writer.text(" offset ");
      writer.value(offset);
    }
    if (lock !== undefined) writeLock(writer, lock);
  }

  #conditions(): readonly Condition[] {
    const { where, deleted, from } = this.#parts;
    const seen = from === undefined ? undefined : seenRows(from, deleted);
    return seen === undefined ? where : [seen, ...where];
  }

  #scalar<T>(before: string, after: string, decode: (value: unknown) => T): Query<T> {
    const { groupBy, distinct, having, output } = this.#parts;
    const isPlain = output.isPlain && groupBy.length === 0 && having.length === 0 && distinct === false;
    return {
      compile: () =>
        planned<T>({
          write: (writer) => {
            writer.key(decode);
            writer.text(before);
            if (isPlain) {
              writeCtes(writer, this.#parts.ctes);
              writer.text("select 1");
              this.#writeBody(writer);
            } else {
              this.#write(writer);
            }
            writer.text(after);
          },
          rowShape: () => rowShape({ kind: "value", decode }),
        }),
    };
  }

  #join(words: Join["words"], source: Joinable, on: Condition | undefined): Select<Row> {
    const join = joinOf(words, source, on);
    const unsafe = join.source.isOptional ? this.#parts.output.unsafe(join.source) : [];
    if (unsafe.length > 0) {
      throw new DefinitionError(
        `${unsafe.join(", ")} can be null after this leftJoin(). Select it of the source that optional() made.`,
      );
    }
    return this.#with({ joins: [...this.#parts.joins, join] });
  }

  #with(change: Partial<SelectParts>): Select<Row> {
    return new Select<Row>(changed(this.#parts, change));
  }
}

/**
 * Selects rows of a model as instances, `select(User).where(User.c.email.eq(email))`, or what is given by name as plain
 * objects: `select({ id: User.c.id, orders: count() }).from(User)`. Models and aliases in it become instances.
 */
export function select<Row>(model: Mapped<Row>): Select<Row>;
export function select<S extends Selection>(selection: S): Select<{ [K in keyof S]: SelectedOf<S[K]> }>;
export function select(selected: Mapped<unknown> | Selection): unknown {
  if (!isMapped(selected)) return new Select({ output: new Named(selected), from: undefined });
  return selectFrom(tableOf(selected));
}

/** Selects whole rows of a table. */
export function selectFrom<Row>(table: Table<Row>): Select<Row> {
  const source = baseSource(table);
  return new Select<Row>({ output: new Instances(source), from: source });
}
