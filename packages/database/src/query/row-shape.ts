import type { Field, RowReader, RowShape } from "../connection/row-reader.ts";
import { readText, type ValueReader, valueReaderOf, valueTypeOf } from "../connection/types.ts";
import type { Table, TableColumn } from "./table.ts";

/** What a part of a row becomes: an instance of a model, made of as many columns as its table has, or one value. */
export type Part =
  | { readonly kind: "instance"; readonly table: Table; readonly isOptional: boolean }
  | { readonly kind: "value"; readonly decode: ((value: unknown) => unknown) | undefined };

/** What a row becomes: its only part, or an object of parts by name. */
export type Layout = Part | { readonly kind: "object"; readonly parts: readonly (readonly [name: string, Part])[] };

/**
 * Rows of this layout. What reads them is generated as source code for each combination of column types: straight code
 * without loops or lookups, that gives all instances of a model the same shape in the engine, too. It is made of positions
 * and of property names as string literals; nothing that comes from outside is part of it.
 */
export function rowShape<Row>(layout: Layout): RowShape<Row> {
  const readers = new Map<string, RowReader<Row>>();
  return {
    reader: (fields) => {
      const types = fields.map(({ dataTypeID }) => dataTypeID).join();
      let reader = readers.get(types);
      if (reader === undefined) {
        reader = new Generator(fields).generate<Row>(layout);
        readers.set(types, reader);
      }
      return reader;
    },
  };
}

class Generator {
  readonly #fields: readonly Field[];
  /** What the code refers to, by name. */
  readonly #scope: Record<string, unknown> = { readText };
  readonly #lines: string[] = [];
  #position = 0;

  constructor(fields: readonly Field[]) {
    this.#fields = fields;
  }

  generate<Row>(layout: Layout): RowReader<Row> {
    const result =
      layout.kind === "object"
        ? `{ ${layout.parts.map(([name, part]) => `[${JSON.stringify(name)}]: ${this.#part(part)}`).join(", ")} }`
        : this.#part(layout);
    const body = `"use strict";
      return (bytes, at) => {
        let length = 0;
        at += 2;
        ${this.#lines.join("\n        ")}
        return ${result};
      };`;
    const names = Object.keys(this.#scope);
    return new Function(...names, body)(...names.map((name) => this.#scope[name])) as RowReader<Row>;
  }

  /** Reads the part's columns; the result is the expression for it. */
  #part(part: Part): string {
    if (part.kind === "instance") return this.#instance(part.table, part.isOptional);
    const i = this.#next();
    const reader = valueReaderOf(this.#fields[i]!.dataTypeID);
    this.#read(i, `value${i} = ${this.#call("read", i, reader)}(bytes, at, at + length);`, part.decode);
    return `value${i}`;
  }

  #instance(table: Table, isOptional: boolean): string {
    const positions = table.columns.map(() => this.#next());
    const kept = table.columns.map((column, n) => this.#column(positions[n]!, column));
    const first = positions[0] ?? 0;
    const parse = table.columns.map((_, column) => kept[column]!.parse);
    this.#scope[`parse${first}`] = parse;
    this.#scope[`Row${first}`] = instanceOf(table);
    this.#scope[`stamp${first}`] = table.stamp;
    const values = positions.map((i) => `value${i}`);
    const stored = `{ values: [${kept.map(({ expression }) => expression).join(", ")}], parse: parse${first} }`;
    const instance = `stamp${first}(new Row${first}(${values.join(", ")}), ${stored})`;
    if (!isOptional) return instance;
    const keys = table.primaryKey.length > 0 ? table.primaryKey : table.columns;
    const missing = keys.map((key) => `${values[table.columns.indexOf(key)]} === null`).join(" && ");
    return `(${missing || "false"} ? null : ${instance})`;
  }

  /** Reads a column of an instance; what is kept of it tells later whether it was changed. */
  #column(
    i: number,
    { decode, isKey }: TableColumn,
  ): { readonly expression: string; readonly parse?: (text: string) => unknown } {
    const { dataTypeID } = this.#fields[i]!;
    const { kind, parse } = valueTypeOf(dataTypeID);
    if (kind === "immutable" && decode === undefined) {
      this.#read(i, `value${i} = ${this.#call("read", i, valueReaderOf(dataTypeID))}(bytes, at, at + length);`, decode);
      return { expression: `value${i}` };
    }
    if (kind === "date" && decode === undefined && !isKey) {
      this.#read(i, `value${i} = ${this.#call("read", i, valueReaderOf(dataTypeID))}(bytes, at, at + length);`, decode);
      return { expression: `(value${i} === null ? null : +value${i})` };
    }
    const whole = decode === undefined ? parse : (text: string): unknown => decode(parse(text));
    this.#lines.push(`let text${i} = null;`);
    const text = `text${i} = readText(bytes, at, at + length);`;
    this.#read(i, `${text} value${i} = ${this.#call("parse", i, whole)}(text${i});`, undefined);
    return { expression: `text${i}`, parse: whole };
  }

  #next(): number {
    return this.#position++;
  }

  #read(i: number, line: string, decode: ((value: unknown) => unknown) | undefined): void {
    const decoded = decode === undefined ? "" : ` value${i} = ${this.#call("decode", i, decode)}(value${i});`;
    this.#lines.push(
      `let value${i} = null;`,
      "length = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];",
      "at += 4;",
      `if (length !== -1) { ${line}${decoded} at += length; }`,
    );
  }

  #call(verb: string, i: number, value: ValueReader | ((value: never) => unknown)): string {
    const name = `${verb}Value${i}`;
    this.#scope[name] = value;
    return name;
  }
}

const instances = new WeakMap<Table, new (...values: readonly unknown[]) => object>();

/** What makes instances of a table's rows without calling the model's constructors. */
function instanceOf(table: Table): new (...values: readonly unknown[]) => object {
  let Row = instances.get(table);
  if (Row === undefined) {
    const names = table.columns.map((_, i) => `value${i}`);
    const body = table.columns.map(({ property }, i) => `this[${JSON.stringify(property)}] = value${i};`).join(" ");
    Row = new Function(...names, body) as unknown as new (...values: readonly unknown[]) => object;
    Row.prototype = table.prototype;
    instances.set(table, Row);
  }
  return Row;
}
