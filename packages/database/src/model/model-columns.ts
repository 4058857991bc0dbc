import { DefinitionError } from "../errors.ts";
import { quote } from "../identifier.ts";
import type { Columns } from "../query/row-types.ts";
import { TABLE, type Table } from "../query/table.ts";
import { type Fragment, isFragment } from "../query/writer.ts";
import type { Column, ColumnExpression, ColumnSpec } from "./column.ts";
import type { ConstraintDefinition } from "./constraints.ts";
import { definitionSql } from "./definition-sql.ts";
import type { IndexDefinition, NamedColumn } from "./index-definition.ts";
import type { PartitionDefinition } from "./partition.ts";
import type { RowSecurity } from "./policy.ts";

/** A model class as far as it says what its table is. */
export interface TableModel {
  readonly name: string;
  readonly columns: Columns;
  readonly c: object;
  readonly table: string;
  readonly schema?: string | undefined;
  readonly comment?: string | undefined;
  readonly indexes?: readonly IndexDefinition[] | undefined;
  readonly constraints?: readonly ConstraintDefinition[] | undefined;
  readonly rowSecurity?: RowSecurity | undefined;
  readonly partitionBy?: PartitionDefinition | undefined;
  readonly [TABLE]: Table;
}

/** A column of a model, with its name and how expressions name it. */
export interface ModelColumn {
  readonly property: string;
  readonly spec: ColumnSpec;
  readonly ref: NamedColumn & Fragment;
}

/** The columns of a model, as the parts of its definition refer to them. */
export class ModelColumns {
  readonly model: TableModel;
  readonly list: readonly ModelColumn[];
  readonly #bare: ReadonlyMap<string, string>;

  constructor(model: TableModel) {
    this.model = model;
    const refs = model.c as Readonly<Record<string, NamedColumn & Fragment>>;
    this.list = Object.entries(model.columns).map(([property, column]) => ({
      property,
      spec: (column as Column<unknown>).spec,
      ref: refs[property]!,
    }));
    this.#bare = new Map(this.list.map(({ ref }) => [definitionSql(ref), quote(ref.column)]));
  }

  /** The column that tells living rows from deleted ones. */
  get marksDeleted(): ModelColumn | undefined {
    return this.list.find(({ spec }) => spec.marksDeleted);
  }

  /** The names of columns that must be the model's own. */
  names(columns: readonly NamedColumn[], what: string): string[] {
    if (columns.length === 0) throw new DefinitionError(`${this.model.name} has ${what} without columns.`);
    return columns.map((column) => {
      if (!isNamedColumn(column)) throw new DefinitionError(`${what} of ${this.model.name} names what is no column.`);
      if (column.owner === this.model[TABLE]) return column.column;
      throw new DefinitionError(
        `${this.model.name} has ${what} that names "${column.owner.name}"."${column.column}", a column of another table. ` +
          `Name columns by ${this.model.name}.c, also where a class inherits from another model.`,
      );
    });
  }

  /** An expression as the definition of the table can hold it. */
  sql(expression: Fragment): string {
    if (!isFragment(expression)) {
      throw new DefinitionError(`${this.model.name} has an expression that is no SQL. Write it as sql\`…\`.`);
    }
    return definitionSql(expression, this.#bare);
  }
}

/** The expression that is given, or that the function makes for this column. */
export function resolve(expression: ColumnExpression<unknown>, { ref }: ModelColumn): Fragment {
  return typeof expression === "function" ? (expression(ref as never) as Fragment) : expression;
}

export function isNamedColumn(value: unknown): value is NamedColumn {
  return typeof value === "object" && value !== null && "owner" in value && "column" in value;
}
