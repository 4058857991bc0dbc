import type { ColumnChanges } from "../operations/column.ts";
import type { ColumnTraits } from "../operations/column-clause.ts";
import { type Name, quoteName } from "../operations/identifier.ts";
import { type Call, call } from "./call.ts";
import { type ColumnPair, isRetyped } from "./table-pair.ts";

type Casts = ReadonlySet<string>;

/**
 * What changes a column into another; nothing where they are the same.
 *
 * @param hasDefault whether the default is what it shall be already.
 */
export function alterColumn(table: Name, pair: ColumnPair, casts: Casts, hasDefault: boolean): readonly Call[] {
  const [now, was] = [pair.to.definition, pair.from.definition];
  const changes: Record<string, unknown> = {};
  const before: Record<string, unknown> = {};
  const set = (key: keyof ColumnChanges, value: unknown, old: unknown): void => {
    changes[key] = value;
    before[key] = old;
  };
  const retyped = isRetyped(pair);
  if (retyped) {
    set("type", now.type, was.type);
    if (now.collation !== undefined) changes["collation"] = now.collation;
    if (was.collation !== undefined) before["collation"] = was.collation;
    const using = usingOf(pair, casts);
    if (using !== undefined) changes["using"] = using;
  }
  if (was.generated !== undefined && now.generated === undefined) changes["generated"] = null;
  const isStale = retyped && (now.default !== undefined || was.default !== undefined);
  if (!hasDefault && now.generated === undefined && (isStale || now.default !== was.default)) {
    set("default", now.default ?? null, was.default ?? null);
  }
  if ((now.nullable ?? false) !== (was.nullable ?? false))
    set("nullable", now.nullable ?? false, was.nullable ?? false);
  const [kind, old] = [kindOf(now.identity), kindOf(was.identity)];
  if (kind !== old) {
    if (kind !== undefined && old !== undefined) set("identity", kind, old);
    else set("identity", now.identity ?? null, was.identity ?? null);
  }
  if (now.comment !== was.comment) set("comment", now.comment ?? null, was.comment ?? null);
  if (Object.keys(changes).length === 0) return [];
  const past = Object.keys(before).length === 0 ? {} : { was: before };
  return [call("alterColumn", table, pair.to.name, { ...changes, ...past } as ColumnChanges)];
}

/** How an identity counts is nothing that a model says. */
function kindOf(identity: ColumnTraits["identity"]): "always" | "by default" | undefined {
  return typeof identity === "object" ? identity.generated : identity;
}

const TEXTS = ["text", "character varying", "character", "bpchar"];

/** A cast by hand, where PostgreSQL makes none by itself on assignment (PostgreSQL, "CREATE CAST"). */
function usingOf({ from, to }: ColumnPair, casts: Casts): string | undefined {
  if (from.base === to.base || TEXTS.includes(to.base) || casts.has(`${from.base} > ${to.base}`)) return undefined;
  return `${quoteName(to.name)}::${to.definition.type}`;
}
