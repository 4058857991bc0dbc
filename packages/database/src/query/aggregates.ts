import { parseArray } from "../connection/array.ts";
import { writeConditions, writeExpressions } from "./clauses.ts";
import { type Condition, Expression, type Ordering } from "./expression.ts";
import { literal } from "./functions.ts";
import { type Fragment, type Writer, writeList } from "./writer.ts";

type Decode = (value: unknown) => unknown;

interface AggregateParts {
  readonly distinct: boolean;
  readonly orderBy: readonly (Ordering | Expression<unknown>)[];
  readonly filter: readonly Condition[];
}

/** An aggregate of the rows of a group, or of all rows (PostgreSQL, "Aggregate Functions"). Immutable. */
export class Aggregate<T> extends Expression<T> {
  readonly #name: string;
  readonly #operands: readonly Fragment[];
  readonly #decode: Decode | undefined;
  readonly #parts: AggregateParts;

  constructor(
    name: string,
    operands: readonly Fragment[],
    decode?: Decode,
    parts: AggregateParts = { distinct: false, orderBy: [], filter: [] },
  ) {
    super();
    this.#name = name;
    this.#operands = operands;
    this.#decode = decode;
    this.#parts = parts;
  }

  /** Only rows for which all of these hold: FILTER. */
  filter(...conditions: readonly Condition[]): Aggregate<T> {
    return this.#with({ filter: [...this.#parts.filter, ...conditions] });
  }
  /** Each value once. */
  distinct(): Aggregate<T> {
    return this.#with({ distinct: true });
  }
  /** In which order, for aggregates whose result depends on it. */
  orderBy(...orderings: readonly (Ordering | Expression<unknown>)[]): Aggregate<T> {
    return this.#with({ orderBy: [...this.#parts.orderBy, ...orderings] });
  }

  override get decode(): Decode | undefined {
    return this.#decode;
  }

  override write(writer: Writer): void {
    const { distinct, orderBy, filter } = this.#parts;
    writer.impure();
    writer.text(`${this.#name}(`);
    if (distinct) writer.text("distinct ");
    if (this.#operands.length === 0) writer.text("*");
    writeList(writer, this.#operands, ", ", (operand) => operand.write(writer));
    writeExpressions(writer, " order by ", orderBy);
    writer.text(")");
    if (filter.length === 0) return;
    writer.text(" filter (where ");
    writeConditions(writer, filter);
    writer.text(")");
  }

  #with(change: Partial<AggregateParts>): Aggregate<T> {
    return new Aggregate<T>(this.#name, this.#operands, this.#decode, { ...this.#parts, ...change });
  }
}

/** How many rows, or how many of them have a value that is not NULL. */
export function count(expression?: Expression<unknown>): Aggregate<number> {
  return new Aggregate("count", expression === undefined ? [] : [expression], Number);
}

/** The sum; NULL of no rows. Of numbers a number, of bigints and numerics exact, as text. */
export function sum<T extends number | bigint | string | null>(
  expression: Expression<T>,
): Aggregate<(NonNullable<T> extends number ? number : string) | null> {
  return new Aggregate("sum", [expression], expression.decode ?? exactNumber);
}

/** The average as a number; NULL of no rows. Where it has to be exact, write it in `` sql`…` ``. */
export function avg(
  expression:
    | Expression<number>
    | Expression<number | null>
    | Expression<bigint>
    | Expression<bigint | null>
    | Expression<string>
    | Expression<string | null>,
): Aggregate<number | null> {
  return new Aggregate("avg", [expression], Number);
}

/** NULL of no rows. */
export function min<T>(expression: Expression<T>): Aggregate<T | null> {
  return new Aggregate("min", [expression], expression.decode);
}

/** NULL of no rows. */
export function max<T>(expression: Expression<T>): Aggregate<T | null> {
  return new Aggregate("max", [expression], expression.decode);
}

/** All values as an array; NULL of no rows. */
export function arrayAgg<T>(expression: Expression<T>): Aggregate<T[] | null> {
  return new Aggregate("array_agg", [expression], arrayDecoder(expression.decode));
}

/** All texts, with `separator` between; NULL of no rows. */
export function stringAgg(
  expression: Expression<string> | Expression<string | null>,
  separator: string,
): Aggregate<string | null> {
  return new Aggregate("string_agg", [expression, literal(separator)]);
}

/** The sum of integers comes as a bigint, which here is a number. @throws {RangeError} when it is too large to be exact. */
function exactNumber(value: unknown): unknown {
  if (typeof value !== "bigint") return value;
  if (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER)
    throw new RangeError("too large for a number");
  return Number(value);
}

const arrayDecoders = new Map<Decode | undefined, Decode>();

/** One for each decoder of items, because it is part of a query's shape. */
function arrayDecoder(decode: Decode | undefined): Decode {
  let decoder = arrayDecoders.get(decode);
  if (decoder === undefined) {
    decoder = (values) => {
      // Of a type that the connection does not know, an enum for one, the array is text.
      const items = typeof values === "string" ? parseArray(values, String) : (values as unknown[]);
      return decode === undefined ? items : items.map((item) => (item === null ? null : decode(item)));
    };
    arrayDecoders.set(decode, decoder);
  }
  return decoder;
}
