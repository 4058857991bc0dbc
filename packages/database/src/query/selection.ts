import type { RowShape } from "../connection/row-reader.ts";
import { DefinitionError } from "../errors.ts";
import { checkName, quote } from "../identifier.ts";
import { Expression } from "./expression.ts";
import { type Part, rowShape } from "./row-shape.ts";
import { baseSource, ColumnRef, DerivedRef, From, refsOf, TableSource } from "./source.ts";
import { isMapped, type Mapped, type Table, tableOf } from "./table.ts";
import { type Writer, writeList } from "./writer.ts";

/** What can be selected under a name: an expression, a model, or a source. */
export type Selectable = Expression<unknown> | Mapped<unknown> | From<unknown, unknown>;

/** Expressions, models and sources by the names that results have them under. */
export type Selection = { readonly [name: string]: Selectable };

/**
 * What a part of a selection yields. Those who use it write `{ [K in keyof S]: SelectedOf<S[K]> }` out, because what has a
 * name of its own is shown by that name, and not by what it is.
 */
export type SelectedOf<P> = P extends { readonly $type: infer T }
  ? T
  : P extends { readonly $row: infer Row }
    ? Row
    : P extends Mapped<infer Row>
      ? Row
      : never;

/** The columns of a SELECT or RETURNING, and what becomes of them. */
export interface Output {
  write(writer: Writer): void;
  shape(): RowShape;
  /** Whether it is columns alone, so that there is one result for each row whatever they are. */
  readonly isPlain: boolean;
  /** The names of what is selected of this source as if it could not be missing. */
  unsafe(source: From<unknown, unknown>): readonly string[];
  /** Under which names columns come, in their order. @throws {DefinitionError} when a whole model is one of several parts. */
  columns(): readonly string[];
  /** The columns by name, for those who select from this. */
  refs(prefix: string): Readonly<Record<string, Expression<unknown>>>;
}

/** Whole rows as instances. */
export class Instances implements Output {
  readonly #source: TableSource<unknown, unknown>;

  constructor(source: TableSource<unknown, unknown>) {
    this.#source = source;
  }

  get isPlain(): boolean {
    return true;
  }
  unsafe(): readonly string[] {
    return [];
  }
  write(writer: Writer): void {
    writeColumns(writer, this.#source);
  }
  shape(): RowShape {
    return shapeOf(this.#source.table);
  }
  columns(): readonly string[] {
    return this.#source.table.columns.map(({ property }) => property);
  }
  refs(prefix: string): Readonly<Record<string, Expression<unknown>>> {
    return refsOf(this.#source.table, prefix);
  }
}

/** A part of a result under each name. */
export class Named implements Output {
  readonly #parts: readonly (readonly [name: string, Expression<unknown> | TableSource<unknown, unknown>])[];

  /** @throws {DefinitionError} when something in it cannot be selected. */
  constructor(selection: Selection) {
    this.#parts = Object.entries(selection).map(([name, part]) => [checkName(name), selectable(name, part)]);
    if (this.#parts.length === 0) throw new DefinitionError("A selection needs at least one expression or model.");
  }

  get isPlain(): boolean {
    return this.#parts.every(([, part]) => part instanceof TableSource || part instanceof ColumnRef);
  }
  unsafe(source: From<unknown, unknown>): readonly string[] {
    if (!(source instanceof TableSource)) return [];
    const isUnsafe = (part: unknown): boolean =>
      (part instanceof TableSource || part instanceof ColumnRef) && part.prefix === source.prefix && !part.isOptional;
    return this.#parts.filter(([, part]) => isUnsafe(part)).map(([name]) => name);
  }
  write(writer: Writer): void {
    writeList(writer, this.#parts, ", ", ([name, part]) => {
      if (part instanceof TableSource) {
        writer.key(name);
        writeColumns(writer, part);
      } else {
        part.write(writer);
        if (part.decode !== undefined) writer.key(part.decode);
        writer.text(" as ");
        writer.text(quote(name));
      }
    });
  }
  shape(): RowShape {
    const parts = this.#parts.map(([name, part]): [string, Part] => [
      name,
      part instanceof TableSource
        ? { kind: "instance", table: part.table, isOptional: part.isOptional }
        : { kind: "value", decode: part.decode },
    ]);
    return rowShape({ kind: "object", parts });
  }
  columns(): readonly string[] {
    return this.#parts.map(([name, part]) => {
      if (part instanceof Expression) return name;
      throw new DefinitionError(`${name} is a whole row, which is not one column. Select its columns.`);
    });
  }
  refs(prefix: string): Readonly<Record<string, Expression<unknown>>> {
    const expressions = this.#parts.filter((part): part is [string, Expression<unknown>] => !(part[1] instanceof From));
    return Object.fromEntries(expressions.map(([name, part]) => [name, new DerivedRef(prefix, name, part)]));
  }
}

const shapes = new WeakMap<Table, RowShape>();

/** Rows of the table as instances; one shape for all queries of it. */
function shapeOf(table: Table): RowShape {
  let shape = shapes.get(table);
  if (shape === undefined) {
    shape = rowShape({ kind: "instance", table, isOptional: false });
    shapes.set(table, shape);
  }
  return shape;
}

/** The table's columns, qualified as the source is. */
function writeColumns(writer: Writer, source: TableSource<unknown, unknown>): void {
  writer.key(source.table);
  writer.key(source.isOptional);
  writer.text(source.columnList);
}

function selectable(name: string, part: Selectable): Expression<unknown> | TableSource<unknown, unknown> {
  if (isMapped(part)) return baseSource(tableOf(part));
  if (part instanceof TableSource || part instanceof Expression) return part;
  throw new DefinitionError(
    `${name} cannot be selected: it is no expression, model or alias. Of a query under a name, select its columns.`,
  );
}
