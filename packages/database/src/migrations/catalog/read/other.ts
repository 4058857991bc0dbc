import { quoteQualified } from "../../operations/identifier.ts";
import { literal } from "../../operations/literal.ts";
import { quoteRole } from "../../operations/role.ts";
import type { CatalogOther, Grant, Key } from "../catalog.ts";
import { key } from "../key.ts";
import { CLASS, type Objects } from "../objects.ts";
import type { AclRow } from "../queries/fragments.ts";
import type { OtherRow } from "../queries/others.ts";
import type { AggregateRow, RoutineRow } from "../queries/routines.ts";
import { given } from "../words.ts";
import { privilegesOf } from "./context.ts";

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
  const { what, kind, identity, drop, text } = row;
  const { comment, ...described } = objects.describe(place, objects.keyOf(place)!);
  const create = row.create === null ? null : `${row.create}${commentOn(`${kind} ${identity}`, comment)}`;
  return given({
    ...described,
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
  const { comment, ...described } = objects.describe(place, id);
  const create = `${row.text}${commentOn(name, comment)}${grantsOn(name, row.acl)}`;
  return { ...described, what: id, create, drop: `drop ${name}`, text: create };
}

export function readAggregate(row: AggregateRow, objects: Objects): CatalogOther {
  const place = [CLASS.routine, row.id] as const;
  const parameters = Object.entries(row.parameters).flatMap(([name, value]) =>
    value === null ? [] : value === "" ? name : `${name} = ${value}`,
  );
  const id = objects.keyOf(place)!;
  const signature = `${quoteQualified([row.schema, row.name])}(${row.arguments === "" ? "*" : row.arguments})`;
  const { comment, ...described } = objects.describe(place, id);
  const name = `${quoteQualified([row.schema, row.name])}(${row.types})`;
  const said = `${commentOn(`aggregate ${signature}`, comment)}${grantsOn(`function ${name}`, row.acl)}`;
  const create = `create aggregate ${signature} (${parameters.join(", ")})${said}`;
  return { ...described, what: id, create, drop: `drop aggregate ${signature}`, text: create };
}

/** What is said and granted is made with it: a change makes it anew. */
function commentOn(named: string, comment: string | undefined): string {
  return comment === undefined ? "" : `;\ncomment on ${named} is ${literal(comment)}`;
}

function grantsOn(named: string, acl: AclRow): string {
  const { granted = [], revoked = [] } = privilegesOf(acl) ?? {};
  const lines = (verb: string, word: string, grants: readonly Grant[]): readonly string[] =>
    grants.map(({ role, privileges, grantable }) => {
      const option = grantable === true && verb === "grant" ? " with grant option" : "";
      return `;\n${verb} ${privileges.join(", ")} on ${named} ${word} ${quoteRole(role)}${option}`;
    });
  return [...lines("revoke", "from", revoked), ...lines("grant", "to", granted)].join("");
}
