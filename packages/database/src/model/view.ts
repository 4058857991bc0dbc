import { DefinitionError } from "../errors.ts";
import type { Executor } from "../query/query.ts";
import type { COLUMNS, Columns, Refs, SelectOf } from "../query/row-types.ts";
import { baseSource } from "../query/source.ts";
import { Sql } from "../query/sql.ts";
import { TABLE, type Table } from "../query/table.ts";
import type { Fragment } from "../query/writer.ts";
import { buildTable } from "./build-table.ts";
import { Entity } from "./entity.ts";
import type { IndexDefinition } from "./index-definition.ts";
import type { TriggerDefinition } from "./trigger.ts";

/** Whether rows written through a view must be rows of it: of this view, or of those below too. */
export type CheckOption = "local" | "cascaded";

/** What a view is made with: `{ security_invoker: true }`; of a materialized one storage parameters. */
export type ViewParameters = Readonly<Record<string, string | number | boolean>>;

/** Any view class, materialized ones too. */
export type ViewClass = (abstract new (...args: never) => View) & ViewStatics;

/** What a view class knows of itself. */
export interface ViewStatics {
  readonly name: string;
  readonly columns: Columns;
  readonly c: object;
  readonly table: string;
  readonly schema: string | undefined;
  readonly comment: string | undefined;
  readonly query: () => Fragment;
  readonly parameters: ViewParameters | undefined;
  readonly checkOption: CheckOption | undefined;
  readonly triggers: readonly TriggerDefinition[];
  readonly [TABLE]: Table<unknown>;
}

/** A view class with the columns `C`. Its instances come from the database alone. */
export type DefinedView<B extends ViewClass, C extends Columns> = Omit<B, "prototype" | "columns" | "c"> & {
  readonly columns: C;
  readonly c: Refs<C>;
  new (values: never): InstanceType<B> & SelectOf<C> & { readonly [COLUMNS]: C };
};

/** What a view's column can say; the rest belongs to the tables below. */
const OF_VIEWS: readonly string[] = [
  "type",
  "name",
  "isBuiltIn",
  "enum",
  "element",
  "nullable",
  "primaryKey",
  "hidden",
  "index",
  "comment",
  "encode",
  "decode",
];

const tables = new WeakMap<object, Table<unknown>>();

/**
 * A view: a query under a name, whose rows are instances that are read and not written.
 *
 * ```ts
 * export class ActiveUser extends View.define({ id: uuid().primaryKey(), email: varchar(255) }) {
 *   static override readonly query = () => select({ id: User.c.id, email: User.c.email }).from(User).where(User.c.isActive);
 * }
 * ```
 *
 * A query made by `select` yields each of the columns under its property's name; one in SQL yields them under their own
 * names (`full_name`). `primaryKey()` on a column says what tells rows apart, for relations and `optional`.
 */
export abstract class View extends Entity {
  /** What the view shows; called once all models exist. */
  static readonly query: () => Fragment = withoutQuery;
  /** `{ security_invoker: true, security_barrier: true }`; storage parameters of a materialized view. */
  static readonly parameters: ViewParameters | undefined = undefined;
  /** Whether rows written through it must be rows of it: of this view, or of those below too. Default: neither. */
  static readonly checkOption: CheckOption | undefined = undefined;
  /** INSTEAD OF triggers. */
  static readonly triggers: readonly TriggerDefinition[] = [];

  static get [TABLE](): Table<unknown> {
    let table = tables.get(this);
    if (table === undefined) {
      table = buildTable(this, false);
      tables.set(this, table);
    }
    return table;
  }

  /** A view with these columns. @throws {DefinitionError} when one says what a view's column cannot be, a default for one. */
  static define<B extends ViewClass, C extends Columns>(this: B, columns: C): DefinedView<B, C> {
    for (const [property, column] of Object.entries(columns)) {
      if (property in this.prototype) {
        throw new DefinitionError(`Column ${property} has the name of a method or getter. Rename the column.`);
      }
      checkColumn(property, column);
    }
    abstract class Derived extends (this as unknown as new () => View) {
      static readonly columns = columns;
      static get c(): object {
        return baseSource((this as unknown as ViewStatics)[TABLE]).c;
      }
    }
    return Derived as unknown as DefinedView<B, C>;
  }
}

/** A view whose rows are stored, as they were when it was last refreshed. */
export abstract class MaterializedView extends View {
  /** Indexes beyond those that columns declare. */
  static readonly indexes: readonly IndexDefinition[] = [];

  /**
   * Runs its query anew (REFRESH MATERIALIZED VIEW), which locks readers out until the transaction ends; `concurrently` does
   * not, and needs a unique index without a condition.
   */
  static async refresh(db: Executor, options: { readonly concurrently?: boolean } = {}): Promise<void> {
    const words = options.concurrently ? "refresh materialized view concurrently " : "refresh materialized view ";
    await db.execute(new Sql([words + this[TABLE].sql], []));
  }
}

function withoutQuery(): never {
  throw new DefinitionError("A view needs static override readonly query = () => select(…) or sql`…`.");
}

function checkColumn(property: string, column: Columns[string]): void {
  const { spec } = column as unknown as { readonly spec: Readonly<Record<string, unknown>> };
  const wrong = Object.keys(spec).find((key) => {
    const value = spec[key];
    return (
      !OF_VIEWS.includes(key) && value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0)
    );
  });
  if (wrong === undefined) return;
  throw new DefinitionError(
    `The view's column ${property} has ${wrong}, which is for columns of tables. Leave it out.`,
  );
}
