import type { Column, ColumnSpec } from "../model/column.ts";
import type { ModelStatics } from "../model/model.ts";
import { Relation } from "../query/relation.ts";
import type { Table, TableColumn } from "../query/table.ts";

/** The model whose table this is. */
export function modelOf(table: Table): ModelStatics {
  return table.prototype.constructor as unknown as ModelStatics;
}

/** What the model says of a column. */
export function specOf(table: Table, { property }: TableColumn): ColumnSpec {
  return (modelOf(table).columns[property] as unknown as Column<unknown>).spec;
}

/** The model's static relation of this name. Looks at properties without running getters: names come from outside. */
export function relationOf(table: Table, name: string): Relation<unknown> | undefined {
  let model: unknown = modelOf(table);
  for (; typeof model === "function" && model !== Function.prototype; model = Object.getPrototypeOf(model)) {
    const found: unknown = Object.getOwnPropertyDescriptor(model, name)?.value;
    if (found !== undefined) return found instanceof Relation ? found : undefined;
  }
  return undefined;
}

/** A name that came from outside, for a message. */
export function shown(name: unknown): string {
  return typeof name === "string" ? JSON.stringify(name.slice(0, 63)) : `a ${typeof name}`;
}

/** Whether it is an object as a literal or JSON makes one, and no instance of a class. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
