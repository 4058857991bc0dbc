import { conventionalName } from "../../model/naming.ts";
import { showName } from "../operations/identifier.ts";
import type { IndexKey } from "../operations/index-clause.ts";
import { args, array, arrow, type Code, call, object } from "./code.ts";
import { parameters, sqlOf } from "./column-code.ts";
import type { ConstraintCode } from "./constraint-code.ts";
import { text } from "./names.ts";
import { refOf } from "./registry.ts";
import { type SourceIndex, split } from "./source.ts";
import type { TablePlace } from "./table-code.ts";

/** An index, which a column can say alone where it is of that column and has no condition. */
export function indexCode({ name, definition }: SourceIndex, tableName: string, place: TablePlace): ConstraintCode {
  const { keys, unique, method, include, nullsNotDistinct, where, with: stored } = definition;
  if ("tablespace" in definition && definition.tablespace !== undefined) {
    place.beyond(`the tablespace of index ${showName(name)}`);
  }
  const own = split(name).name;
  const columns = keys.map((key) => (typeof key === "string" ? key : key.column));
  const isUsual =
    columns.every((column) => column !== undefined) &&
    own === conventionalName("ix", tableName, ...(columns as string[]));
  const options = (others: Readonly<Record<string, Code | undefined>>): readonly Code[] =>
    args(
      object({
        name: isUsual ? undefined : text(own),
        unique: unique ? "true" : undefined,
        method: method === undefined ? undefined : text(method),
        nullsNotDistinct: nullsNotDistinct ? "true" : undefined,
        with: parameters(stored),
        ...others,
      }),
    );
  const [only, ...more] = keys;
  const column = columns[0];
  const isAlone = more.length === 0 && column !== undefined && where === undefined && include === undefined;
  return {
    kind: "index",
    column: isAlone ? { name: column, link: call("index", ...options(keyOptions(only!, place))) } : undefined,
    code: () => {
      const codes = keys.map((key) => keyCode(key, place));
      const refs = include?.map((each) => refOf(place.model, each));
      return call(
        place.imports.use("index"),
        arrow(codes.length === 1 ? codes[0]! : array(codes)),
        ...options({
          include: refs === undefined ? undefined : arrow(array(refs)),
          where: where === undefined ? undefined : arrow(sqlOf(where, place)),
        }),
      );
    },
  };
}

/** A key: a column, an expression, or `{ on, order, … }`. */
export function keyCode(key: IndexKey, place: TablePlace): Code {
  const column = typeof key === "string" ? key : key.column;
  const on =
    column !== undefined
      ? refOf(place.model, column)
      : sqlOf((key as { readonly expression: string }).expression, place);
  const options = object(keyOptions(key, place));
  return options === undefined ? on : object({ on, ...keyOptions(key, place) })!;
}

function keyOptions(key: IndexKey, { beyond }: TablePlace): Readonly<Record<string, Code | undefined>> {
  if (typeof key === "string") return {};
  const { order, nulls, opclass, collation } = key;
  if (collation !== undefined && typeof collation !== "string")
    beyond("the collation of an index, which is in another schema");
  return {
    order: order === undefined ? undefined : text(order),
    nulls: nulls === undefined ? undefined : text(nulls),
    opclass: opclass === undefined ? undefined : text(opclass),
    collation: typeof collation === "string" ? text(collation) : undefined,
  };
}
