import { Multirange, Range } from "../connection/range.ts";
import { DefinitionError } from "../errors.ts";
import type { COLUMNS, Columns, Dict, InsertOf, Refs, SelectOf } from "../query/row-types.ts";
import { baseSource } from "../query/source.ts";
import { TABLE, type Table } from "../query/table.ts";
import { buildTable } from "./build-table.ts";
import type { Column } from "./column.ts";
import type { ConstraintDefinition } from "./constraints.ts";
import type { Hooks } from "./hooks.ts";
import type { IndexDefinition } from "./index-definition.ts";
import { plural, snakeCase } from "./naming.ts";
import { relationsOf } from "./state.ts";

/** Any model class, abstract ones too. */
export type ModelClass = (abstract new (...args: never) => Model) & ModelStatics;

/** What a model class knows of itself. */
export interface ModelStatics {
  readonly name: string;
  readonly columns: Columns;
  readonly c: object;
  readonly table: string;
  readonly schema: string | undefined;
  readonly comment: string | undefined;
  readonly indexes: readonly IndexDefinition[];
  readonly constraints: readonly ConstraintDefinition[];
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

/** Columns and members to add to a model with `with`, and what happens when its instances are written. */
export interface Mixin<C extends Columns, M> {
  readonly columns: C;
  readonly members: M;
  readonly hooks: Hooks<never>;
}

/** Makes a mixin. Methods and getters of `members` see the columns on `this`; hooks get the instance. */
export function mixin<C extends Columns>(columns: C): Mixin<C, unknown>;
export function mixin<C extends Columns, M extends object>(
  columns: C,
  members: M & ThisType<Model & SelectOf<C> & M>,
  hooks?: Hooks<Model & SelectOf<C> & M>,
): Mixin<C, M>;
export function mixin(columns: Columns, members: object = {}, hooks: Hooks<never> = {}): Mixin<Columns, object> {
  return { columns, members, hooks };
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
  /** Constraints beyond those that columns declare. */
  static readonly constraints: readonly ConstraintDefinition[] = [];
  /** The schema that the table is in; undefined: the first of the search path. */
  static readonly schema: string | undefined = undefined;
  /** The table's comment. */
  static readonly comment: string | undefined = undefined;

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
    return extend(this, { columns, members: {}, hooks: {} }) as unknown as Extended<B, C>;
  }

  /** A model with one or two mixins more; call it again for others. */
  static with<B extends ModelClass, C1 extends Columns, M1>(this: B, first: Mixin<C1, M1>): Extended<B, C1, M1>;
  static with<B extends ModelClass, C1 extends Columns, M1, C2 extends Columns, M2>(
    this: B,
    first: Mixin<C1, M1>,
    second: Mixin<C2, M2>,
  ): Extended<B, C1 & C2, M1 & M2>;
  static with(this: ModelClass, ...mixins: readonly Mixin<Columns, unknown>[]): unknown {
    return mixins.reduce<ModelClass>(extend, this);
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

  /**
   * What JSON.stringify takes: `toDict()`, and the relations that were loaded. Bigints are text in it, because JSON has no
   * type for them and JSON.stringify would throw; so are ranges, as PostgreSQL writes them.
   */
  toJSON(): Readonly<Record<string, unknown>> {
    const json = shown(this);
    for (const [name, value] of Object.entries(json)) json[name] = jsonOf(value);
    return json;
  }

  /** What console.log and util.inspect show: the class's name, the row without hidden columns, and loaded relations. */
  [Symbol.for("nodejs.util.inspect.custom")](
    _depth: number,
    options: object,
    inspect: (value: unknown, options: object) => string,
  ): string {
    return `${this.constructor.name} ${inspect(shown(this), options)}`;
  }
}

/** The row without hidden columns, and the relations that were loaded. */
function shown(instance: Model): Record<string, unknown> {
  const row: Record<string, unknown> = instance.toDict();
  for (const name of relationsOf(instance)) row[name] = (instance as unknown as Record<string, unknown>)[name];
  return row;
}

function jsonOf(value: unknown): unknown {
  if (typeof value === "bigint") return `${value}`;
  if (value instanceof Range || value instanceof Multirange) return `${value}`;
  return Array.isArray(value) ? value.map(jsonOf) : value;
}

function extend(base: ModelClass, { columns, members, hooks }: Mixin<Columns, unknown>): ModelClass {
  for (const property of Object.keys(columns)) {
    if (property in base.columns) {
      throw new DefinitionError(`Column ${property} is defined twice: ${base.name} has it already. Rename one.`);
    }
    if (property in base.prototype || property in (members as object)) {
      throw new DefinitionError(`Column ${property} has the name of a method or getter. Rename the column.`);
    }
  }
  abstract class Derived extends (base as unknown as new (values: object) => Model) {
    static readonly columns = { ...base.columns, ...columns };
    static readonly hooks = hooks;
    static get c(): object {
      return baseSource((this as unknown as ModelStatics)[TABLE]).c;
    }
  }
  Object.defineProperties(Derived.prototype, Object.getOwnPropertyDescriptors(members as object));
  return Derived as unknown as ModelClass;
}
