import { BUILT_IN } from "./types.ts";
import type { ColumnObject, DomainObject, FunctionObject, Id, Thing, World } from "./world.ts";

/*
 * A world as SQL.
 */

export const ROLE = "kind_reader";

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** With its schema. */
export function nameOf(world: World, id: Id): string {
  const thing = world.find(id)! as Thing & { readonly name: string; readonly schema?: Id };
  const schema = world.get("schema", thing.schema);
  return `${quoted(schema?.name ?? "public")}.${quoted(thing.name)}`;
}

export function typeOf(world: World, column: ColumnObject | DomainObject): string {
  const base = column.userType === undefined ? column.builtIn : nameOf(world, column.userType);
  return "isArray" in column && column.isArray ? `${base}[]` : base;
}

/** A condition that our values and NULL hold, of a number of them. */
export function condition(world: World, column: ColumnObject, variant: number, name = quoted(column.name)): string {
  const list = world.enumOf(column)?.values;
  if (list !== undefined) {
    // No operator of enums takes a domain beside a text.
    const isEnum = world.get("enum", column.userType) !== undefined;
    return isEnum && list.length > 1 && variant > 0 ? `${name} <> ${text(list.at(-1)!)}` : `num_nulls(${name}) < 2`;
  }
  return conditionOn(world.groupOf(column), variant, name);
}

function conditionOn(group: string, variant: number, name: string): string {
  const variants: Readonly<Record<string, readonly string[]>> = {
    number: [`${name} > 0`, `${name} < 1000`, `${name} between 0 and 500`],
    text: [`${name} <> ''`, `length(${name}) < 100`, `${name} not like 'x%'`],
    moment: [`${name} > '2000-01-01'`, `isfinite(${name})`, `${name} < '2100-01-01'`],
    other: [`num_nulls(${name}) < 2`, `${name} is null or ${name} is not null`, `num_nonnulls(${name}) < 3`],
  };
  return variants[group]![variant % 3]!;
}

function called(world: World, fn: Id, column: ColumnObject | undefined, prefix = ""): string {
  const isNumber = column !== undefined && world.groupOf(column) === "number";
  return `${nameOf(world, fn)}(${isNumber ? `${prefix}${quoted(column.name)}::integer` : "1"})`;
}

/** An expression that an index takes. */
function expression(world: World, column: ColumnObject, name = quoted(column.name)): string {
  switch (world.groupOf(column)) {
    case "number":
      return `(${name} + 1)`;
    case "text":
      return `lower(${name})`;
    case "moment":
      return `(${name} > '2020-01-01')`;
    default:
      return `(${name} is null)`;
  }
}

/** The value of a row; of an enum always the first. */
export function sqlValue(world: World, column: ColumnObject, row: number): string {
  const list = world.enumOf(column);
  if (list !== undefined) return text(list.values[0]!);
  if (column.isArray) return "'{}'";
  const builtIn = world.builtInOf(column);
  return builtIn === undefined ? "null" : BUILT_IN[builtIn]!.value(row);
}

/** All of it in an empty database. */
export function sqlOf(world: World): readonly string[] {
  const ordered = world.inOrder()!;
  const late = ordered.filter((thing) => thing.kind === "partition" && thing.isDetached);
  return [
    ...ordered.flatMap((thing) => [...create(world, thing), ...commentOn(world, thing)]),
    ...late.map(({ id }) => {
      const partition = world.get("partition", id)!;
      return `alter table ${nameOf(world, partition.parent)} detach partition ${nameOf(world, id)}`;
    }),
  ];
}

