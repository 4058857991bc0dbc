import { quote } from "../identifier.ts";
import { Expression } from "./expression.ts";
import type { Select } from "./select.ts";
import { type ColumnRef, From, TableSource } from "./source.ts";
import type { Table } from "./table.ts";
import { type Writer, writeList } from "./writer.ts";

/** Not the name of a table that rows are loaded from, as `keys` might be. */
const NAME = '"hypertroq_keys"';

/** Keys that were sent along, with their positions: `unnest($1::uuid[]) with ordinality as hypertroq_keys (k1, position)`. */
export class KeyList extends From<never, { readonly [name: string]: Expression<unknown> }> {
  readonly name = NAME;
  readonly #columns: readonly ColumnRef<unknown>[];
  readonly #arrays: readonly (readonly unknown[])[];

  /** @param arrays for each column its values, encoded. */
  constructor(columns: readonly ColumnRef<unknown>[], arrays: readonly (readonly unknown[])[]) {
    const names = [...columns.map((_, i) => `k${i + 1}`), "position"];
    super(Object.fromEntries(names.map((name) => [name, new KeyRef(name)])), undefined, false);
    this.#columns = columns;
    this.#arrays = arrays;
  }

  override write(writer: Writer): void {
    writer.impure();
    writer.text("unnest(");
    for (let i = 0; i < this.#columns.length; i++) {
      if (i > 0) writer.text(", ");
      writer.value(this.#arrays[i]);
      writer.text(`::${this.#columns[i]!.definition.type}[]`);
    }
    writer.text(`) with ordinality as ${NAME} (`);
    writeList(writer, Object.keys(this.c), ", ", (name) => writer.text(quote(name)));
    writer.text(")");
  }

  override asOptional(): never {
    throw new TypeError("A list of keys is never missing.");
  }
}

class KeyRef extends Expression<unknown> {
  readonly #text: string;

  constructor(name: string) {
    super();
    this.#text = `${NAME}.${quote(name)}`;
  }

  override write(writer: Writer): void {
    writer.text(this.#text);
  }
}

/** Rows of a table that a subquery yields, whole: what LATERAL needs to stop at a limit for each key. */
export class RelatedRows extends TableSource<unknown, Readonly<Record<string, ColumnRef<unknown>>>> {
  readonly #query: Select<unknown>;

  constructor(table: Table, query: Select<unknown>) {
    super(table, "related");
    this.#query = query;
  }

  override write(writer: Writer): void {
    this.#query.write(writer);
    writer.text(" as ");
    writer.text(this.name);
  }
}
