import { DefinitionError } from "../errors.ts";
import { Expression, type Operand, Operation, operandOf, type Scalar, Value } from "./expression.ts";
import type { DerivedQuery } from "./source.ts";
import { type Fragment, type Writer, writeList } from "./writer.ts";

/** A value in a place that does not tell its type: with a cast to the type that JavaScript has for it. */
export function literal<T extends string | number | bigint | boolean | Date>(value: T): Expression<T> {
  return new Operation<T>("atom", [new Value(value), `::${typeOf(value)}`]);
}

function typeOf(value: unknown): string {
  switch (typeof value) {
    case "number":
      return Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? "integer" : "double precision";
    case "bigint":
      return "bigint";
    case "boolean":
      return "boolean";
    default:
      return value instanceof Date ? "timestamptz" : "text";
  }
}

/** Whether the query has any row: `where(exists(select(Order).where(Order.c.userId.eq(User.c.id))))`. */
export function exists(query: DerivedQuery): Expression<boolean> {
  return new Operation("operation", ["exists ", query], true);
}

/** A query of one column and at the most one row, as a value; NULL when there is no row. */
export function scalar<T>(query: Scalar<T> & DerivedQuery): Expression<T | null> {
  return new Subquery(query);
}

class Subquery<T> extends Expression<T> {
  readonly #query: DerivedQuery;

  constructor(query: DerivedQuery) {
    super();
    this.#query = query;
  }

  override get decode(): ((value: unknown) => unknown) | undefined {
    return Object.values(this.#query.refs(""))[0]?.decode;
  }
  override write(writer: Writer): void {
    this.#query.write(writer);
  }
}

/** The first that is not NULL. */
export function coalesce<T>(
  first: Expression<T>,
  ...others: readonly [...Operand<T>[], NonNullable<T> | Expression<NonNullable<T>>]
): Expression<NonNullable<T>>;
export function coalesce<T>(first: Expression<T>, ...others: readonly Expression<T>[]): Expression<T>;
export function coalesce(first: Expression<unknown>, ...others: readonly unknown[]): Expression<unknown> {
  return new Call("coalesce", [first, ...others.map((other) => operandOf(first, other))], first);
}

/** NULL when both are equal, else the first. */
export function nullIf<T>(expression: Expression<T>, value: Operand<T>): Expression<T | null> {
  return new Call("nullif", [expression, operandOf(expression, value)], expression);
}

/** `lower(text)`: in lower case. */
export function lower<T extends string | null>(text: Expression<T>): Expression<T> {
  return new Call("lower", [text]);
}
/** `upper(text)`: in upper case. */
export function upper<T extends string | null>(text: Expression<T>): Expression<T> {
  return new Call("upper", [text]);
}

/** When the transaction began. */
export function now(): Expression<Date> {
  return new Call("now", []);
}

/** A span of time as PostgreSQL reads it, `duration("1 day 2 hours")`, to be added to a date or moment. */
export function duration(text: string): Expression<string> {
  return new Operation("atom", [new Value(text), "::interval"]);
}

/** The beginning of the year, month, day … that the moment is in, in the session's time zone or the one given. */
export function dateTrunc<T extends Date | null>(
  unit: string,
  moment: Expression<T>,
  timeZone?: string,
): Expression<T> {
  const zone = timeZone === undefined ? [] : [literal(timeZone)];
  return new Call("date_trunc", [literal(unit), moment, ...zone]);
}

const FIELDS: readonly unknown[] = [
  "century",
  "day",
  "decade",
  "dow",
  "doy",
  "epoch",
  "hour",
  "isodow",
  "isoyear",
  "julian",
  "microseconds",
  "millennium",
  "milliseconds",
  "minute",
  "month",
  "quarter",
  "second",
  "week",
  "year",
];

/** A part of a date, moment or interval (PostgreSQL, "EXTRACT"). @throws {DefinitionError} when there is no such part. */
export function extract<T>(field: string, moment: Expression<T>): Expression<number | Extract<T, null>> {
  if (!FIELDS.includes(field)) throw new DefinitionError(`extract() takes one of ${FIELDS.join(", ")}.`);
  return new Operation("atom", [`extract(${field} from `, moment, ")::double precision"]);
}

/** The text as a tsvector: `searchVector("english", Post.c.body)`. */
export function searchVector(
  configuration: string,
  text: Expression<string> | Expression<string | null>,
): Expression<string> {
  return new Operation("atom", ["to_tsvector(", new Value(configuration), "::regconfig, ", text, ")"]);
}

/** Words as people type them into a search box, as a tsquery: `"exact words" -without or`; never a syntax error. */
export function searchQuery(configuration: string, words: string): Expression<string> {
  return new Operation("atom", [
    "websearch_to_tsquery(",
    new Value(configuration),
    "::regconfig, ",
    new Value(words),
    "::text)",
  ]);
}

/** How well the tsvector fits the query. */
export function searchRank(vector: Expression<unknown>, query: Expression<unknown>): Expression<number> {
  return new Call("ts_rank", [vector, query]);
}

/** A function of PostgreSQL's. */
export class Call<T> extends Expression<T> {
  readonly #name: string;
  readonly #parts: readonly Fragment[];
  readonly #like: Expression<unknown> | undefined;

  /** @param like whose type the result has. */
  constructor(name: string, parts: readonly Fragment[], like?: Expression<unknown>) {
    super();
    this.#name = name;
    this.#parts = parts;
    this.#like = like;
  }

  override encode(value: unknown): unknown {
    return this.#like === undefined ? value : this.#like.encode(value);
  }
  override get decode(): ((value: unknown) => unknown) | undefined {
    return this.#like?.decode;
  }
  override write(writer: Writer): void {
    writer.impure(); // somebody's function may have the same name, and fit better
    writer.text(this.#name);
    writer.text("(");
    writeList(writer, this.#parts, ", ", (part) => part.write(writer));
    writer.text(")");
  }
}