function create(world: World, thing: Thing): readonly string[] {
  const name = (id: Id): string => nameOf(world, id);
  const column = (id: Id): ColumnObject => world.get("column", id)!;
  const list = (ids: readonly Id[]): string => ids.map((id) => quoted(column(id).name)).join(", ");
  const constraint = (kind: string, definition: string, table: Id, called: string): readonly string[] => [
    `alter table ${name(table)} add constraint ${quoted(called)} ${kind} ${definition}`,
  ];
  /** A unique key of a partitioned table has its key too. */
  const keyed = (table: Id, ids: readonly Id[]): string => {
    const { partitionBy, key } = world.get("table", table)!;
    return partitionBy === undefined ? list(ids) : `${list(ids)}, ${quoted(key)}`;
  };
  const including = (ids: readonly Id[]): string => (ids.length === 0 ? "" : ` include (${list(ids)})`);
  switch (thing.kind) {
    case "schema":
      return [`create schema ${quoted(thing.name)}`];
    case "enum":
      return [`create type ${name(thing.id)} as enum (${thing.values.map(text).join(", ")})`];
    case "domain": {
      const checks = thing.checks.map(
        (check) => ` constraint k${check} check (${conditionOn(domainGroup(thing), check, "value")})`,
      );
      const value = thing.default === undefined ? "" : ` default ${domainValue(world, thing, thing.default)}`;
      const notNull = thing.notNull ? " not null" : "";
      return [`create domain ${name(thing.id)} as ${typeOf(world, thing)}${value}${notNull}${checks.join("")}`];
    }
    case "composite":
      return [
        `create type ${name(thing.id)} as (${thing.attributes.map(([one, type]) => `${quoted(one)} ${type}`).join(", ")})`,
      ];
    case "sequence":
      return [`create sequence ${name(thing.id)} ${thing.options}`];
    case "ownership":
      return [
        `alter sequence ${name(thing.sequence)} owned by ${name(column(thing.column).table)}.${quoted(column(thing.column).name)}`,
      ];
    case "function":
      return [createFunction(world, thing)];
    case "table":
      return [
        thing.partitionBy === undefined
          ? `create ${thing.unlogged ? "unlogged " : ""}table ${name(thing.id)} ()${thing.inherits === undefined ? "" : ` inherits (${name(thing.inherits)})`}${
              thing.fillfactor === undefined ? "" : ` with (fillfactor = ${thing.fillfactor})`
            }`
          : `create table ${name(thing.id)} (${quoted(thing.key)} integer not null) partition by ${thing.partitionBy} (${quoted(thing.key)})`,
        ...(thing.security === "" ? [] : thing.security.split(", ")).map(
          (word) => `alter table ${name(thing.id)} ${word} row level security`,
        ),
        ...(thing.identity === "default" ? [] : [`alter table ${name(thing.id)} replica identity ${thing.identity}`]),
      ];
    case "partition":
      return [`create table ${name(thing.id)} partition of ${name(thing.parent)} ${boundOf(world, thing.id)}`];
    case "column":
      return createColumn(world, thing);
    case "primary key":
    case "unique": {
      const nulls = thing.options.includes("nulls") ? " nulls not distinct" : "";
      const rest = thing.options.replace("nulls", "");
      const words = thing.kind === "unique" ? `unique${nulls}` : "primary key";
      const columns = `(${keyed(thing.table, thing.columns)})`;
      return constraint(words, `${columns}${including(thing.include)} ${rest}`, thing.table, thing.name);
    }
    case "check": {
      const terms = thing.columns.map((id) => `(${condition(world, column(id), thing.variant)})`);
      const call = thing.calls === undefined ? [] : [`${called(world, thing.calls, column(thing.columns[0]!))} > -9`];
      return constraint("check", `(${[...terms, ...call].join(" and ")}) ${thing.options}`, thing.table, thing.name);
    }
    case "foreign key": {
      const target = world.get("primary key", thing.target) ?? world.get("unique", thing.target)!;
      const refers = `references ${name(target.table)} (${list(target.columns)})`;
      return constraint("foreign key", `(${list(thing.columns)}) ${refers} ${thing.options}`, thing.table, thing.name);
    }
    case "exclusion": {
      const isRange = column(thing.columns[0]!).builtIn === "int4range";
      const [method, operator] = isRange ? ["gist", "&&"] : ["btree", "="];
      const elements = thing.columns.map((id) => `${quoted(column(id).name)} with ${operator}`);
      return constraint(
        `exclude using ${method}`,
        `(${elements.join(", ")}) ${thing.options}`,
        thing.table,
        thing.name,
      );
    }
    case "index": {
      const isPlain = thing.method !== "btree" || world.find(thing.table)!.kind === "view";
      const keys = thing.columns.map((id) => {
        const [one, plain] = [column(id), quoted(column(id).name)];
        const isKey = world.isKey(one) || world.enumOf(one) !== undefined;
        if (!isKey) return isPlain ? `(${plain} is null)` : expression(world, one);
        if (isPlain || thing.variant === 0) return plain;
        return thing.variant === 1 ? expression(world, one) : `${plain} desc nulls last`;
      });
      if (thing.calls !== undefined) keys.push(called(world, thing.calls, column(thing.columns[0]!)));
      const used = thing.method === "hash" ? keys.slice(0, 1) : keys;
      const where = thing.where === undefined ? "" : ` where ${condition(world, column(thing.where), thing.variant)}`;
      return [
        `create ${thing.isUnique ? "unique " : ""}index ${quoted(thing.name)} on ${name(thing.table)} using ${thing.method} (${used.join(", ")})${including(thing.include)}${where}`,
      ];
    }
    case "view": {
      const columns = thing.columns.map((id) => quoted(column(id).name));
      const first = column(thing.columns[0]!);
      if (thing.calls !== undefined) columns.push(`${called(world, thing.calls, first)} as "called ${thing.id}"`);
      if (thing.variant === 1) columns.push(`${expression(world, first)} as x${thing.id}`);
      const where = thing.where === undefined ? "" : ` where ${condition(world, column(thing.where), thing.variant)}`;
      const kind = thing.isMaterialized ? "materialized view" : "view";
      return [
        `create ${kind} ${name(thing.id)} ${thing.isMaterialized ? "" : thing.options} as select ${columns.join(", ")} from ${name(thing.source)}${where}`,
      ];
    }
    case "trigger": {
      const of = thing.columns.length === 0 ? "" : ` of ${list(thing.columns)}`;
      const when =
        thing.where === undefined
          ? ""
          : ` when (${condition(world, column(thing.where), 0, `new.${quoted(column(thing.where).name)}`)})`;
      return [
        `create trigger ${quoted(thing.name)} ${thing.events}${of} on ${name(thing.table)} for each row${when} execute function ${name(thing.function)}()`,
        ...(thing.fires === ""
          ? []
          : [`alter table ${name(thing.table)} ${thing.fires} trigger ${quoted(thing.name)}`]),
      ];
    }
    case "policy": {
      const terms = thing.columns.map((id) => condition(world, column(id), thing.variant));
      if (thing.calls !== undefined) terms.push(`${called(world, thing.calls, undefined)} > 0`);
      return [
        `create policy ${quoted(thing.name)} on ${name(thing.table)} for ${thing.command} using (${terms.join(" and ") || "true"})`,
      ];
    }
    case "statistics":
      return [
        `create statistics ${name(thing.id)} ${thing.options} on ${list(thing.columns)} from ${name(thing.table)}`,
      ];
    case "grant": {
      const target = world.find(thing.target)!;
      return [`grant ${thing.privilege} on ${subject(world, target)} to ${ROLE} ${thing.options}`];
    }
  }
}

