import { parseArray } from "../connection/array.ts";
import { DefinitionError } from "../errors.ts";
import { Column, type ColumnSpec } from "./column.ts";
import { type Encode, refuse } from "./encode.ts";

/** What an array takes from the column that describes its elements; the rest is said of the array. */
const OF_ELEMENTS: readonly string[] = ["type", "isBuiltIn", "enum", "element", "nullable", "encode", "decode"];

/**
 * An array (PostgreSQL, "Arrays") of any type: `array(text())`, `array(orderStatus())`, `array(jsonb<Line>())`. Elements
 * can be NULL in `array(text().nullable())`. `array(array(integer()))` has two dimensions, in which all inner arrays have
 * the same length; to PostgreSQL it is the same type.
 *
 * @throws {DefinitionError} when its elements are given what belongs to the array: a default, an index, a comment …
 */
export function array<S>(of: { readonly $select: S; readonly spec: ColumnSpec }): Column<S[]> {
  const { spec: element } = of;
  const plain = new Column({ type: element.type }).spec;
  for (const key of Object.keys(plain) as (keyof ColumnSpec)[]) {
    if (OF_ELEMENTS.includes(key) || element[key] === plain[key]) continue;
    throw new DefinitionError(`array(…) cannot have elements with ${key}. Say it of the array: array(…).${key}(…).`);
  }
  return new Column({
    type: element.element === undefined ? `${element.type}[]` : element.type,
    isBuiltIn: element.isBuiltIn,
    element,
    encode: takesArray(element),
    decode: readsArray(element),
  });
}

function takesArray(element: ColumnSpec): Encode {
  return (value) => {
    if (!Array.isArray(value)) return refuse(value, "an array");
    return value.map((item: unknown) => {
      if (item !== null && item !== undefined) return element.encode(item);
      if (element.nullable) return null;
      throw new TypeError("it has an element that is null. Declare it as array(….nullable()), or leave them out.");
    });
  };
}

/** The connection makes arrays of types that it knows. Of others it leaves the text, `{a,b}`. */
function readsArray(element: ColumnSpec): ColumnSpec["decode"] {
  const { decode } = innermost(element);
  if (element.isBuiltIn && decode === undefined) return undefined;
  const parse = decode ?? String;
  return (value) => (typeof value === "string" ? parseArray(value, parse) : readItems(value as unknown[], parse));
}

function readItems(items: readonly unknown[], parse: (item: unknown) => unknown): unknown[] {
  return items.map((item) => (Array.isArray(item) ? readItems(item, parse) : item === null ? null : parse(item)));
}

function innermost(spec: ColumnSpec): ColumnSpec {
  return spec.element === undefined ? spec : innermost(spec.element);
}
