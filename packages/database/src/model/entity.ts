import { Multirange, Range } from "../connection/range.ts";
import type { COLUMNS, Columns, Dict } from "../query/row-types.ts";
import type { Column } from "./column.ts";
import { plural, snakeCase } from "./naming.ts";
import { relationsOf } from "./state.ts";

/** What rows of tables and of views have in common as objects. */
export abstract class Entity {
  declare readonly [COLUMNS]: unknown;
  static readonly columns = {};
  static readonly c = {};
  /** The schema that the table is in; undefined: the first of the search path. */
  static readonly schema: string | undefined = undefined;
  /** The table's comment. */
  static readonly comment: string | undefined = undefined;

  /** The table's name: snake_case plural of the class's name, unless a model sets its own. */
  static get table(): string {
    return plural(snakeCase(this.name));
  }

  /** The row as plain data, without hidden columns. */
  toDict(): Dict<this> {
    const { columns } = this.constructor as unknown as { readonly columns: Columns };
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
function shown(instance: Entity): Record<string, unknown> {
  const row: Record<string, unknown> = instance.toDict();
  for (const name of relationsOf(instance)) row[name] = (instance as unknown as Record<string, unknown>)[name];
  return row;
}

function jsonOf(value: unknown): unknown {
  if (typeof value === "bigint") return `${value}`;
  if (value instanceof Range || value instanceof Multirange) return `${value}`;
  return Array.isArray(value) ? value.map(jsonOf) : value;
}
