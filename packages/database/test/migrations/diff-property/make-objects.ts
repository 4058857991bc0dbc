import { columnsOf, isPartitioned, type Make, makeColumn, pickFunction, pickTable, SEQUENCES } from "./maker.ts";
import type { FunctionObject, Kind } from "./world.ts";

/** Random objects by themselves, and tables with their columns. */
export const OBJECTS = {
  schema: (maker) => ({ kind: "schema", id: maker.id(), name: maker.name("s"), comment: maker.comment() }),
  enum: (maker, world) => ({
    kind: "enum",
    id: maker.id(),
    schema: maker.schema(world),
    name: maker.name("e"),
    values: ["a", "b", "it's", "D d", "ü"].slice(0, 1 + maker.random.below(5)),
    comment: maker.comment(),
  }),
  domain: (maker, world) => {
    const { random } = maker;
    const enums = world.all("enum");
    return {
      kind: "domain",
      id: maker.id(),
      schema: maker.schema(world),
      name: maker.name("d"),
      builtIn: random.pick(["integer", "text", "numeric(12,2)", "date"]),
      userType: enums.length > 0 && random.chance(0.1) ? random.pick(enums).id : undefined,
      checks: random.some([0, 1, 2], random.below(3)),
      default: random.chance(0.3) ? 5 : undefined,
      notNull: false,
      comment: maker.comment(),
    };
  },
  composite: (maker, world) => ({
    kind: "composite",
    id: maker.id(),
    schema: maker.schema(world),
    name: maker.name("c"),
    attributes: ["x", "Y y", "z"]
      .slice(0, 1 + maker.random.below(3))
      .map((name) => [name, maker.random.pick(["integer", "text"])]),
    comment: maker.comment(),
  }),
  sequence: (maker, world) => ({
    kind: "sequence",
    id: maker.id(),
    schema: maker.schema(world),
    name: maker.name("q"),
    options: maker.random.pick(SEQUENCES),
    comment: maker.comment(),
  }),
  ownership: (maker, world) => {
    const owned = new Set(world.all("ownership").map(({ sequence }) => sequence));
    const free = world.all("sequence").filter(({ id }) => !owned.has(id));
    const places = world.all("column").filter(({ table }) => !isPartitioned(world, table));
    const pairs = free.flatMap((sequence) =>
      places
        .filter((column) => world.get("table", column.table)!.schema === sequence.schema)
        .map((column) => ({ sequence, column })),
    );
    if (pairs.length === 0) return undefined;
    const { sequence, column } = maker.random.pick(pairs);
    return { kind: "ownership", id: maker.id(), sequence: sequence.id, column: column.id };
  },
  function: (maker, world) => {
    const { random } = maker;
    const flavour = random.pick([
      "plain",
      "plain",
      "fallback",
      "fallback",
      "trigger",
      "trigger",
      "procedure",
      "atomic",
      "text",
      "block",
      "row",
    ] as const);
    const isReader = ["atomic", "text", "block", "row"].includes(flavour);
    const table = isReader ? pickTable(maker, world) : undefined;
    if (isReader && table === undefined) return undefined;
    return {
      kind: "function",
      id: maker.id(),
      schema: maker.schema(world),
      name: maker.name("f"),
      flavour,
      argument: random.pick(["integer", "bigint", "numeric"]),
      parameter: random.pick(["a", "b", "Select"]),
      variant: random.below(3),
      options: flavour === "plain" ? "" : random.pick(["", "", "security definer", "stable", "cost 7"]),
      table,
      columns:
        table === undefined || flavour === "row" ? undefined : random.some(columnsOf(world, table), random.below(2)),
      calls: flavour === "plain" || flavour === "fallback" ? pickFunction(maker, world, "plain", 0.2) : undefined,
      comment: maker.comment(),
    } satisfies FunctionObject;
  },
  table: (maker, world) => {
    const { random } = maker;
    const partitionBy = random.chance(0.12) ? random.pick(["list", "range"] as const) : undefined;
    const parents = world
      .all("table")
      .filter(({ partitionBy: by, inherits, unlogged }) => by === undefined && inherits === undefined && !unlogged);
    const inherits =
      partitionBy === undefined && parents.length > 0 && random.chance(0.06) ? random.pick(parents).id : undefined;
    const isPlain = partitionBy === undefined && inherits === undefined;
    return {
      kind: "table",
      id: maker.id(),
      schema: maker.schema(world),
      name: maker.name("t"),
      partitionBy,
      key: maker.name("key"),
      unlogged: isPlain && random.chance(0.05),
      fillfactor: partitionBy === undefined && random.chance(0.1) ? 70 : undefined,
      security: random.pick(["", "", "", "enable", "enable, force"]),
      identity:
        partitionBy === undefined ? random.pick(["default", "default", "default", "full", "nothing"]) : "default",
      inherits,
      hasRows: random.chance(0.75),
      comment: maker.comment(),
    };
  },
  partition: (maker, world) => {
    const parents = world.all("table").filter(({ partitionBy }) => partitionBy !== undefined);
    if (parents.length === 0) return undefined;
    const parent = maker.random.pick(parents);
    const taken = world
      .all("partition")
      .filter((one) => one.parent === parent.id)
      .map(({ slot }) => slot);
    const slots = [1, 2, 3, 4, undefined].filter((slot) => !taken.includes(slot));
    if (slots.length === 0) return undefined;
    const slot = maker.random.pick(slots);
    return {
      kind: "partition",
      id: maker.id(),
      schema: parent.schema,
      name: maker.name("p"),
      parent: parent.id,
      slot,
      isDetached: maker.random.chance(0.15),
      comment: maker.comment(),
    };
  },
  column: (maker, world) => {
    const table = pickTable(maker, world);
    return table === undefined ? undefined : makeColumn(maker, world, table);
  },
} satisfies { readonly [K in Kind]?: Make };
