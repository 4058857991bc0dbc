import { Column } from "./column.ts";

/** A type that this layer has no function for. */
export interface CustomType<T, Wire> {
  /** As PostgreSQL's format_type() writes it: `ltree`, `geometry(Point,4326)`, `money`. */
  readonly type: string;
  /**
   * What is sent for a value: text, as a rule. By default the value as it is. What it throws is in the error that the
   * caller gets: it says what is wrong with the value and does not repeat it.
   */
  readonly encode?: (value: T) => unknown;
  /**
   * The value, of the server's text; of a built-in type, of what every query makes of it (`jsonb`: what JSON.parse does), and
   * of a domain, of what its type is. Elements of an array of domains are text. By default as it is.
   */
  readonly decode?: (value: Wire) => T;
}

/**
 * A column of any other type, one of an extension, a domain or a composite type:
 *
 * ```ts
 * const ltree = () => customType<string[]>({ type: "ltree", encode: (path) => path.join("."), decode: (text) => text.split(".") });
 * class Page extends BaseModel.define({ path: ltree().index({ method: "gist" }) }) {}
 * ```
 */
export function customType<T, Wire = string>({ type, encode, decode }: CustomType<T, Wire>): Column<T> {
  return new Column({
    type,
    isBuiltIn: false,
    ...(encode === undefined ? {} : { encode: encode as (value: unknown) => unknown }),
    decode: decode as ((value: unknown) => unknown) | undefined,
  });
}
