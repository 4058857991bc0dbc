import { DefinitionError } from "../errors.ts";
import type { COLUMNS, Columns, InsertOf, Refs, SelectOf } from "../query/row-types.ts";
import { baseSource } from "../query/source.ts";
import { TABLE, type WritableTable } from "../query/table.ts";
import { buildTable } from "./build-table.ts";
import type { ConstraintDefinition } from "./constraints.ts";
import { Entity } from "./entity.ts";
import type { Hooks } from "./hooks.ts";
import type { IndexDefinition } from "./index-definition.ts";
import type { PartitionDefinition } from "./partition.ts";
import type { PolicyDefinition, RowSecurity } from "./policy.ts";
import type { TriggerDefinition } from "./trigger.ts";

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
  readonly triggers: readonly TriggerDefinition[];
  readonly policies: readonly PolicyDefinition[];
  readonly rowSecurity: RowSecurity | undefined;
  readonly partitionBy: PartitionDefinition | undefined;
  readonly [TABLE]: WritableTable<unknown>;
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
  readonly triggers: readonly TriggerDefinition[];
}

/** What a mixin says of the table besides columns. */
export interface MixinTraits {
  readonly triggers?: readonly TriggerDefinition[] | undefined;
}

/** Makes a mixin. Methods and getters of `members` see the columns on `this`; hooks get the instance. */
export function mixin<C extends Columns>(columns: C): Mixin<C, unknown>;
export function mixin<C extends Columns, M extends object>(
  columns: C,
  members: M & ThisType<Model & SelectOf<C> & M>,
  hooks?: Hooks<Model & SelectOf<C> & M>,
  traits?: MixinTraits,
): Mixin<C, M>;
export function mixin(
  columns: Columns,
  members: object = {},
  hooks: Hooks<never> = {},
  { triggers = [] }: MixinTraits = {},
): Mixin<Columns, object> {
  return { columns, members, hooks, triggers };
}

const tables = new WeakMap<object, WritableTable<unknown>>();

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
export abstract class Model extends Entity {
  /** Indexes beyond those that columns declare. */
  static readonly indexes: readonly IndexDefinition[] = [];
  /** Constraints beyond those that columns declare. */
  static readonly constraints: readonly ConstraintDefinition[] = [];
  /** Triggers besides those of bases and mixins. */
  static readonly triggers: readonly TriggerDefinition[] = [];
  /** Who may see and write which rows, besides the policies of bases. */
  static readonly policies: readonly PolicyDefinition[] = [];
  /** Whether its policies decide. Default: enabled when it has any. */
  static readonly rowSecurity: RowSecurity | undefined = undefined;
  /** How rows are spread over partitions; the partitions are made by whoever adds rows. */
  static readonly partitionBy: PartitionDefinition | undefined = undefined;

  static get [TABLE](): WritableTable<unknown> {
    let table = tables.get(this);
    if (table === undefined) {
      table = buildTable(this, true);
      tables.set(this, table);
    }
    return table;
  }

  constructor(values: object) {
    super();
    const { [TABLE]: table } = this.constructor as unknown as ModelStatics;
    Object.assign(this, table.withDefaults(values as Readonly<Record<string, unknown>>));
  }

  /** A model with more columns. */
  static define<B extends ModelClass, C extends Columns>(this: B, columns: C): Extended<B, C> {
    return extend(this, { columns, members: {}, hooks: {}, triggers: [] }) as unknown as Extended<B, C>;
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
}

function extend(base: ModelClass, { columns, members, hooks, triggers }: Mixin<Columns, unknown>): ModelClass {
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
    static readonly triggers = triggers;
    static get c(): object {
      return baseSource((this as unknown as ModelStatics)[TABLE]).c;
    }
  }
  Object.defineProperties(Derived.prototype, Object.getOwnPropertyDescriptors(members as object));
  return Derived as unknown as ModelClass;
}
