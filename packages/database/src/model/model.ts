import { DefinitionError } from "../errors.ts";
import type { ColumnRef } from "../query/expression.ts";
import type { COLUMNS, Columns, Dict, InsertOf, SelectOf } from "../query/row-types.ts";
import { TABLE, type Table } from "../query/table.ts";
import { buildTable } from "./build-table.ts";
import type { Column } from "./column.ts";
import type { IndexDefinition } from "./index-definition.ts";
import { plural, snakeCase } from "./naming.ts";

/** The columns of a model as expressions: `User.c.email`. */
export type Refs<C> = {
  readonly [K in keyof C]: C[K] extends { readonly $select: infer S } ? ColumnRef<S> : never;
};

/** Any model class, abstract ones too. */
export type ModelClass = (abstract new (...args: never) => Model) & ModelStatics;

/** What a model class knows of itself. */
export interface ModelStatics {
  readonly name: string;
  readonly columns: Columns;
  readonly c: object;
  readonly table: string;
  readonly indexes: readonly IndexDefinition[];
  readonly [TABLE]: Table<unknown>;
}

/** A model class with the columns `C` and the members `M` added, on its static and on its instance side. */
export type Extended<B extends ModelClass, C extends Columns, M = unknown> = Omit<B, "prototype" | "columns" | "c"> & {
  readonly columns: B["columns"] & C;
  readonly c: B["c"] & Refs<C>;
  new (
    values: InsertOf<B["columns"] & C>,
  ): InstanceType<B> & SelectOf<C> & M & { readonly [COLUMNS]: B["columns"] & C };
};

/** Columns and members to add to a model with `with`. */
export interface Mixin<C extends Columns, M> {
  readonly columns: C;
  readonly members: M;
}

/** Makes a mixin. Methods and getters of `members` see the columns on `this`. */
export function mixin<C extends Columns>(columns: C): Mixin<C, unknown>;
export function mixin<C extends Columns, M extends object>(
  columns: C,
  members: M & ThisType<Model & SelectOf<C> & M>,
): Mixin<C, M>;
export function mixin(columns: Columns, members: object = {}): Mixin<Columns, object> {
  return { columns, members };
}

const tables = new WeakMap<object, Table<unknown>>();

/**
 * The root of all models. A model is a class made by `define`:
 *
 * ```ts
 * export class User extends BaseModel.define({ email: varchar(255).index({ unique: true }) }) {}
 * ```
 *
 * `new User({ … })` makes an instance that is not stored yet (`db.add(user)` stores it). Rows that come from the
 * database are made without calling constructors.
 */
export abstract class Model {
  declare readonly [COLUMNS]: unknown;
  static readonly columns = {};
  static readonly c = {};
  /** Indexes beyond those that columns declare. */
  static readonly indexes: readonly IndexDefinition[] = [];

  /** The table's name: snake_case plural of the class's name, unless a model sets its own. */
  static get table(): string {
    return plural(snakeCase(this.name));
  }

  static get [TABLE](): Table<unknown> {
    let table = tables.get(this);
    if (table === undefined) {
      table = buildTable(this as unknown as ModelClass);
      tables.set(this, table);
    }
    return table;
  }

  constructor(values: object) {
    const { [TABLE]: table } = this.constructor as unknown as ModelStatics;
    Object.assign(this, table.withDefaults(values as Readonly<Record<string, unknown>>));
  }

  /** A model with more columns. */
  static define<B extends ModelClass, C extends Columns>(this: B, columns: C): Extended<B, C> {
    return extend(this, columns, {}) as unknown as Extended<B, C>;
  }

  /** A model with one or two mixins more; call it again for others. */
  static with<B extends ModelClass, C1 extends Columns, M1>(this: B, first: Mixin<C1, M1>): Extended<B, C1, M1>;
  static with<B extends ModelClass, C1 extends Columns, M1, C2 extends Columns, M2>(
    this: B,
    first: Mixin<C1, M1>,
    second: Mixin<C2, M2>,
  ): Extended<B, C1 & C2, M1 & M2>;
  static with(this: ModelClass, ...mixins: readonly Mixin<Columns, unknown>[]): unknown {
    return mixins.reduce<ModelClass>((base, { columns, members }) => extend(base, columns, members as object), this);
  }

  /** The row as plain data, without hidden columns. */
  toDict(): Dict<this> {
    const { columns } = this.constructor as unknown as ModelStatics;
    const values = this as unknown as Record<string, unknown>;
    const dict: Record<string, unknown> = {};
    for (const [property, column] of Object.entries(columns)) {
      if (!(column as Column<unknown>).spec.hidden) dict[property] = values[property];
    }
    return dict as Dict<this>;
  }

  /** What JSON.stringify takes: `toDict()`. */
  toJSON(): Dict<this> {
    return this.toDict();
  }

  /** What console.log and util.inspect show: the class's name and `toDict()`. */
  [Symbol.for("nodejs.util.inspect.custom")](
    _depth: number,
    options: object,
    inspect: (value: unknown, options: object) => string,
  ): string {
    return `${this.constructor.name} ${inspect(this.toDict(), options)}`;
  }
}

function extend(base: ModelClass, columns: Columns, members: object): ModelClass {
  for (const property of Object.keys(columns)) {
    if (property in base.columns) {
      throw new DefinitionError(`Column ${property} is defined twice: ${base.name} has it already. Rename one.`);
    }
    if (property in base.prototype || property in members) {
      throw new DefinitionError(`Column ${property} has the name of a method or getter. Rename the column.`);
    }
  }
  abstract class Derived extends (base as unknown as new (values: object) => Model) {
    static readonly columns = { ...base.columns, ...columns };
    static get c(): object {
      return refsOf(this as unknown as ModelStatics);
    }
  }
  Object.defineProperties(Derived.prototype, Object.getOwnPropertyDescriptors(members));
  return Derived as unknown as ModelClass;
}

const refs = new WeakMap<object, object>();

function refsOf(model: ModelStatics): object {
  let found = refs.get(model);
  if (found === undefined) {
    found = Object.fromEntries(model[TABLE].columns.map(({ property, ref }) => [property, ref]));
    refs.set(model, found);
  }
  return found;
}
