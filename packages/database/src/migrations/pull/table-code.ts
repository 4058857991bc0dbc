import { primaryKeyName } from "../../model/naming.ts";
import { array, type Code, type call, layout } from "./code.ts";
import { columnCode } from "./column-code.ts";
import { type ConstraintCode, constraintCode } from "./constraint-code.ts";
import type { Imports } from "./imports.ts";
import { indexCode } from "./index-code.ts";
import { text } from "./names.ts";
import { protectionStatics, triggersCode } from "./protection-code.ts";
import type { ModelNames, Registry } from "./registry.ts";
import { type SourceColumn, split } from "./source.ts";

/** What the code of a table is made with. */
export interface TablePlace {
  readonly model: ModelNames;
  readonly registry: Registry;
  readonly imports: Imports;
  readonly defaultSchema: string;
  /** Relations by name. */
  readonly relations: ReadonlyMap<string, Code>;
  /** Is told what cannot be said, a sentence each. */
  readonly beyond: (what: string) => void;
}

/** The class of a table. */
export function tableCode(place: TablePlace): string {
  const { model, registry, imports, defaultSchema, relations, beyond } = place;
  const { table, name, isUsual, properties } = model;
  const { schema, name: tableName } = split(table.name);
  const mixins = mixinsOf(model);
  const isMixed = (column: string): boolean => mixins.some(({ columns }) => columns.includes(column));
  const key = primaryKeyOf(place, tableName);
  const links = new Map<string, ReturnType<typeof call>[]>();
  const made = [
    ...table.constraints.map((constraint) => constraintCode(constraint, tableName, place)),
    ...table.indexes.map((index) => indexCode(index, tableName, place)),
  ].filter((code) => code !== undefined);
  const apart: ConstraintCode[] = [];
  for (const code of made) {
    const own = code.column === undefined || isMixed(code.column.name) ? undefined : code.column;
    const known = own === undefined ? [] : (links.get(own.name) ?? []);
    if (own === undefined || known.some(({ callee }) => callee === own.link.callee)) apart.push(code);
    else links.set(own.name, [...known, own.link]);
  }
  const columns = inKeyOrder(table.columns, key.columns).filter((column) => !isMixed(column.name));
  const fields = columns.map((column): readonly [string, Code] => {
    const property = properties.get(column.name)!;
    return [
      property,
      columnCode(column, {
        property,
        isKey: key.columns.includes(column.name),
        keyName: column.name === key.columns[0] ? key.name : undefined,
        enumName: column.enum === undefined ? undefined : registry.enums.get(column.enum),
        defaultSchema,
        imports,
        links: links.get(column.name) ?? [],
        beyond: (what) => beyond(`${what} of column ${tableName}.${column.name}`),
      }),
    ];
  });
  const list = (kind: ConstraintCode["kind"]): Code | undefined => {
    const items = apart.filter((each) => each.kind === kind).map(({ code }) => code());
    return items.length === 0 ? undefined : array(items);
  };
  const statics: readonly Static[] = [
    ["override readonly table", isUsual ? undefined : text(tableName)],
    ["override readonly schema", schema === undefined ? undefined : text(schema)],
    ["override readonly comment", table.comment === undefined ? undefined : text(table.comment)],
    ["override readonly indexes", list("index")],
    ["override readonly constraints", list("constraint")],
    ...protectionStatics(place),
    ["override readonly triggers", triggersCode(place)],
    ...[...relations].map(([relation, code]) => [`readonly ${relation}`, code] as const),
  ];
  return classText(name, baseOf(mixins, imports), fields, statics);
}

/** A static member: its words and its value, if it is there. */
export type Static = readonly [words: string, value: Code | undefined];

/** A class that `define` makes of a base. */
export function classText(
  name: string,
  base: string,
  fields: readonly (readonly [string, Code])[],
  statics: readonly Static[],
): string {
  const members = statics.flatMap(([words, code]) => {
    if (code === undefined) return [];
    const head = `  static ${words} = `;
    return [`${head}${layout(code, 2, head.length)};\n`];
  });
  const body = members.length === 0 ? "{}" : `{\n${members.join("")}}`;
  const given = fields.length === 0 ? "{}" : layout({ kind: "object", fields, open: true }, 0, 0);
  return `export class ${name} extends ${base}.define(${given}) ${body}\n`;
}

interface Mixed {
  readonly name: "UUIDMixin" | "TimestampMixin";
  readonly columns: readonly string[];
}

/** Mixins whose columns are there exactly as they say. */
function mixinsOf({ table }: ModelNames): readonly Mixed[] {
  const is = (name: string, type: string, fallback?: string): boolean => {
    const column = table.columns.find((each) => each.name === name);
    const { type: own, default: given, ...others } = column?.definition ?? { type: "" };
    return own === type && given === fallback && Object.values(others).every((value) => value === undefined);
  };
  const key = table.constraints.flatMap(({ definition }) =>
    "primaryKey" in definition ? [definition.primaryKey] : [],
  );
  const names = table.constraints.flatMap(({ name, definition }) => ("primaryKey" in definition ? [name] : []));
  const isById = JSON.stringify(key) === '[["id"]]' && names[0] === primaryKeyName(split(table.name).name);
  const found: Mixed[] = [];
  if (isById && is("id", "uuid")) found.push({ name: "UUIDMixin", columns: ["id"] });
  if (is("created_at", "timestamptz", "now()") && is("updated_at", "timestamptz", "now()")) {
    found.push({ name: "TimestampMixin", columns: ["created_at", "updated_at"] });
  }
  return found;
}

function baseOf(mixins: readonly Mixed[], imports: Imports): string {
  if (mixins.length === 2) return imports.use("BaseModel");
  const [mixin] = mixins;
  return mixin === undefined ? imports.use("Model") : `${imports.use("Model")}.with(${imports.use(mixin.name)})`;
}

interface Key {
  readonly columns: readonly string[];
  /** Where it is not the usual one. */
  readonly name: string | undefined;
}

function primaryKeyOf({ model: { table }, beyond }: TablePlace, tableName: string): Key {
  for (const { name, definition } of table.constraints) {
    if (!("primaryKey" in definition)) continue;
    const { primaryKey: given } = definition;
    const key = "columns" in given ? given : { columns: given };
    if (Object.keys(key).length > 1) {
      beyond(`what primary key ${name} of table ${tableName} says besides its columns`);
    }
    return { columns: key.columns, name: name === primaryKeyName(tableName) ? undefined : name };
  }
  return { columns: [], name: undefined };
}

/** Where the key has another order than the table, that of the key, which is what a model's columns say. */
function inKeyOrder(columns: readonly SourceColumn[], key: readonly string[]): readonly SourceColumn[] {
  const rest = [...key];
  return columns.map((column) => {
    if (!key.includes(column.name)) return column;
    const next = rest.shift();
    return columns.find(({ name }) => name === next)!;
  });
}
