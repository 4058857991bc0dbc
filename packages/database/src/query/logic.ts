import { assertConditions, writeConditions } from "./clauses.ts";
import { type Comparison, type Condition, Expression, Operation } from "./expression.ts";
import type { Writer } from "./writer.ts";

/** All of them; none given is true. */
export function and(...conditions: readonly Condition[]): Comparison {
  assertConditions(conditions);
  return conditions.length === 1 ? (conditions[0] as Comparison) : new Junction(conditions, " and ", "true");
}

/** Any of them; none given is false. */
export function or(...conditions: readonly Condition[]): Comparison {
  assertConditions(conditions);
  return conditions.length === 1 ? (conditions[0] as Comparison) : new Junction(conditions, " or ", "false");
}

/** `not condition`; of NULL it is NULL. */
export function not(condition: Condition): Comparison {
  assertConditions([condition]);
  return new Operation("logic", ["not ", new Junction([condition], " and ", "true")], true);
}

class Junction extends Expression<boolean | null> {
  readonly #conditions: readonly Condition[];
  readonly #separator: " and " | " or ";
  readonly #empty: string;

  constructor(conditions: readonly Condition[], separator: " and " | " or ", empty: string) {
    super();
    this.#conditions = conditions;
    this.#separator = separator;
    this.#empty = empty;
  }

  override get binding(): "logic" {
    return "logic";
  }

  override write(writer: Writer): void {
    if (this.#conditions.length === 0) writer.text(this.#empty);
    else writeConditions(writer, this.#conditions, this.#separator);
  }
}
