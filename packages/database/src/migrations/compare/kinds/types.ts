import type { DomainDefinition } from "../../operations/domain.ts";
import { type Name, partsOf, quoteName, quoteQualified } from "../../operations/identifier.ts";
import { literal } from "../../operations/literal.ts";
import type { Attribute } from "../../operations/type.ts";
import { type Call, call, isSame, rawSql } from "../call.ts";
import { accessChanges, accessOf } from "./access.ts";
import type { KindOf } from "./kind.ts";

/** A change of its type makes it another. */
export const DOMAIN: KindOf<"domain"> = {
  create: ({ item }, to) => {
    const { name, definition, notValid } = item;
    const { checks = {}, ...rest } = definition;
    const [valid, others] = [withoutKeys(checks, notValid), notValid.map((check) => [check, checks[check]!] as const)];
    const created = Object.keys(valid).length === 0 ? rest : { ...rest, checks: valid };
    return [
      call("createDomain", name, created),
      ...others.map(([check, condition]) => call("addDomainCheck", check, name, condition, { notValid: true })),
      ...Object.entries(item.comments ?? {}).map(([check, comment]) => commentOnCheck(name, check, comment)),
      ...accessOf({ kind: "domain", name }, item, to),
    ];
  },
  drop: ({ item: { name, definition } }) => [call("dropDomain", name, { was: definition })],
  alter: ({ item: from }, { item: to }) => {
    const [old, now] = [from.definition, to.definition];
    if (old.type !== now.type || !isSame(old.collation, now.collation)) return undefined;
    const change = domainChanges(old, now);
    const { name } = to;
    const [had, has] = [old.checks ?? {}, now.checks ?? {}];
    const stays = (check: string): boolean =>
      had[check] === has[check] && (!to.notValid.includes(check) || from.notValid.includes(check));
    const dropped = Object.keys(had).filter((check) => !stays(check));
    const added = Object.keys(has).filter((check) => !stays(check));
    const validated = from.notValid.filter((check) => stays(check) && !to.notValid.includes(check));
    return {
      change: [
        ...dropped.map((check) => call("dropDomainCheck", check, name, { was: had[check]! })),
        ...(change === undefined ? [] : [call("alterDomain", name, change)]),
        ...added.map((check) =>
          call(
            "addDomainCheck",
            check,
            name,
            has[check]!,
            ...(to.notValid.includes(check) ? [{ notValid: true }] : []),
          ),
        ),
        ...validated.map((check) => call("validateDomainCheck", check, name)),
        ...Object.keys(has).flatMap((check) => {
          const [was, is] = [stays(check) ? from.comments?.[check] : undefined, to.comments?.[check]];
          return was === is ? [] : [commentOnCheck(name, check, is)];
        }),
        ...accessChanges({ kind: "domain", name }, from, to),
      ],
    };
  },
};

function domainChanges(from: DomainDefinition, to: DomainDefinition): object | undefined {
  const changes: Record<string, unknown> = {};
  const was: Record<string, unknown> = {};
  if (from.default !== to.default) [changes["default"], was["default"]] = [to.default ?? null, from.default ?? null];
  if ((from.notNull ?? false) !== (to.notNull ?? false)) {
    [changes["notNull"], was["notNull"]] = [to.notNull ?? false, from.notNull ?? false];
  }
  return Object.keys(changes).length === 0 ? undefined : { ...changes, was };
}

function commentOnCheck(domain: Name, check: string, comment: string | undefined): Call {
  const named = `constraint ${quoteName(check)} on domain ${quoteQualified(domain)}`;
  return rawSql(`comment on ${named} is ${literal(comment ?? null)}`);
}

function commentOnAttribute(type: Name, attribute: string, comment: string | undefined): Call {
  return rawSql(`comment on column ${quoteQualified([...partsOf(type), attribute], 3)} is ${literal(comment ?? null)}`);
}

function withoutKeys<Value>(record: Readonly<Record<string, Value>>, keys: readonly string[]): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)));
}

export const COMPOSITE: KindOf<"composite"> = {
  create: ({ item }, to) => [
    call("createCompositeType", item.name, item.attributes),
    ...Object.entries(item.comments ?? {}).map(([name, comment]) => commentOnAttribute(item.name, name, comment)),
    ...accessOf({ kind: "type", name: item.name }, item, to),
  ],
  drop: ({ item: { name, attributes } }) => [call("dropCompositeType", name, { was: attributes })],
  alter: ({ item: from }, { item: to }) => {
    const { name } = to;
    const [old, now] = [from.attributes, to.attributes];
    const gone = Object.keys(old).filter((attribute) => !Object.hasOwn(now, attribute));
    const kept = Object.keys(old).filter((attribute) => Object.hasOwn(now, attribute));
    const come = Object.keys(now).filter((attribute) => !Object.hasOwn(old, attribute));
    // Attributes only come at the end.
    if (![...kept, ...come].every((attribute, index) => attribute === Object.keys(now)[index])) return undefined;
    return {
      change: [
        ...gone.map((attribute) => call("dropAttribute", name, attribute, { was: old[attribute]! })),
        ...kept.flatMap((attribute) => changedAttribute(attribute)),
        ...come.map((attribute) => call("addAttribute", name, attribute, now[attribute]!)),
        ...Object.keys(now).flatMap((attribute) => {
          const [was, is] = [from.comments?.[attribute], to.comments?.[attribute]];
          return was === is ? [] : [commentOnAttribute(name, attribute, is)];
        }),
        ...accessChanges({ kind: "type", name }, from, to),
      ],
    };

    function changedAttribute(attribute: string): readonly Call[] {
      const [was, is] = [old[attribute]!, now[attribute]!];
      return isSame(was, is) ? [] : [call("alterAttribute", name, attribute, is as Attribute, { was })];
    }
  },
};

export const RANGE: KindOf<"range"> = {
  create: ({ item }, to) => [
    call("createRangeType", item.name, item.definition),
    ...accessOf({ kind: "type", name: item.name }, item, to),
  ],
  drop: ({ item: { name, definition } }) => [call("dropRangeType", name, { was: definition })],
  alter: ({ item: from }, { item: to }) =>
    isSame(from.definition, to.definition)
      ? { change: accessChanges({ kind: "type", name: to.name }, from, to) }
      : undefined,
};
