import { args, array, type Code, call, layout, object } from "./code.ts";
import { Imports } from "./imports.ts";
import { text } from "./names.ts";
import { extensionsCode, routineCode, sequenceCode } from "./object-code.ts";
import { Registry } from "./registry.ts";
import { relationsOf } from "./relations.ts";
import { type Source, type SourceEnum, split } from "./source.ts";
import { tableCode } from "./table-code.ts";
import { viewCode } from "./view-code.ts";

/** A file of models, and what of the database they do not describe. */
export interface ModelsFile {
  readonly text: string;
  /** A sentence each, which are comments in the file too. */
  readonly unsupported: readonly string[];
}

/** The models of all tables, with all that goes with them, and the schema of them. */
export function fileText(source: Source): ModelsFile {
  const imports = new Imports();
  const registry = new Registry(source);
  const unsupported = [...source.beyond];
  const place = {
    registry,
    imports,
    defaultSchema: source.defaultSchema,
    beyond: (what: string) => unsupported.push(what),
  };
  const relations = relationsOf(registry, imports);
  const classes = [
    ...registry.models.map((model) => tableCode({ ...place, model, relations: relations.get(model)! })),
    ...registry.views.map((model) => viewCode({ ...place, model, relations: new Map() }, model.table)),
  ];
  const enums = source.enums.map((each) => declaration(registry.enums.get(each.type)!, enumCode(each, imports)));
  const objects = [
    ...source.routines.map((routine) => [routine, routineCode(routine, place)] as const),
    ...source.sequences.map((sequence) => [sequence, sequenceCode(sequence, place)] as const),
  ].map(([object, code]) => declaration(registry.variables.get(object)!, code));
  const members = [
    ...unusedEnums(source).map(({ type }) => registry.enums.get(type)!),
    ...registry.variables.values(),
    ...[...registry.models, ...registry.views].map(({ name }) => name),
  ].map((name) => [name, name] as const);
  const all: Code = members.length === 0 ? "{}" : { kind: "object", fields: members };
  const schema = declaration("schema", call(imports.use("defineSchema"), all, ...args(extensionsCode(source))));
  const parts = [
    imports.statement("@hypertroq/database"),
    comments(unsupported),
    enums.join(""),
    ...objects,
    ...classes,
  ];
  return {
    text: [...parts, schema]
      .filter((part) => part !== "")
      .map((part) => `${part.trimEnd()}\n`)
      .join("\n"),
    unsupported,
  };
}

function enumCode({ name, values }: SourceEnum, imports: Imports): Code {
  const { schema, name: own } = split(name);
  const options = object({ schema: schema === undefined ? undefined : text(schema) });
  return call(imports.use("pgEnum"), text(own), array(values.map(text)), ...args(options));
}

/** Those that no column would bring into the schema. */
function unusedEnums({ enums, tables }: Source): readonly SourceEnum[] {
  const used = new Set(tables.flatMap(({ columns }) => columns.map((column) => column.enum)));
  return enums.filter(({ type }) => !used.has(type));
}

function declaration(name: string, code: Code): string {
  const head = `export const ${name} = `;
  return `${head}${layout(code, 0, head.length)};\n`;
}

function comments(unsupported: readonly string[]): string {
  if (unsupported.length === 0) return "";
  const lines = unsupported.map((what) => `// - ${what.replace(/\s+/g, " ")}`);
  return `// The database has what these models do not describe:\n${lines.join("\n")}`;
}
