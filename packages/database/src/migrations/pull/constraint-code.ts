import { conventionalName } from "../../model/naming.ts";
import type { ExclusionDefinition, ForeignKeyDefinition, UniqueDefinition } from "../operations/constraint-clause.ts";
import { showName } from "../operations/identifier.ts";
import { args, array, arrow, type Code, call, object, refsArrow } from "./code.ts";
import { sqlOf } from "./column-code.ts";
import { keyCode } from "./index-code.ts";
import { text } from "./names.ts";
import { type ModelNames, refOf } from "./registry.ts";
import { type SourceConstraint, split } from "./source.ts";
import type { TablePlace } from "./table-code.ts";

/** A constraint or an index as an item of its model's list, and if one column alone can say it, how. */
export interface ConstraintCode {
  readonly kind: "constraint" | "index";
  readonly column?: { readonly name: string; readonly link: ReturnType<typeof call> } | undefined;
  code(): Code;
}

/** Undefined for primary keys, which columns say, and for what cannot be said. */
export function constraintCode(
  { name, definition }: SourceConstraint,
  tableName: string,
  place: TablePlace,
): ConstraintCode | undefined {
  if ("primaryKey" in definition) return undefined;
  if ("check" in definition) {
    const { check } = definition;
    const expression = typeof check === "string" ? check : check.expression;
    if (typeof check !== "string" && Object.keys(check).length > 1) {
      place.beyond(`that the check ${name} of table ${tableName} is not valid, or not inherited`);
    }
    return { kind: "constraint", code: () => checkCode(name, expression, tableName, place) };
  }
  if ("unique" in definition) return uniqueCode(name, definition.unique, tableName, place);
  if ("exclusion" in definition) {
    return { kind: "constraint", code: () => exclusionCode(name, definition.exclusion, tableName, place) };
  }
  return foreignKeyCode(name, definition.foreignKey, tableName, place);
}

function checkCode(name: string, expression: string, tableName: string, { imports }: TablePlace): Code {
  const prefix = `${conventionalName("ck", tableName)}_`;
  const isUsual = name.startsWith(prefix) && name.length > prefix.length;
  const given = isUsual ? name.slice(prefix.length) : name;
  const options = isUsual ? undefined : object({ name: text(name) });
  return call(imports.use("check"), text(given), arrow(sqlOf(expression, { imports })), ...args(options));
}

function uniqueCode(
  name: string,
  given: readonly string[] | UniqueDefinition,
  tableName: string,
  { model, imports, beyond }: TablePlace,
): ConstraintCode {
  const unique: UniqueDefinition = "columns" in given ? given : { columns: given };
  const { columns, nullsNotDistinct, deferrable, include, with: stored } = unique;
  if (include !== undefined || stored !== undefined) {
    beyond(`what the unique constraint ${name} of table ${tableName} says of its index`);
  }
  const options = args(
    object({
      name: name === conventionalName("uq", tableName, ...columns) ? undefined : text(name),
      nullsNotDistinct: nullsNotDistinct ? "true" : undefined,
      deferrable: deferrable === undefined ? undefined : text(deferrable),
    }),
  );
  const [only, ...others] = columns;
  return {
    kind: "constraint",
    column: others.length === 0 ? { name: only!, link: call("unique", ...options) } : undefined,
    code: () => call(imports.use("unique"), arrow(array(columns.map((column) => refOf(model, column)))), ...options),
  };
}

function foreignKeyCode(
  name: string,
  key: ForeignKeyDefinition,
  tableName: string,
  place: TablePlace,
): ConstraintCode | undefined {
  const { model, registry, imports, beyond } = place;
  const { columns, target, onDelete, onUpdate, deferrable, onDeleteColumns, match, notValid } = key;
  const what = `the foreign key ${name} of table ${tableName}`;
  const other = registry.find(target.table);
  if (other === undefined) {
    beyond(`${what}, because ${showName(target.table)} is no model`);
    return undefined;
  }
  const targets = target.columns ?? [];
  if (columns.some((column, i) => typeOf(model, column) !== typeOf(other, targets[i]!))) {
    beyond(`${what}, because its columns are of other types than those it refers to`);
    return undefined;
  }
  if (onDeleteColumns !== undefined || match !== undefined) beyond(`what ${what} sets, or how it matches`);
  if (notValid) beyond(`that ${what} is not valid`);
  const usual = conventionalName("fk", tableName, ...columns, split(target.table).name);
  const options = args(
    object({
      name: name === usual ? undefined : text(name),
      onDelete: onDelete === undefined ? undefined : text(onDelete),
      onUpdate: onUpdate === undefined ? undefined : text(onUpdate),
      deferrable: deferrable === undefined ? undefined : text(deferrable),
    }),
  );
  const whereto = targets.map((column) => refOf(other, column));
  const [only, ...others] = columns;
  return {
    kind: "constraint",
    column: others.length === 0 ? { name: only!, link: call("references", refsArrow(whereto), ...options) } : undefined,
    code: () =>
      call(
        imports.use("foreignKey"),
        arrow(array(columns.map((column) => refOf(model, column)))),
        arrow(array(whereto)),
        ...options,
      ),
  };
}

/** A column's type as models compare them. */
export function typeOf({ table }: ModelNames, name: string): string | undefined {
  return table.columns
    .find((column) => column.name === name)
    ?.definition.type.replace(/^(small|big)?serial$/, (_, size = "") => (size === "" ? "integer" : `${size}int`));
}

function exclusionCode(name: string, exclusion: ExclusionDefinition, tableName: string, place: TablePlace): Code {
  const { elements, method = "btree", where, deferrable, include, with: stored } = exclusion;
  if (include !== undefined || stored !== undefined) {
    place.beyond(`what the exclusion constraint ${name} of table ${tableName} says of its index`);
  }
  const keys = elements.map(({ operator, ...key }) => {
    const on = keyCode(key as Parameters<typeof keyCode>[0], place);
    const fields = typeof on !== "string" && on.kind === "object" ? on.fields : [["on", on] as const];
    return { kind: "object", fields: [...fields, ["with", text(operator)] as const] } as const;
  });
  const options = object({
    method: method === "gist" ? undefined : text(method),
    where: where === undefined ? undefined : arrow(sqlOf(where, place)),
    deferrable: deferrable === undefined ? undefined : text(deferrable),
  });
  return call(place.imports.use("exclude"), text(name), arrow(array(keys)), ...args(options));
}
