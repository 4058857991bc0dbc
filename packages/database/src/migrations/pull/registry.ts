import { type Name, partsOf } from "../operations/identifier.ts";
import { camelCase, className, Names, pascalCase } from "./names.ts";
import {
  type Source,
  type SourceRoutine,
  type SourceSequence,
  type SourceTable,
  type SourceView,
  split,
} from "./source.ts";

/** How a table and its columns are called in the file. */
export interface ModelNames {
  readonly table: SourceTable;
  readonly name: string;
  /** Whether the table's name follows from the class's. */
  readonly isUsual: boolean;
  readonly properties: ReadonlyMap<string, string>;
}

/** The names of all that a file declares. */
export class Registry {
  readonly models: readonly ModelNames[];
  readonly views: readonly (ModelNames & { readonly table: SourceView })[];
  /** The variables of functions, procedures and sequences. */
  readonly variables: ReadonlyMap<SourceRoutine | SourceSequence, string>;
  /** The variables of enums, by {@link SourceEnum.type}. */
  readonly enums: ReadonlyMap<string, string>;
  readonly #byTable: ReadonlyMap<string, ModelNames>;
  readonly #routines: readonly SourceRoutine[];

  constructor({ tables, views, enums, routines, sequences }: Source) {
    const classes = Names.ofClasses();
    const named = <T extends SourceTable>(table: T): ModelNames & { readonly table: T } => {
      const { schema, name } = split(table.name);
      const usual = className(name);
      const inSchema = schema === undefined ? [] : [`${pascalCase(schema)}${usual.name}`];
      const taken = classes.take(usual.name, ...inSchema, `${usual.name}Row`);
      const isUsual = usual.isUsual && taken === usual.name;
      return { table, name: taken, isUsual, properties: propertiesOf(table) };
    };
    this.models = tables.map(named);
    this.views = views.map(named);
    this.#byTable = new Map(this.models.map((model) => [keyOf(model.table.name), model]));
    const variables = new Names([...RESERVED, ...IMPORTED]);
    this.enums = new Map(
      enums.map(({ type, name }) => {
        const variable = camelCase(split(name).name);
        return [type, variables.take(variable, `${variable}Type`)];
      }),
    );
    this.variables = new Map(
      [...routines, ...sequences].map((object) => {
        const variable = camelCase(split(object.name).name);
        return [object, variables.take(variable, `${variable}${"kind" in object ? "Function" : "Sequence"}`)];
      }),
    );
    this.#routines = routines;
  }

  find(table: Name): ModelNames | undefined {
    return this.#byTable.get(keyOf(table));
  }

  /** The variable of the trigger function of this name. */
  triggerFunction(name: Name): string | undefined {
    const routine = this.#routines.find(
      ({ name: own, definition }) => definition.returns === "trigger" && keyOf(own) === keyOf(name),
    );
    return routine === undefined ? undefined : this.variables.get(routine);
  }
}

/** `User.c.email`. */
export function refOf({ name, properties }: ModelNames, column: string): string {
  return `${name}.c.${properties.get(column) ?? column}`;
}

function propertiesOf({ columns }: SourceTable): ReadonlyMap<string, string> {
  const names = Names.ofProperties();
  return new Map(
    columns.map(({ name }) => {
      const property = camelCase(name);
      return [name, names.take(property, `${property}Column`)];
    }),
  );
}

function keyOf(name: Name): string {
  return JSON.stringify(partsOf(name));
}

/** What no variable of a module may be called, and what means something else in one. */
const RESERVED = [
  ...["break", "case", "catch", "class", "const", "continue", "debugger", "default", "delete", "do", "else", "enum"],
  ...["export", "extends", "false", "finally", "for", "function", "if", "import", "in", "instanceof", "new", "null"],
  ...["return", "super", "switch", "this", "throw", "true", "try", "typeof", "var", "void", "while", "with", "yield"],
  ...["let", "static", "await", "implements", "interface", "package", "private", "protected", "public", "schema"],
  ...["arguments", "eval", "undefined", "NaN", "Infinity"],
];

/** Functions of the package that a file may import, and that no variable may hide. */
const IMPORTED = [
  ...["array", "belongsTo", "bigint", "bigserial", "bit", "boolean", "bytea", "char", "check", "cidr", "citext"],
  ...["customType", "date", "defineSchema", "double", "exclude", "foreignKey", "hasMany", "hasOne", "index", "inet"],
  ...[
    "integer",
    "interval",
    "json",
    "jsonb",
    "macaddr",
    "numeric",
    "partitionBy",
    "pgEnum",
    "pgFunction",
    "pgProcedure",
  ],
  ...["pgSequence", "policy", "real", "serial", "smallint", "smallserial", "sql", "text", "time", "timestamp"],
  ...["timestamptz", "trigger", "tsvector", "unique", "uuid", "varbit", "varchar"],
  ...["int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange"],
  ...["int4multirange", "int8multirange", "nummultirange", "tsmultirange", "tstzmultirange", "datemultirange"],
];
