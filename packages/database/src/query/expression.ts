import { encodeJson } from "../connection/parameters.ts";
import { DefinitionError } from "../errors.ts";
import type { Query } from "./query.ts";
import { FRAGMENT, type Fragment, isFragment, type Writer } from "./writer.ts";

/** What an expression is compared with: a value (never null: use `isNull`), or another expression. */
export type Operand<T> = NonNullable<T> | Expression<NonNullable<T> | null>;

/** What is calculated with: of the expression's own type, and NULL only where that can be NULL. */
export type Term<T> = NonNullable<T> | Expression<NonNullable<T>> | Expression<T>;

/** A comparison, which is NULL when one of its sides is. */
export type Comparison = Expression<boolean | null>;

/** A query of one column, used as a value or as a list of values. */
export type Scalar<T> = Fragment & Query<{ readonly [name: string]: T }>;

/** A boolean expression: what `where` takes. NULL counts as false there. */
export type Condition = Expression<boolean> | Expression<boolean | null>;

/** A column definition as far as it says how a type is written and read; every column of a model is one. */
export interface Typed<S> {
  readonly $select: S;
  readonly spec: {
    readonly type: string;
    encode(value: unknown): unknown;
    readonly decode?: ((value: unknown) => unknown) | undefined;
  };
}

/** How closely the parts of an expression hold together: whether it needs parentheses inside another one. */
export type Binding = "atom" | "operation" | "logic";

/** Where a NULL stands in an order. PostgreSQL's default: last when ascending, first when descending. */
export interface OrderOptions {
  readonly nulls?: "first" | "last" | undefined;
}

/** A sort key: what `orderBy` takes. */
export class Ordering implements Fragment {
  declare readonly $ordering: true;
  readonly expression: Expression<unknown>;
  readonly direction: "asc" | "desc";
  readonly nulls: "first" | "last" | undefined;

  constructor(expression: Expression<unknown>, direction: "asc" | "desc", { nulls }: OrderOptions = {}) {
    this.expression = expression;
    this.direction = direction;
    this.nulls = nulls;
  }

  get [FRAGMENT](): true {
    return true;
  }

  write(writer: Writer): void {
    writeOperand(writer, this.expression);
    writer.text(this.direction === "asc" ? " asc" : " desc");
    if (this.nulls !== undefined) writer.text(this.nulls === "first" ? " nulls first" : " nulls last");
  }
}

/**
 * An SQL expression of type `T`; `null` in `T` means that it can be NULL. Immutable. Values given to its methods become
 * parameters, encoded as the expression's own type is.
 */
export abstract class Expression<T> implements Fragment {
  declare readonly $type: T;

  get [FRAGMENT](): true {
    return true;
  }

  /** Writes its SQL; for the layer's own use. */
  abstract write(writer: Writer): void;

  get binding(): Binding {
    return "atom";
  }

  /** What the driver is given for a value that is compared with this expression. */
  encode(value: unknown): unknown {
    return value;
  }

  /** What becomes of a value of this expression that the connection has read; undefined: it stays as it is. */
  get decode(): ((value: unknown) => unknown) | undefined {
    return undefined;
  }

