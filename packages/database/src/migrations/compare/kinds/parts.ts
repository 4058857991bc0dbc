import type { CatalogConstraint, CatalogIndex, CatalogPolicy, CatalogTrigger } from "../../catalog/catalog.ts";
import { bareOf, type Name, renamed } from "../../operations/identifier.ts";
import { type Call, call, isSame } from "../call.ts";
import { createConstraint, createIndex, dropConstraint, dropIndex } from "../parts.ts";
import { commentChanges } from "./access.ts";
import type { KindOf } from "./kind.ts";
import { storageChanges } from "./storage.ts";

/*
 * The parts of tables and views, but for columns.
 */

export const CONSTRAINT: KindOf<"constraint"> = {
  create: (node, to) => {
    const table = to.tableOf(node).name;
    return [createConstraint(table, node.item), ...commentsOnConstraint(undefined, node.item, table)];
  },
  drop: (node, from) => [dropConstraint(from.tableOf(node).name, node.item)],
  alter: ({ item: from }, node, { to: side }) => {
    const { item: to } = node;
    const table = side.tableOf(node).name;
    const comment = commentsOnConstraint(from, to, table);
    if (from.text === to.text && isSame(from.definition, to.definition)) return { change: comment };
    if (from.text !== `${to.text} NOT VALID`) return undefined;
    return { change: [call("validateConstraint", to.name, table, { was: to.definition }), ...comment] };
  },
};

/** On a constraint, and on the index that it has. */
export function commentsOnConstraint(
  from: CatalogConstraint | undefined,
  to: CatalogConstraint,
  table: Name,
): readonly Call[] {
  return [
    ...commentChanges("constraint", to.name, from?.comment, to.comment, table),
    ...commentChanges("index", renamed(table, [to.name]), from?.indexComment, to.indexComment),
  ];
}

export const INDEX: KindOf<"index"> = {
  create: ({ item }) => [createIndex(item), ...commentChanges("index", item.name, undefined, item.comment)],
  drop: ({ item }) => [dropIndex(item)],
  alter: ({ item: from }, { item: to }) => {
    const name = isSame(from.name, to.name) ? [] : [call("renameIndex", from.name, bareOf(to.name))];
    const comment = [...name, ...commentChanges("index", to.name, from.comment, to.comment)];
    // What an index has of its parent's, that one tells.
    const isText = from.text === to.text || (from.attachedTo !== undefined && to.attachedTo !== undefined);
    if (isText && isSame(from.definition, to.definition)) return { change: comment };
    const { with: _, tablespace: __, ...before } = from.definition;
    const { with: ___, tablespace: ____, ...after } = to.definition;
    if (!isSame(before, after) || withoutParameters(from) !== withoutParameters(to)) return undefined;
    const { now, was } = storageChanges(from.definition, to.definition);
    const altered = Object.keys(now).length === 0 ? [] : [call("alterIndex", to.name, { ...now, was })];
    return { change: [...altered, ...comment] };
  },
};

/** Storage parameters of pg_get_indexdef(), which come after INCLUDE and before WHERE. */
function withoutParameters({ text }: CatalogIndex): string {
  return text.replace(/ WITH \([^)]*\)/, "");
}

/** Changed by dropping it: CREATE OR REPLACE TRIGGER leaves what it fires for undone. */
export const TRIGGER: KindOf<"trigger"> = {
  create: (node, to) => {
    const table = to.tableOf(node).name;
    const { name, definition, comment } = node.item;
    return [
      call("createTrigger", name, table, definition),
      ...firing(node.item, table, undefined),
      ...firingInPartitions(undefined, node.item),
      ...commentChanges("trigger", name, undefined, comment, table),
    ];
  },
  drop: (node, from) => [call("dropTrigger", node.item.name, from.tableOf(node).name)],
  alter: ({ item: from }, node, { to: side }) => {
    const { item: to } = node;
    const table = side.tableOf(node).name;
    if (from.text !== to.text || !isSame(from.definition, to.definition)) return undefined;
    return {
      change: [
        ...firing(to, table, from.fires),
        ...firingInPartitions(from.fires === to.fires ? from : undefined, to),
        ...commentChanges("trigger", to.name, from.comment, to.comment, table),
      ],
    };
  },
};

/** After what is said of the partitioned table itself, which all partitions follow. */
function firingInPartitions(from: CatalogTrigger | undefined, to: CatalogTrigger): readonly Call[] {
  const [old, now] = [from?.partitions ?? [], to.partitions ?? []];
  const isOther = (one: (typeof old)[number]): boolean => now.every(({ table }) => !isSame(table, one.table));
  return [
    ...old.filter(isOther).flatMap(({ table, fires }) => firing(to, table, fires)),
    ...now.flatMap(({ table, fires }) => {
      const was = old.find((one) => isSame(one.table, table));
      return firing(
        { name: to.name, ...(fires === undefined ? {} : { fires }) },
        table,
        was === undefined ? to.fires : was.fires,
      );
    }),
  ];
}

function firing(
  { name, fires }: Pick<CatalogTrigger, "name" | "fires">,
  table: Name,
  before: CatalogTrigger["fires"],
): readonly Call[] {
  if (fires === before) return [];
  if (fires === "never") return [call("disableTrigger", name, table)];
  return [call("enableTrigger", name, table, ...(fires === undefined ? [] : [{ fires }]))];
}

export const POLICY: KindOf<"policy"> = {
  create: (node, to) => {
    const table = to.tableOf(node).name;
    const { name, definition, comment } = node.item;
    return [
      call("createPolicy", name, table, definition),
      ...commentChanges("policy", name, undefined, comment, table),
    ];
  },
  drop: (node, from) => [call("dropPolicy", node.item.name, from.tableOf(node).name)],
  alter: ({ item: from }, node, { to: side }) => {
    const { item: to } = node;
    const table = side.tableOf(node).name;
    const rules = ruleChanges(from, to);
    if (rules === undefined) return undefined;
    const comment = commentChanges("policy", to.name, from.comment, to.comment, table);
    return {
      change: [...(Object.keys(rules).length === 0 ? [] : [call("alterPolicy", to.name, table, rules)]), ...comment],
    };
  },
};

/** Undefined: ALTER POLICY cannot do it; it takes no rule away. */
function ruleChanges({ definition: from }: CatalogPolicy, { definition: to }: CatalogPolicy): object | undefined {
  if (from.command !== to.command || from.permissive !== to.permissive) return undefined;
  const rules: Record<string, unknown> = {};
  for (const rule of ["using", "check"] as const) {
    if (from[rule] === to[rule]) continue;
    if (to[rule] === undefined) return undefined;
    rules[rule] = to[rule];
  }
  if (!isSame(from.roles, to.roles)) rules["roles"] = to.roles ?? ["public"];
  return rules;
}
