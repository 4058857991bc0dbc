import { type Condition, Expression } from "./expression.ts";
import { literal } from "./functions.ts";
import { type Fragment, isFragment, type Writer } from "./writer.ts";

/** What a branch of CASE can yield. */
type Branch<T> = T | Expression<T>;

/**
 * CASE: `caseWhen(User.c.isActive, "active").else("gone")`. Without `else` it is NULL when no condition holds.
 */
export function caseWhen<const T extends string | number | bigint | boolean | Date>(
  condition: Condition,
  value: Branch<T>,
): Case<T> {
  return new Case<T>([[condition, branch(value)]], undefined);
}

/** See `caseWhen`. Immutable. */
export class Case<T> extends Expression<T | null> {
  readonly #branches: readonly (readonly [Condition, Fragment])[];
  readonly #otherwise: Fragment | undefined;

  constructor(branches: readonly (readonly [Condition, Fragment])[], otherwise: Fragment | undefined) {
    super();
    this.#branches = branches;
    this.#otherwise = otherwise;
  }

  when<const U extends string | number | bigint | boolean | Date>(condition: Condition, value: Branch<U>): Case<T | U> {
    return new Case<T | U>([...this.#branches, [condition, branch(value)]], this.#otherwise);
  }

  else<const U extends string | number | bigint | boolean | Date | null>(value: Branch<U>): Expression<T | U> {
    return new Case(this.#branches, branch(value)) as Expression<unknown> as Expression<T | U>;
  }

  override write(writer: Writer): void {
    writer.text("case");
    for (const [condition, value] of this.#branches) {
      writer.text(" when ");
      condition.write(writer);
      writer.text(" then ");
      value.write(writer);
    }
    if (this.#otherwise !== undefined) {
      writer.text(" else ");
      this.#otherwise.write(writer);
    }
    writer.text(" end");
  }
}

function branch(value: unknown): Fragment {
  return isFragment(value) ? value : literal(value as string);
}
