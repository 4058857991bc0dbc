import { DefinitionError } from "../errors.ts";
import type { Expression } from "./expression.ts";
import { planned, type Query, type Statement, type Want } from "./query.ts";
import { Instances, Named, type Output, type Selection } from "./selection.ts";
import { baseSource, type DerivedQuery } from "./source.ts";
import type { Table } from "./table.ts";
import { FRAGMENT, type Writer } from "./writer.ts";

/**
 * What INSERT, UPDATE and DELETE have in common: they return the rows they touched, as instances unless a selection is
 * given, and nothing when only their number is wanted.
 */
export abstract class Change<Row> implements Query<Row>, DerivedQuery {
  protected readonly table: Table;
  readonly #returning: Selection | undefined;
  #output: Output | undefined;

  constructor(table: Table, returning: Selection | undefined) {
    if (!table.isWritable) throw new DefinitionError(`${table.name} is a view. Write to the tables below it.`);
    this.table = table;
    this.#returning = returning;
  }

  get [FRAGMENT](): true {
    return true;
  }

  /** Writes the statement up to RETURNING. */
  protected abstract writeChange(writer: Writer): void;

  /** Whether others of the same shape may follow. */
  protected get isKept(): boolean {
    return true;
  }

  compile(want: Want = "all"): Statement<Row> {
    const output = want === "count" ? undefined : this.#selected();
    return planned<Row>(
      { write: (writer) => this.#write(writer, output), rowShape: () => output?.shape() },
      this.isKept,
    );
  }

  /** As a query in WITH, in parentheses. */
  write(writer: Writer): void {
    writer.text("(");
    this.#write(writer, this.#selected());
    writer.text(")");
  }

  refs(prefix: string): Readonly<Record<string, Expression<unknown>>> {
    return this.#selected().refs(prefix);
  }

  #write(writer: Writer, output: Output | undefined): void {
    writer.impure();
    this.writeChange(writer);
    if (output === undefined) return;
    writer.text(" returning ");
    output.write(writer);
  }

  #selected(): Output {
    this.#output ??= this.#returning === undefined ? new Instances(baseSource(this.table)) : new Named(this.#returning);
    return this.#output;
  }
}
