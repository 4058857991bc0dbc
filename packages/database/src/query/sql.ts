import { ARRAYS, type RowShape } from "../connection/row-reader.ts";
import { DefinitionError } from "../errors.ts";
import { checkName, quote } from "../identifier.ts";
import { type Binding, Expression } from "./expression.ts";
import { planned, type Query, type Statement } from "./query.ts";
import { isMapped, tableOf } from "./table.ts";
import { FRAGMENT, type Fragment, isFragment, type Writer } from "./writer.ts";

/**
 * The texts of a template, all of them there.
 *
 * @throws {DefinitionError} when one has an escape that JavaScript does not know, such as `\\x`: it is `undefined` then.
 */
export function templateText(strings: readonly (string | undefined)[]): readonly string[] {
  if (!Array.isArray(strings)) {
    throw new DefinitionError(
      "sql is a template tag: sql`select 1`, without parentheses. Values in it become parameters.",
    );
  }
  if (strings.every((text) => text !== undefined)) return strings as readonly string[];
  throw new DefinitionError("The SQL holds a backslash that JavaScript reads as a broken escape. Write \\\\ for \\.");
}

/**
 * SQL written by hand: an expression in other queries, where `T` is the type of its value, and a query itself, whose rows
 * are objects of type `T`.
 */
export class Sql<T = unknown> extends Expression<T> implements Query<T> {
  readonly #strings: readonly string[];
  readonly #parts: readonly unknown[];

  /** @throws {DefinitionError} see `templateText`. */
  constructor(strings: readonly (string | undefined)[], parts: readonly unknown[]) {
    super();
    this.#strings = templateText(strings);
    this.#parts = parts;
  }

  override get binding(): Binding {
    return "logic"; // whatever it is
  }

  override write(writer: Writer): void {
    writer.impure(); // there may be any function in it
    writer.text(this.#strings[0] ?? "");
    for (let i = 0; i < this.#parts.length; i++) {
      const part = this.#parts[i];
      if (isFragment(part)) part.write(writer);
      else if (isMapped(part)) {
        const table = tableOf(part);
        writer.reads(table.reads);
        writer.text(table.sql);
      } else writer.value(part);
      writer.text(this.#strings[i + 1]!);
    }
  }

  compile(): Statement<T> {
    const write = (writer: Writer): void => {
      writer.key(OBJECTS);
      this.write(writer);
    };
    return planned<T>({ write, rowShape: () => OBJECTS });
  }
}

/** Rows as objects by the names that the server gives the columns; of several with one name the last one stays. */
const OBJECTS: RowShape = {
  reader: (fields) => {
    const read = ARRAYS.reader(fields);
    return (bytes, at) => {
      const row: Record<string, unknown> = {};
      const values = read(bytes, at);
      for (let i = 0; i < fields.length; i++) {
        const { name } = fields[i]!;
        if (name === "__proto__") Object.defineProperty(row, name, { value: values[i], enumerable: true });
        else row[name] = values[i];
      }
      return row;
    };
  },
};

/**
 * SQL by hand, composable with everything else. Whatever is put into the template becomes a parameter, never text,
 * unless it is itself a fragment: another `` sql`…` ``, a model's column, a query, or `sql.id("name")`. A model stands for
 * its table.
 *
 * ```ts
 * const rows = await db.all(sql<{ total: bigint }>`select count(*) as total from ${User} where ${User.c.email} = ${email}`);
 * ```
 */
export function sql<T = unknown>(strings: TemplateStringsArray, ...parts: readonly unknown[]): Sql<T> {
  return new Sql<T>(strings, parts);
}

/**
 * An identifier, quoted; several make a qualified name: `sql.id("public", "users")`.
 *
 * @throws {DefinitionError} when a name is none that PostgreSQL keeps as it is.
 */
sql.id = (...names: readonly string[]): Fragment => {
  const text = names.map((name) => quote(checkName(name))).join(".");
  return {
    [FRAGMENT]: true,
    write: (writer) => {
      writer.impure(); // "t"."f" may be a function of t's rows (PostgreSQL, "Composite Types")
      writer.text(text);
    },
  };
};

/** Fragments and values one after another, with SQL between: `` sql.join(conditions, sql` or `) ``. Default: a comma. */
sql.join = (parts: readonly unknown[], separator: Fragment = COMMA): Fragment => ({
  [FRAGMENT]: true,
  write: (writer) => {
    for (let i = 0; i < parts.length; i++) {
      if (i > 0) separator.write(writer);
      const part = parts[i];
      if (isFragment(part)) part.write(writer);
      else writer.value(part);
    }
  },
});

const COMMA: Fragment = { [FRAGMENT]: true, write: (writer) => writer.text(", ") };