  /** `= value`, which is never null: see `isNull`. */
  eq(value: Operand<T>): Comparison {
    return this.#compare(" = ", value);
  }
  /** `<> value`. */
  ne(value: Operand<T>): Comparison {
    return this.#compare(" <> ", value);
  }
  /** `> value`. */
  gt(value: Operand<T>): Comparison {
    return this.#compare(" > ", value);
  }
  /** `>= value`. */
  gte(value: Operand<T>): Comparison {
    return this.#compare(" >= ", value);
  }
  /** `< value`. */
  lt(value: Operand<T>): Comparison {
    return this.#compare(" < ", value);
  }
  /** `<= value`. */
  lte(value: Operand<T>): Comparison {
    return this.#compare(" <= ", value);
  }
  /** Both ends belong to it. */
  between(low: Operand<T>, high: Operand<T>): Comparison {
    return new Operation("logic", [this, " between ", this.#operand(low), " and ", this.#operand(high)], true);
  }
  /** One parameter however many values, `= any($1)`, or a query of one column. An empty list matches nothing. */
  in(values: readonly NonNullable<T>[] | Expression<T>): Comparison;
  in(query: Scalar<T>): Comparison;
  in(values: readonly NonNullable<T>[] | Fragment): Comparison {
    if (isFragment(values)) return new Operation("operation", [this, " in ", values], true);
    return new Operation("operation", [this, " = any(", new Value(this.#encodeAll(values)), ")"], true);
  }
  /** `<> all($1)`: an empty list matches everything, NULL too. */
  notIn(values: readonly NonNullable<T>[] | Expression<T>): Comparison;
  notIn(query: Scalar<T>): Comparison;
  notIn(values: readonly NonNullable<T>[] | Fragment): Comparison {
    if (isFragment(values)) return new Operation("operation", [this, " not in ", values], true);
    return new Operation("operation", [this, " <> all(", new Value(this.#encodeAll(values)), ")"], true);
  }
  /** `is null`. */
  isNull(): Expression<boolean> {
    return new Operation("operation", [this, " is null"], true);
  }
  /** `is not null`. */
  isNotNull(): Expression<boolean> {
    return new Operation("operation", [this, " is not null"], true);
  }
  /** Like `ne`, but NULL is a value like others; takes null. */
  isDistinctFrom(value: Operand<T> | null): Expression<boolean> {
    return this.#compare(" is distinct from ", value);
  }
  /** Like `eq`, but NULL is a value like others; takes null. */
  isNotDistinctFrom(value: Operand<T> | null): Expression<boolean> {
    return this.#compare(" is not distinct from ", value);
  }
  /** `%` is any text, `_` any character, a backslash takes the next one as it is (PostgreSQL, "LIKE"). */
  like(this: Expression<string> | Expression<string | null>, pattern: Operand<string>): Comparison {
    return new Operation("operation", [this, " like ", operandOf(this, pattern)], true);
  }
  /** `not like pattern`; see `like`. */
  notLike(this: Expression<string> | Expression<string | null>, pattern: Operand<string>): Comparison {
    return new Operation("operation", [this, " not like ", operandOf(this, pattern)]);
  }
  /** `like` without regard to case. */
  ilike(this: Expression<string> | Expression<string | null>, pattern: Operand<string>): Comparison {
    return new Operation("operation", [this, " ilike ", operandOf(this, pattern)], true);
  }

  /** `+`: of the same type, or to a moment a span of time: `Order.c.createdAt.plus(duration("1 day"))`. */
  plus(value: Term<T>): Expression<T>;
  plus<D extends Date | null>(this: Expression<D>, span: Expression<string>): Expression<D>;
  plus(value: unknown): Expression<T> {
    return this.#calculate(" + ", value);
  }
  /** `-`: of the same type, or a span of time from a moment. The span between two moments is for `` sql`…` ``. */
  minus<D extends Date | null>(this: Expression<D>, span: Expression<string>): Expression<D>;
  minus(this: Expression<T> & { readonly $type: number | bigint | string | null }, value: Term<T>): Expression<T>;
  minus(value: unknown): Expression<T> {
    return this.#calculate(" - ", value);
  }
  /** `* value`. */
  times(value: Term<T>): Expression<T> {
    return this.#calculate(" * ", value);
  }
  /** `/`, which cuts integers off. */
  dividedBy(value: Term<T>): Expression<T> {
    return this.#calculate(" / ", value);
  }

  /** `cast(… as type)`: `Order.c.total.cast(text())`. */
  cast<S>(type: Typed<S>): Expression<null extends T ? S | null : S> {
    return new Cast(this, type) as Expression<unknown> as Expression<never>;
  }

  /** Smallest first, in ORDER BY. */
  asc(options?: OrderOptions): Ordering {
    return new Ordering(this, "asc", options);
  }
  /** Largest first, in ORDER BY. */
  desc(options?: OrderOptions): Ordering {
    return new Ordering(this, "desc", options);
  }

  // ---- arrays, JSON, ranges, text search (PostgreSQL, "Functions and Operators") ---------------------------------------

  /** `@>`: an array with all of these elements, a JSON value with this one in it, a range with this range or element in it. */
  contains(value: Operand<T> | Expression<unknown>): Comparison {
    return this.#operate(" @> ", value);
  }
  /** `<@`. */
  containedBy(value: Operand<T> | Expression<unknown>): Comparison {
    return this.#operate(" <@ ", value);
  }
  /** `&&`: arrays or ranges with something in common. */
  overlaps(value: Operand<T> | Expression<unknown>): Comparison {
    return this.#operate(" && ", value);
  }
  /** Whether the array has this element. */
  has<A extends readonly unknown[] | null>(this: Expression<A>, element: Operand<NonNullable<A>[number]>): Comparison {
    const item = isFragment(element) ? element : new Value((this.encode([element]) as unknown[])[0]);
    return new Operation("operation", [item, " = any(", this, ")"]);
  }
  /** A member of a JSON object, or an element of a JSON array, as JSON: `->`. NULL when there is none. */
  at<J extends object | null, K extends keyof NonNullable<J> & (string | number)>(
    this: Expression<J>,
    key: K,
  ): Expression<NonNullable<J>[K] | null> {
    return new JsonMember<NonNullable<J>[K] | null>(this, " -> ", key);
  }
  /** The same as text: `->>`. */
  textAt<J extends object | null>(
    this: Expression<J>,
    key: keyof NonNullable<J> & (string | number),
  ): Expression<string | null> {
    return new JsonMember<string | null>(this, " ->> ", key);
  }
  /** Whether the JSON object has this key, or the JSON array this text: `?`. */
  hasKey(key: string): Comparison {
    return new Operation("operation", [this, " ? ", new Value(key)]);
  }
  /** `?|`. */
  hasAnyKey(keys: readonly string[]): Comparison {
    return new Operation("operation", [this, " ?| ", new Value(keys), "::text[]"]);
  }
  /** `?&`. */
  hasAllKeys(keys: readonly string[]): Comparison {
    return new Operation("operation", [this, " ?& ", new Value(keys), "::text[]"]);
  }
  /** `@@`: whether the tsvector matches, as in `Post.c.search.matches(websearchQuery("english", words))`. */
  matches(query: Expression<unknown>): Comparison {
    return new Operation("operation", [this, " @@ ", query]);
  }

  #compare<B extends boolean | null>(operator: string, value: unknown): Expression<B> {
    return new Operation<B>("operation", [this, operator, this.#operand(value)], true);
  }
  #operate(operator: string, value: unknown): Comparison {
    return new Operation("operation", [this, operator, this.#operand(value)]);
  }
  #calculate(operator: string, value: unknown): Expression<T> {
    return new Operation("operation", [this, operator, this.#operand(value)], false, this);
  }
  #operand(value: unknown): Fragment {
    return operandOf(this, value);
  }
  #encodeAll(values: readonly unknown[]): unknown[] {
    return values.map((value) => this.encode(value));
  }
}

/**
 * The value as a parameter of the expression's type, unless it is an expression itself.
 *
 * @throws {DefinitionError} when it is undefined, which is more likely a mistake than NULL.
 */
export function operandOf(expression: Expression<unknown>, value: unknown): Fragment {
  if (isFragment(value)) return value;
  if (value === undefined)
    throw new DefinitionError("A condition compares with undefined. Leave it out, or use isNull().");
  return new Value(value === null ? null : expression.encode(value));
}

/** Writes an expression as a part of another one. */
export function writeOperand(writer: Writer, part: Fragment): void {
  if (part instanceof Expression && part.binding !== "atom") {
    writer.text("(");
    part.write(writer);
    writer.text(")");
  } else {
    part.write(writer);
  }
}

/** A value as it is, encoded already. */
export class Value<T> extends Expression<T> {
  readonly #value: unknown;

  constructor(value: unknown) {
    super();
    this.#value = value;
  }

  override write(writer: Writer): void {
    writer.value(this.#value, this);
  }
}

/** Text with expressions between. */
export class Operation<T> extends Expression<T> {
  readonly #binding: Binding;
  readonly #parts: readonly (string | Fragment)[];
  readonly #isPure: boolean;
  readonly #like: Expression<unknown> | undefined;

  /**
   * @param isPure whether the operator is built in and immutable, and is looked for by `PlainTables`.
   * @param like whose type the result has.
   */
  constructor(
    binding: Binding,
    parts: readonly (string | Fragment)[],
    isPure = false,
    like?: Expression<unknown> | undefined,
  ) {
    super();
    this.#binding = binding;
    this.#parts = parts;
    this.#isPure = isPure;
    this.#like = like;
  }

  override encode(value: unknown): unknown {
    return this.#like === undefined ? value : this.#like.encode(value);
  }
  override get decode(): ((value: unknown) => unknown) | undefined {
    return this.#like?.decode;
  }

  override get binding(): Binding {
    return this.#binding;
  }

  override write(writer: Writer): void {
    if (!this.#isPure) writer.impure();
    for (const part of this.#parts) {
      if (typeof part === "string") writer.text(part);
      else writeOperand(writer, part);
    }
  }
}

/** An expression as another type. */
class Cast extends Expression<unknown> {
  readonly #expression: Expression<unknown>;
  readonly #type: Typed<unknown>;

  constructor(expression: Expression<unknown>, type: Typed<unknown>) {
    super();
    this.#expression = expression;
    this.#type = type;
  }

  override encode(value: unknown): unknown {
    return this.#type.spec.encode(value);
  }
  override get decode(): ((value: unknown) => unknown) | undefined {
    return this.#type.spec.decode;
  }
  override write(writer: Writer): void {
    writer.impure(); // a cast may be somebody's function
    writer.text("cast(");
    this.#expression.write(writer);
    writer.text(` as ${this.#type.spec.type})`);
  }
}

/** A member of a JSON value. */
class JsonMember<T> extends Expression<T> {
  readonly #json: Expression<unknown>;
  readonly #operator: " -> " | " ->> ";
  readonly #key: string | number;

  constructor(json: Expression<unknown>, operator: " -> " | " ->> ", key: string | number) {
    super();
    this.#json = json;
    this.#operator = operator;
    this.#key = key;
  }

  override encode(value: unknown): unknown {
    return this.#operator === " -> " ? encodeJson(value) : value;
  }
  override write(writer: Writer): void {
    writer.impure();
    writer.text("(");
    writeOperand(writer, this.#json);
    writer.text(this.#operator);
    writer.value(this.#key);
    writer.text(typeof this.#key === "number" ? "::integer)" : "::text)");
  }
}