function boundOf(world: World, id: Id): string {
  const { slot, parent } = world.get("partition", id)!;
  if (slot === undefined) return "default";
  return world.get("table", parent)!.partitionBy === "list"
    ? `for values in (${slot})`
    : `for values from (${slot}) to (${slot + 1})`;
}

function domainGroup({ userType, builtIn }: DomainObject): string {
  return userType === undefined ? BUILT_IN[builtIn]!.group : "other";
}

function domainValue(world: World, domain: DomainObject, row: number): string {
  const list = world.get("enum", domain.userType)?.values;
  return list === undefined ? BUILT_IN[domain.builtIn]!.value(row) : text(list[0]!);
}

function createColumn(world: World, column: ColumnObject): readonly string[] {
  const name = quoted(column.name);
  const alter = `alter table ${nameOf(world, column.table)}`;
  const words = [typeOf(world, column)];
  if (column.collation && world.groupOf(column) === "text") words.push('collate "C"');
  if (column.columns !== undefined) {
    const from = column.columns.map((id) => world.get("column", id)!);
    const terms = from.map((one) =>
      world.groupOf(one) === "number" ? `${quoted(one.name)}::integer` : `num_nulls(${quoted(one.name)})`,
    );
    words.push(`generated always as (${[...terms, column.variant + 1].join(" + ")}) stored`);
  } else if (column.identity !== undefined) {
    words.push(`generated ${column.identity} as identity${column.variant > 1 ? " (start 100 increment 5)" : ""}`);
  } else if (column.calls !== undefined) words.push(`default ${nameOf(world, column.calls)}()`);
  else if (column.next !== undefined) words.push(`default nextval(${text(nameOf(world, column.next))})`);
  else if (column.default !== undefined) words.push(`default ${sqlValue(world, column, column.default)}`);
  if (!column.nullable) words.push("not null");
  const isLong = ["text", "jsonb", "bytea"].includes(column.builtIn) && column.userType === undefined;
  return [
    `${alter} add column ${name} ${words.join(" ")}`,
    ...(column.storage === "" || !isLong ? [] : [`${alter} alter ${name} set storage ${column.storage}`]),
    ...(column.statistics === undefined ? [] : [`${alter} alter ${name} set statistics ${column.statistics}`]),
  ];
}

