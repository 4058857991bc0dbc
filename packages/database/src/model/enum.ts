import { DefinitionError } from "../errors.ts";
import { checkLabel, checkName, quote } from "../identifier.ts";
import { Column } from "./column.ts";
import { takesText } from "./encode.ts";

/** An enum type of the database (PostgreSQL, "Enumerated Types"). */
export interface EnumDefinition {
  readonly name: string;
  /** Undefined: the one that the search path finds first. */
  readonly schema: string | undefined;
  /** In their order, which is that of comparison. */
  readonly values: readonly string[];
}

/** Makes columns of an enum; its values are there for checks elsewhere. */
export interface PgEnum<T extends string> {
  (): Column<T>;
  readonly values: readonly T[];
  readonly definition: EnumDefinition;
}

/**
 * An enum type, whose values become a union of literals:
 *
 * ```ts
 * const orderStatus = pgEnum("order_status", ["draft", "paid"]);
 * class Order extends BaseModel.define({ status: orderStatus().default("draft") }) {}
 * ```
 *
 * @throws {DefinitionError} when a value is given twice, or is longer than the 63 bytes that PostgreSQL keeps.
 */
export function pgEnum<T extends string>(
  name: string,
  values: readonly T[],
  options: { readonly schema?: string } = {},
): PgEnum<T> {
  for (const value of values) checkLabel(value);
  if (values.length === 0 || new Set(values).size < values.length) {
    throw new DefinitionError(`The enum ${name} needs values, and each of them once.`);
  }
  const { schema } = options;
  const definition: EnumDefinition = { name: checkName(name), schema, values: Object.freeze([...values]) };
  const type = schema === undefined ? quote(name) : `${quote(checkName(schema))}.${quote(name)}`;
  const column = (): Column<T> => new Column({ type, isBuiltIn: false, enum: definition, encode: takesText });
  return Object.assign(column, { values: definition.values as readonly T[], definition });
}
