import { type Name, partsOf } from "../operations/identifier.ts";
import type { TriggerEvent } from "../operations/trigger.ts";
import { args, array, arrow, type Code, call, object } from "./code.ts";
import { sqlOf, textList } from "./column-code.ts";
import { text } from "./names.ts";
import { refOf } from "./registry.ts";
import { type SourceTrigger, split } from "./source.ts";
import type { Static, TablePlace } from "./table-code.ts";

/** What a table says of row security, and how it is spread over partitions. */
export function protectionStatics(place: TablePlace): readonly Static[] {
  const { model, imports, beyond } = place;
  const { policies, rowSecurity, partitionBy, name } = model.table;
  const items = policies.map(({ name: policy, definition }) => {
    const { command = "all", permissive, roles, using, check } = definition;
    const options = object({
      for: command === "all" ? undefined : text(command),
      to: roles === undefined || roles.join() === "public" ? undefined : textList(roles),
      using: using === undefined ? undefined : arrow(sqlOf(using, place)),
      check: check === undefined ? undefined : arrow(sqlOf(check, place)),
      restrictive: permissive === false ? "true" : undefined,
    });
    return call(imports.use("policy"), text(policy), ...args(options));
  });
  const { enabled = false, forced = false } = rowSecurity ?? {};
  if (forced && !enabled) beyond(`that row security of table ${split(name).name} is forced, but not enabled`);
  const isUsual = enabled === policies.length > 0 && !forced;
  const state = !enabled ? "disabled" : forced ? "forced" : "enabled";
  return [
    ["override readonly policies", items.length === 0 ? undefined : array(items)],
    ["override readonly rowSecurity", isUsual ? undefined : text(state)],
    ["override readonly partitionBy", partitionBy === undefined ? undefined : partitionCode(partitionBy, place)],
  ];
}

/** `range (at)` with columns by their references, where it has columns alone. */
function partitionCode(partitionBy: string, place: TablePlace): Code | undefined {
  const { model, imports, beyond } = place;
  const [, method = "", list = ""] = /^(\w+) \((.*)\)$/s.exec(partitionBy) ?? [];
  const names = list.split(", ").map((key) => (key.startsWith('"') ? key.slice(1, -1).replaceAll('""', '"') : key));
  if (names.every((name) => model.properties.has(name))) {
    return call(imports.use("partitionBy"), text(method), arrow(array(names.map((name) => refOf(model, name)))));
  }
  if (names.length > 1) {
    beyond(`how table ${split(model.table.name).name} is partitioned: ${partitionBy}`);
    return undefined;
  }
  return call(imports.use("partitionBy"), text(method), arrow(array([sqlOf(list, place)])));
}

/** The triggers of a table or a view. */
export function triggersCode(place: TablePlace): Code | undefined {
  const items = place.model.table.triggers
    .map((trigger) => triggerCode(trigger, place))
    .filter((code) => code !== undefined);
  return items.length === 0 ? undefined : array(items);
}

const TIMINGS = { before: "before", after: "after", "instead of": "insteadOf" } as const;

function triggerCode({ name, definition, fires }: SourceTrigger, place: TablePlace): Code | undefined {
  const { model, imports, beyond } = place;
  const { timing, events, forEach, when, constraint, deferrable, oldTable, newTable, from } = definition;
  const what = `trigger ${name} of ${split(model.table.name).name}`;
  const execute = functionCode(definition.function, place);
  if (execute === undefined || from !== undefined) {
    beyond(
      execute === undefined ? `${what}, whose function lies in another schema` : `${what}, which names another table`,
    );
    return undefined;
  }
  const set = events.map((event) => eventCode(event, place));
  const options = object({
    [TIMINGS[timing]]: set.length === 1 ? set[0] : array(set),
    forEach: forEach === undefined || constraint ? undefined : text(forEach),
    when: when === undefined ? undefined : arrow(sqlOf(when, place)),
    execute,
    arguments: definition.arguments === undefined ? undefined : textList(definition.arguments),
    oldTable: oldTable === undefined ? undefined : text(oldTable),
    newTable: newTable === undefined ? undefined : text(newTable),
    constraint: constraint ? "true" : undefined,
    deferrable: deferrable === undefined ? undefined : text(deferrable),
    fires: fires === undefined ? undefined : text(fires),
  });
  return call(imports.use("trigger"), text(name), options!);
}

function eventCode(event: TriggerEvent, { model }: TablePlace): Code {
  if (typeof event === "string") return text(event);
  return object({ updateOf: arrow(array(event.updateOf.map((column) => refOf(model, column)))) })!;
}

/** A function of the file by its variable, one that PostgreSQL or an extension has by its name. */
function functionCode(name: Name, { registry }: TablePlace): string | undefined {
  const known = registry.triggerFunction(name);
  if (known !== undefined) return known;
  const parts = partsOf(name).filter((part, i, all) => !(i === 0 && all.length > 1 && part === "pg_catalog"));
  return parts.length === 1 ? text(parts[0]!) : undefined;
}
