import { quote } from "../identifier.ts";
import type { Fragment, Writer } from "./sql.ts";
import { FRAGMENT, isFragment } from "./sql.ts";

/** A boolean expression: what `where` takes. */
export class Condition implements Fragment {
  declare readonly $condition: true;
  readonly [FRAGMENT] = true;
  readonly write: (writer: Writer) => string;

  constructor(write: (writer: Writer) => string) {
    this.write = write;
  }
}

/** A sort key: what `orderBy` takes. */
export class Ordering implements Fragment {
  declare readonly $ordering: true;
  readonly [FRAGMENT] = true;
  readonly write: (writer: Writer) => string;

  constructor(write: (writer: Writer) => string) {
    this.write = write;
  }
}

/** An SQL expression of type `T`; `null` in `T` means that it can be NULL. */
export abstract class Expression<T> implements Fragment {
  declare readonly $type: T;
  readonly [FRAGMENT] = true;

  abstract write(writer: Writer): string;

  /** What the driver is given for a value that is compared with this expression. */
  protected encode(value: unknown): unknown {
    return value;
  }

  eq(value: Operand<T>): Condition {
    return this.#compare("=", value);
  }
  ne(value: Operand<T>): Condition {
    return this.#compare("<>", value);
  }
  gt(value: Operand<T>): Condition {
    return this.#compare(">", value);
  }
  gte(value: Operand<T>): Condition {
    return this.#compare(">=", value);
  }
  lt(value: Operand<T>): Condition {
    return this.#compare("<", value);
  }
  lte(value: Operand<T>): Condition {
    return this.#compare("<=", value);
  }
  /** `= any($1)`: one parameter however many values; an empty list matches nothing. */
  in(values: readonly NonNullable<T>[]): Condition {
    return new Condition(
      (writer) => `${this.write(writer)} = any(${writer.bind(values.map((value) => this.encode(value)))})`,
    );
  }
  /** `<> all($1)`: an empty list matches everything that is not NULL. */
  notIn(values: readonly NonNullable<T>[]): Condition {
    return new Condition(
      (writer) => `${this.write(writer)} <> all(${writer.bind(values.map((value) => this.encode(value)))})`,
    );
  }
  isNull(): Condition {
    return new Condition((writer) => `${this.write(writer)} is null`);
  }
  isNotNull(): Condition {
    return new Condition((writer) => `${this.write(writer)} is not null`);
  }
  like(this: Expression<string> | Expression<string | null>, pattern: string): Condition {
    return new Condition((writer) => `${this.write(writer)} like ${writer.bind(pattern)}`);
  }
  ilike(this: Expression<string> | Expression<string | null>, pattern: string): Condition {
    return new Condition((writer) => `${this.write(writer)} ilike ${writer.bind(pattern)}`);
  }
  asc(): Ordering {
    return new Ordering((writer) => `${this.write(writer)} asc`);
  }
  desc(): Ordering {
    return new Ordering((writer) => `${this.write(writer)} desc`);
  }

  #compare(operator: string, value: unknown): Condition {
    return new Condition((writer) => {
      const right = isFragment(value) ? value.write(writer) : writer.bind(this.encode(value));
      return `${this.write(writer)} ${operator} ${right}`;
    });
  }
}

/** What an expression is compared with: a value (never null: use `isNull`), or another expression. */
export type Operand<T> = NonNullable<T> | Expression<NonNullable<T>> | Expression<T>;

/** A column of a table, as queries name it. */
export class ColumnRef<T> extends Expression<T> {
  readonly table: string;
  readonly column: string;
  readonly #encode: (value: unknown) => unknown;
  readonly #text: string;

  constructor(table: string, column: string, encode: (value: unknown) => unknown) {
    super();
    this.table = table;
    this.column = column;
    this.#encode = encode;
    this.#text = `${quote(table)}.${quote(column)}`;
  }

  override write(): string {
    return this.#text;
  }

  protected override encode(value: unknown): unknown {
    return this.#encode(value);
  }
}

/** All of them; none given is true. */
export function and(...conditions: readonly Condition[]): Condition {
  return junction(conditions, " and ", "true");
}

/** Any of them; none given is false. */
export function or(...conditions: readonly Condition[]): Condition {
  return junction(conditions, " or ", "false");
}

export function not(condition: Condition): Condition {
  return new Condition((writer) => `not (${condition.write(writer)})`);
}

function junction(conditions: readonly Condition[], word: string, empty: string): Condition {
  return new Condition((writer) =>
    conditions.length === 0 ? empty : conditions.map((condition) => `(${condition.write(writer)})`).join(word),
  );
}
