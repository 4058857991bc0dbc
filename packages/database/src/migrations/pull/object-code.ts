import { args, array, arrow, type Code, call, object } from "./code.ts";
import { sqlOf } from "./column-code.ts";
import type { Imports } from "./imports.ts";
import { keyText, text, valueText } from "./names.ts";
import { type Registry, refOf } from "./registry.ts";
import { type Source, type SourceRoutine, type SourceSequence, split } from "./source.ts";

interface ObjectPlace {
  readonly registry: Registry;
  readonly imports: Imports;
}

/** A function or a procedure. */
export function routineCode(routine: SourceRoutine, { imports }: ObjectPlace): Code {
  const { kind, arguments: given, comment } = routine;
  const { body, sqlBody, language, set, ...others } = routine.definition;
  const { schema, name } = split(routine.name);
  const usual = sqlBody === undefined ? "plpgsql" : "sql";
  const options = object({
    schema: schema === undefined ? undefined : text(schema),
    arguments: given === "" ? undefined : text(given),
    ...Object.fromEntries(
      Object.entries(others)
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => [key, valueText(value)]),
    ),
    language: language === undefined || language === usual ? undefined : text(language),
    set:
      set === undefined
        ? undefined
        : object(Object.fromEntries(Object.entries(set).map(([key, value]) => [keyText(key), text(value)]))),
    body: body === undefined ? undefined : sqlOf(body, { imports }),
    sqlBody: sqlBody === undefined ? undefined : sqlOf(sqlBody, { imports }),
    comment: comment === undefined ? undefined : text(comment),
  });
  return call(imports.use(kind === "function" ? "pgFunction" : "pgProcedure"), text(name), options!);
}

export function sequenceCode(sequence: SourceSequence, { registry, imports }: ObjectPlace): Code {
  const { definition, ownedBy, comment } = sequence;
  const { schema, name } = split(sequence.name);
  const owner = ownedBy === undefined ? undefined : registry.find(ownedBy.table);
  const options = object({
    schema: schema === undefined ? undefined : text(schema),
    ...Object.fromEntries(
      Object.entries(definition)
        .filter(([, value]) => value !== undefined && value !== null)
        .map(([key, value]) => [key, valueText(value)]),
    ),
    ownedBy: owner === undefined ? undefined : arrow(refOf(owner, ownedBy!.column)),
    comment: comment === undefined ? undefined : text(comment),
  });
  return call(imports.use("pgSequence"), text(name), ...args(options));
}

/** The options of `defineSchema`; undefined without extensions. */
export function extensionsCode({ extensions }: Source): Code | undefined {
  if (extensions.length === 0) return undefined;
  const items = extensions.map(({ name, schema }) =>
    schema === undefined ? text(name) : object({ name: text(name), schema: text(schema) })!,
  );
  return object({ extensions: array(items) });
}
