import type { Result, Step } from "../connection/flight.ts";
import { encodeParameters, type Parameter } from "../connection/parameters.ts";
import { DefinitionError } from "../errors.ts";
import type { Query, Statement } from "../query/query.ts";
import { Sql } from "../query/sql.ts";
import { isFragment, type Writer } from "../query/writer.ts";
import { COPY, COPY_TO_STDOUT } from "./unfit-statements.ts";

/** Options of COPY TO. */
export interface CopyOutOptions {
  /** PostgreSQL, COPY, "File Formats". Default text. */
  readonly format?: "text" | "csv" | "binary" | undefined;
  /** Whether the first line holds the names of the columns. Not with binary. Default false. */
  readonly header?: boolean | undefined;
  /** One character of ASCII between the columns. Not with binary. Default: a tab, with csv a comma. */
  readonly delimiter?: string | undefined;
}

const FORMATS: readonly unknown[] = ["text", "csv", "binary"];

/**
 * The text of a COPY that gives a query's results, or the one that is given.
 *
 * COPY takes no parameters (PostgreSQL, COPY). So the server is asked for literals first: what they are typed as is what it
 * takes the parameters for, and how they are quoted is its own function's word. Where they stand is known from how the query
 * is written, and not looked for in its text.
 *
 * @param run runs steps in the session's transaction, in one round trip.
 */
export async function copyStatement(
  query: Query<unknown>,
  options: CopyOutOptions,
  run: (steps: readonly Step[]) => readonly Promise<Result>[],
): Promise<string> {
  const statement = query.compile();
  const { text, values, follow } = statement;
  if (COPY.test(text)) return ownCopy(statement, options);
  const suffix = `to stdout (${clauses(options).join(", ")})`;
  if (follow !== undefined)
    throw new DefinitionError("Included relations are no columns, which COPY gives. Join them.");
  if (values.length === 0) return `copy (${text}\n) ${suffix}`;
  if (!isFragment(query)) throw new DefinitionError("copyOut takes a select or sql`…`.");
  const literals = await literalsOf(text, encodeParameters(values), run);
  const writer = new LiteralWriter(literals);
  query.write(writer);
  return query instanceof Sql ? `copy (${writer.sql}\n) ${suffix}` : `copy ${writer.sql} ${suffix}`;
}

/** A COPY written by hand. */
function ownCopy({ text, values }: Statement<unknown>, options: CopyOutOptions): string {
  if (!COPY_TO_STDOUT.test(text)) throw new DefinitionError("copyOut takes COPY … TO STDOUT, and no other COPY.");
  if (values.length > 0) throw new DefinitionError("COPY takes no parameters. Give copyOut the query that is in it.");
  if (Object.values(options).some((option) => option !== undefined)) {
    throw new DefinitionError("A COPY written by hand has its options in its text.");
  }
  return text;
}

/** @throws {DefinitionError} naming the option. */
function clauses({ format = "text", header = false, delimiter }: CopyOutOptions): readonly string[] {
  if (!FORMATS.includes(format)) throw new DefinitionError(`The format of a COPY is one of ${FORMATS.join(", ")}.`);
  if (format === "binary" && (header || delimiter !== undefined)) {
    throw new DefinitionError("The binary format of COPY has neither header nor delimiter.");
  }
  const list = [`format ${format}`];
  if (header) list.push("header true");
  if (delimiter !== undefined) {
    if (!/^[^\0\n\r\\\x80-\uffff]$/.test(delimiter))
      throw new DefinitionError("A COPY's delimiter is one character of ASCII.");
    list.push(`delimiter '${delimiter === "'" ? "''" : delimiter}'`);
  }
  return list;
}

/**
 * SQL's text for each of the values `$1`, given the statement `$2` that they are parameters of. A literal without a type
 * could be taken for something else than the parameter was.
 */
const LITERALS = `select format('(%s::%s)', quote_nullable(value), format_type(type, -1)), type = 'bytea'::regtype
  from unnest($1::text[], (select parameter_types from pg_prepared_statements where name = $2))
    with ordinality as parameters (value, type, position)
  order by position`;

let prepared = 0;

async function literalsOf(
  text: string,
  values: readonly Parameter[],
  run: (steps: readonly Step[]) => readonly Promise<Result>[],
): Promise<readonly string[]> {
  prepared += 1;
  const name = `hypertroq_copy_${prepared}`;
  const texts = values.map((value) => (Buffer.isBuffer(value) ? `\\x${value.toString("hex")}` : value));
  const steps: readonly Step[] = [
    { text: `prepare ${name} as ${text}`, values: [], once: true },
    { text: LITERALS, values: encodeParameters([texts, name]) },
    { text: `deallocate ${name}`, values: [], once: true },
  ];
  const [, literals] = await Promise.all(run(steps));
  return literals!.rows.map(([literal, isBytes], i) => {
    if (!Buffer.isBuffer(values[i]) || isBytes === true) return literal as string;
    throw new DefinitionError(
      `Parameter $${i + 1} cannot be copied with: it is a Buffer, and the server takes no bytea there.`,
    );
  });
}

/** Writes a query with literals where its values are. */
class LiteralWriter implements Writer {
  sql = "";
  readonly #literals: readonly string[];
  #position = 0;

  constructor(literals: readonly string[]) {
    this.#literals = literals;
  }

  text(sql: string): void {
    this.sql += sql;
  }
  value(): void {
    this.sql += this.#literals[this.#position++];
  }
  key(): void {}
  reads(): void {}
  impure(): void {}
}
