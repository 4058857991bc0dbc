import { checkOptions, flag, oneOf, type Shape, whole, wholeOrNull } from "./options.ts";
import { when } from "./rendered.ts";

/** How a sequence counts (PostgreSQL, "CREATE SEQUENCE"). */
export interface SequenceOptions {
  /** Default: bigint. */
  readonly type?: "smallint" | "integer" | "bigint" | undefined;
  /** Default: the least value, or the most when counting down. */
  readonly start?: number | bigint | undefined;
  /** Default: 1. */
  readonly increment?: number | bigint | undefined;
  /** null: as far as the type goes. Default: 1, or as far as the type goes when counting down. */
  readonly min?: number | bigint | null | undefined;
  /** null: as far as the type goes, or -1 when counting down. That is the default too. */
  readonly max?: number | bigint | null | undefined;
  /** How many values a session takes at once. Default: 1. */
  readonly cache?: number | bigint | undefined;
  /** Whether it begins again at its end. Default: false. */
  readonly cycle?: boolean | undefined;
}

export const SEQUENCE: Shape<SequenceOptions> = {
  type: oneOf("smallint", "integer", "bigint"),
  start: whole,
  increment: whole,
  min: wholeOrNull,
  max: wholeOrNull,
  cache: whole,
  cycle: flag,
};

export function checkSequence(what: string, options: SequenceOptions): SequenceOptions {
  return checkOptions(what, options, SEQUENCE);
}

/** With a space before each. The type comes first, since the others are measured by it. */
export function sequenceClauses({ type, start, increment, min, max, cache, cycle }: SequenceOptions): string {
  return (
    when(type, `as ${type}`) +
    when(increment, `increment by ${increment}`) +
    (min === null ? " no minvalue" : when(min, `minvalue ${min}`)) +
    (max === null ? " no maxvalue" : when(max, `maxvalue ${max}`)) +
    when(start, `start with ${start}`) +
    when(cache, `cache ${cache}`) +
    (cycle === false ? " no cycle" : when(cycle, "cycle"))
  );
}
