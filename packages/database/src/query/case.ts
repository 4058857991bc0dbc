import { type Condition, Expression } from "./expression.ts";
import { literal } from "./functions.ts";
import { isFragment, type Writer } from "./writer.ts";

/** What a branch of CASE can yield. */
type Branch<T> = T | Expression<T>;
type Literal = string | number | bigint | boolean | Date | null;

/**
 * CASE: `caseWhen(User.c.isActive, "active").else("gone")`. Without `else` it is NULL when no condition holds. Values beside
 * an expression are of its type, others of the type that JavaScript has for them.
 */
export function caseWhen<const T extends Literal>(condition: Condition, value: Branch<T>): Case<T> {
  return new Case<T>([[condition, value]], undefined);
}

/** See `caseWhen`. Immutable. */
export class Case<T> extends Expression<T | null> {
  readonly #branches: readonly (readonly [Condition, unknown])[];
  /** Undefined: none. */
  readonly #otherwise: unknown;
  /** The first branch that is an expression. */
  readonly #like: Expression<unknown> | undefined;

  constructor(branches: readonly (readonly [Condition, unknown])[], otherwise: unknown) {
    super();
    this.#branches = branches;
    this.#otherwise = otherwise;
    const values = [...branches.map(([, value]) => value), otherwise];
    this.#like = values.find((value): value is Expression<unknown> => value instanceof Expression);
  }

  /** WHEN … THEN …; the first condition that is true decides. */
  when<const U extends Literal>(condition: Condition, value: Branch<U>): Case<T | U> {
    return new Case<T | U>([...this.#branches, [condition, value]], this.#otherwise);
  }

  /** ELSE …, which ends it. Without it the value is NULL where no condition is true. */
  else<const U extends Literal>(value: Branch<U>): Expression<T | U> {
    return new Case(this.#branches, value) as Expression<unknown> as Expression<T | U>;
  }

  override encode(value: unknown): unknown {
    return this.#like === undefined ? value : this.#like.encode(value);
  }
  override get decode(): ((value: unknown) => unknown) | undefined {
    return this.#like?.decode;
  }

  override write(writer: Writer): void {
    writer.text("case");
    for (const [condition, value] of this.#branches) {
      writer.text(" when ");
      condition.write(writer);
      writer.text(" then ");
      this.#writeBranch(writer, value);
    }
    if (this.#otherwise !== undefined) {
      writer.text(" else ");
      this.#writeBranch(writer, this.#otherwise);
    }
    writer.text(" end");
  }

  #writeBranch(writer: Writer, value: unknown): void {
    if (value === null) writer.text("null");
    else if (isFragment(value)) value.write(writer);
    else if (this.#like === undefined) literal(value as NonNullable<Literal>).write(writer);
    else writer.value(this.#like.encode(value));
  }
}
