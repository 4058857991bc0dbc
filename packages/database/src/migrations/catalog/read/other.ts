import { quoteQualified } from "../../operations/identifier.ts";
import type { CatalogOther, Key } from "../catalog.ts";
import { key } from "../key.ts";
import { CLASS, type Objects } from "../objects.ts";
import type { OtherRow } from "../queries/others.ts";
import type { AggregateRow, RoutineRow } from "../queries/routines.ts";
import { given } from "../words.ts";

/** `collation public.de`; of a rule `rule public.users.log`. */
export function otherKey(row: OtherRow, table: readonly string[] | undefined): Key {
  if (table !== undefined) return key("rule", ...table, /* the name */ ruleName(row));
  return `${row.kind} ${row.identity}`;
}

/** PostgreSQL writes \`name on schema.table\`. */
function ruleName({ identity }: OtherRow): string {
  const quoted = /^"((?:[^"]|"")*)"/.exec(identity);
  return quoted === null ? identity.slice(0, identity.indexOf(" ")) : quoted[1]!.replaceAll('""', '"');
}

export function readOther(row: OtherRow, of: Key | undefined, objects: Objects): CatalogOther {
  const place = [row.catalog, row.id] as const;
  const { what, create, kind, identity, drop, text } = row;
  return given({
    ...objects.describe(place, objects.keyOf(place)!),
    what,
    create: create ?? undefined,
    drop: create === null ? undefined : (drop ?? `drop ${kind} ${identity}`),
    text: create ?? `${what}${text === null ? "" : `: ${text}`}`,
    of,
  });
}

/** A function that op.createFunction has no words for. */
export function readSpecialRoutine(row: RoutineRow, objects: Objects): CatalogOther {
  const place = [CLASS.routine, row.id] as const;
  const name = `${row.kind === "p" ? "procedure" : "function"} ${quoteQualified([row.schema, row.name])}(${row.types})`;
  const id = objects.keyOf(place)!;
  return { ...objects.describe(place, id), what: id, create: row.text, drop: `drop ${name}`, text: row.text };
}

export function readAggregate(row: AggregateRow, objects: Objects): CatalogOther {
  const place = [CLASS.routine, row.id] as const;
  const parameters = Object.entries(row.parameters).flatMap(([name, value]) =>
    value === null ? [] : value === "" ? name : `${name} = ${value}`,
  );
  const id = objects.keyOf(place)!;
  const signature = `${quoteQualified([row.schema, row.name])}(${row.arguments === "" ? "*" : row.arguments})`;
  const create = `create aggregate ${signature} (${parameters.join(", ")})`;
  return { ...objects.describe(place, id), what: id, create, drop: `drop aggregate ${signature}`, text: create };
}