function createFunction(world: World, fn: FunctionObject): string {
  const name = nameOf(world, fn.id);
  const table = fn.table === undefined ? "" : nameOf(world, fn.table);
  const [first] = fn.columns ?? [];
  const counted = first === undefined ? "1" : quoted(world.get("column", first)!.name);
  const more = fn.calls === undefined ? "" : ` + ${nameOf(world, fn.calls)}(1)`;
  const parameter = quoted(fn.parameter);
  switch (fn.flavour) {
    case "plain":
      return `create function ${name}(${parameter} ${fn.argument}) returns integer language sql immutable ${fn.options} as $$ select ${fn.variant}${more} $$`;
    case "fallback":
      return `create function ${name}() returns integer language sql ${fn.options} as $$ select ${fn.variant + 1}${more} $$`;
    case "trigger":
      return `create function ${name}() returns trigger language plpgsql ${fn.options} as $$ begin /* it's ${fn.variant} */ return new; end $$`;
    case "procedure":
      return `create procedure ${name}(${parameter} ${fn.argument}) language plpgsql as $$ begin perform ${fn.variant}; end $$`;
    case "atomic":
      return `create function ${name}() returns bigint ${fn.options} begin atomic select count(${counted}) + ${fn.variant} from ${table}; end`;
    case "text":
      return `create function ${name}() returns bigint language sql ${fn.options} as $$ select count(${counted}) + ${fn.variant} from ${table} $$`;
    case "block":
      return `create function ${name}() returns bigint language plpgsql ${fn.options} as $$ begin return (select count(${counted}) + ${fn.variant} from ${table}); end $$`;
    case "row":
      return `create function ${name}(${parameter} ${table}) returns integer language sql ${fn.options} as $$ select ${fn.variant} $$`;
  }
}

/** What COMMENT and GRANT call it. */
function subject(world: World, thing: Thing): string {
  switch (thing.kind) {
    case "table":
    case "partition":
      return `table ${nameOf(world, thing.id)}`;
    case "view":
      return `table ${nameOf(world, thing.id)}`;
    case "schema":
      return `schema ${quoted(thing.name)}`;
    case "enum":
    case "composite":
      return `type ${nameOf(world, thing.id)}`;
    case "sequence":
    case "domain":
    case "statistics":
      return `${thing.kind} ${nameOf(world, thing.id)}`;
    case "function":
      return `${thing.flavour === "procedure" ? "procedure" : "function"} ${nameOf(world, thing.id)}`;
    case "column":
      return `column ${nameOf(world, thing.table)}.${quoted(thing.name)}`;
    case "index": {
      const schema =
        world.get("schema", (world.find(thing.table) as { readonly schema?: Id }).schema)?.name ?? "public";
      return `index ${quoted(schema)}.${quoted(thing.name)}`;
    }
    case "trigger":
    case "policy":
      return `${thing.kind} ${quoted(thing.name)} on ${nameOf(world, thing.table)}`;
    case "ownership":
    case "grant":
      throw new Error("it has no name");
    default:
      return `constraint ${quoted(thing.name)} on ${nameOf(world, thing.table)}`;
  }
}

function commentOn(world: World, thing: Thing): readonly string[] {
  if (thing.comment === undefined || thing.kind === "ownership" || thing.kind === "grant") return [];
  const named = subject(world, thing);
  const kind = thing.kind === "view" ? (thing.isMaterialized ? "materialized view" : "view") : undefined;
  return [`comment on ${kind === undefined ? named : named.replace(/^table/, kind)} is ${text(thing.comment)}`];
}
