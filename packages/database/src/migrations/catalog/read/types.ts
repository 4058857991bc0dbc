import type { Attribute, RangeDefinition } from "../../operations/type.ts";
import type { CatalogCompositeType, CatalogDomain, CatalogEnum, CatalogRangeType, CatalogType } from "../catalog.ts";
import { CLASS } from "../objects.ts";
import type { Qualified } from "../queries/fragments.ts";
import type { TypeRow } from "../queries/types.ts";
import { bareDefault, bareExpression, collationName, given, opclassSql } from "../words.ts";
import { type Context, owned } from "./context.ts";

export function readEnum(row: TypeRow, context: Context): CatalogEnum {
  return { ...typeOf(row, context), values: row.values! };
}

export function readDomain(row: TypeRow, context: Context): CatalogDomain {
  const { type, base, collation, default: fallback, notNull, checks } = row.domain!;
  const conditions = (checks ?? []).map(([name, expression]) => [name, bareExpression(expression)]);
  return {
    ...typeOf(row, context),
    definition: given({
      type: context.names.type(type),
      collation: collation === null ? undefined : collationName(collation),
      default: fallback === null ? undefined : bareDefault(fallback, base),
      notNull: notNull || undefined,
      checks: conditions.length === 0 ? undefined : Object.fromEntries(conditions),
    }),
    ...commentsOf((checks ?? []).map(([name, , , id]) => [name, context.objects.commentOn([CLASS.constraint, id])])),
    notValid: (checks ?? []).flatMap(([name, , isValid]) => (isValid ? [] : [name])),
  };
}

export function readCompositeType(row: TypeRow, context: Context): CatalogCompositeType {
  const attributes = row.attributes!.map(([name, type, collation]): [string, Attribute] => [
    name,
    collation === null
      ? context.names.type(type)
      : { type: context.names.type(type), collation: collationName(collation) },
  ]);
  const comments = row.attributes!.map(
    ([name, , , relation, number]) => [name, context.objects.commentOn([CLASS.relation, relation, number])] as const,
  );
  return { ...typeOf(row, context), attributes: Object.fromEntries(attributes), ...commentsOf(comments) };
}

function commentsOf(
  comments: readonly (readonly [name: string, comment: string | undefined])[],
): Pick<CatalogDomain, "comments"> {
  const said = comments.filter(([, comment]) => comment !== undefined);
  return said.length === 0 ? {} : { comments: Object.fromEntries(said) as Record<string, string> };
}

export function readRangeType(row: TypeRow, context: Context): CatalogRangeType {
  const { subtype, opclass, collation, canonical, subtypeDiff, multirange } = row.range!;
  const { names } = context;
  const definition: RangeDefinition = given({
    subtype: names.type(subtype),
    opclass: opclass === null ? undefined : opclassSql(opclass),
    collation: collation === null ? undefined : collationName(collation),
    canonical: canonical === null ? undefined : names.of("routine", canonical),
    subtypeDiff: subtypeDiff === null ? undefined : routineName(subtypeDiff, context),
    multirange: isUsualMultirange(row, multirange) ? undefined : names.of("type", multirange),
  });
  return { ...typeOf(row, context), definition };
}

function typeOf(row: TypeRow, { objects, names }: Context): CatalogType {
  const place = [CLASS.type, row.id] as const;
  return {
    ...objects.describe(place, objects.keyOf(place)!),
    ...owned(row),
    name: names.of("type", [row.schema, row.name]),
    type: row.type,
  };
}

function routineName([schema, name]: Qualified, { names }: Context): ReturnType<Context["names"]["of"]> {
  return schema === "pg_catalog" ? name : names.of("routine", [schema, name]);
}

/** PostgreSQL puts "multi" before the first "range" of the name, or "_multirange" after it, cut to 63 bytes. */
function isUsualMultirange({ schema, name }: TypeRow, [itsSchema, itsName]: Qualified): boolean {
  const usual = name.includes("range") ? name.replace("range", "multirange") : `${cut(name, 52)}_multirange`;
  return itsSchema === schema && cut(usual, 63) === itsName;
}

/** So many bytes of it, whole characters. */
export function cut(name: string, bytes: number): string {
  let kept = name;
  while (Buffer.byteLength(kept) > bytes) kept = [...kept].slice(0, -1).join("");
  return kept;
}
