import { checkName, quote } from "../identifier.ts";
import { sql } from "../query/sql.ts";
import type { Fragment } from "../query/writer.ts";
import { literal } from "./definition-sql.ts";
import type { NamedColumn } from "./index-definition.ts";

/** How a sequence counts (PostgreSQL, "CREATE SEQUENCE"). */
export interface SequenceCounting {
  /** Default: bigint. */
  readonly type?: "smallint" | "integer" | "bigint" | undefined;
  /** Default: the least value, or the most when counting down. */
  readonly start?: number | bigint | undefined;
  /** Default: 1. */
  readonly increment?: number | bigint | undefined;
  /** Default: 1, or as far as the type goes when counting down. */
  readonly min?: number | bigint | undefined;
  /** Default: as far as the type goes, or -1 when counting down. */
  readonly max?: number | bigint | undefined;
  /** How many values a session takes at once. Default: 1. */
  readonly cache?: number | bigint | undefined;
  /** Whether it begins again at its end. Default: false. */
  readonly cycle?: boolean | undefined;
}

/** Options of {@link pgSequence}. */
export interface SequenceOptions extends SequenceCounting {
  /** Undefined: the one that the search path finds first. */
  readonly schema?: string | undefined;
  /** The column with which it is dropped. Default: none. */
  readonly ownedBy?: (() => NamedColumn) | undefined;
  readonly comment?: string | undefined;
}

/** A sequence as data. */
export interface SequenceDefinition extends SequenceCounting {
  readonly name: string;
  readonly schema: string | undefined;
  readonly ownedBy:
    | { readonly schema: string | undefined; readonly table: string; readonly column: string }
    | undefined;
  readonly comment: string | undefined;
}

/** A sequence of the database. */
export class Sequence {
  readonly name: string;
  readonly options: SequenceOptions;

  constructor(name: string, options: SequenceOptions) {
    this.name = checkName(name);
    this.options = options;
    if (options.schema !== undefined) checkName(options.schema);
  }

  /** Its next value, `nextval('…')`: as the default of a column, or in a query. */
  next(): Fragment {
    const { schema } = this.options;
    const name = schema === undefined ? quote(this.name) : `${quote(schema)}.${quote(this.name)}`;
    // As text and no parameter, so that a column's default is the same wherever it is written.
    const text = `nextval(${literal(name)}::regclass)`;
    return sql([text] as unknown as TemplateStringsArray);
  }
}

/**
 * A sequence (PostgreSQL, "CREATE SEQUENCE"), for `defineSchema`. Columns that count by themselves have `identity()`.
 *
 * ```ts
 * const ticketNumber = pgSequence("ticket_number", { start: 1000 });
 * class Ticket extends BaseModel.define({ number: bigint().default(ticketNumber.next()) }) {}
 * ```
 */
export function pgSequence(name: string, options: SequenceOptions = {}): Sequence {
  return new Sequence(name, options);
}
