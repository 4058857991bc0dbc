import type { Random } from "./random.ts";
import { BUILT_IN, TYPE_NAMES } from "./types.ts";
import type { ColumnObject, FunctionObject, Id, Kind, Thing } from "./world.ts";
import { World } from "./world.ts";

/*
 * Random objects of a world.
 */

const ODD = [
  "user",
  "order",
  "select",
  "Group",
  "a b",
  'q"q',
  "ünïcode",
  "x.y",
  "it's",
  "$1",
  "a--b",
  "%I",
  "日本",
  "Table",
];
const LONG = 63;

/** Makes objects; names and numbers are never given twice. */
export class Maker {
  readonly random: Random;
  #next = 1;
  readonly #names = new Set<string>();

  constructor(random: Random) {
    this.random = random;
  }

  id(): Id {
    return this.#next++;
  }

  name(base: string): string {
    const { random } = this;
    const number = this.#next;
    if (random.chance(0.75)) return `${base}${number}`;
    if (random.chance(0.2)) return `${base}_`.padEnd(LONG - `${number}`.length, "x") + number;
    const odd = random.pick(ODD);
    const name = this.#names.has(odd) || random.chance(0.5) ? `${odd}${number}` : odd;
    this.#names.add(name);
    return name;
  }

  comment(): string | undefined {
    return this.random.chance(0.2) ? this.random.pick(["a comment", "it's", "two\nlines", "\\ $$"]) : undefined;
  }

  schema(world: World): Id | undefined {
    const schemas = world.all("schema");
    return schemas.length > 0 && this.random.chance(0.3) ? this.random.pick(schemas).id : undefined;
  }
}

type Make = (maker: Maker, world: World) => Thing | undefined;

const TRIGGER_EVENTS = ["before insert", "after update", "before insert or update", "after delete"];
const ENDINGS = ["", "", "deferrable", "deferrable initially deferred"];

export const MAKERS: Readonly<Record<Kind, Make>> = {
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
  "primary key": (maker, world) => {
    const keyed = new Set(world.all("primary key").map(({ table }) => table));
    return makeKey(maker, world, "primary key", (table) => !keyed.has(table));
  },
  unique: (maker, world) => makeKey(maker, world, "unique", () => true),
  check: (maker, world) => {
    const part = pickPart(maker, world, () => true, 2);
    if (part === undefined) return undefined;
    const { random } = maker;
    const isParent =
      isPartitioned(world, part.table) || world.all("table").some(({ inherits }) => inherits === part.table);
    return {
      kind: "check",
      id: maker.id(),
      ...part,
      name: maker.name("k"),
      variant: random.below(3),
      calls: pickFunction(maker, world, "plain", 0.2),
      options: isParent ? "" : random.pick(["", "", "", "", "not valid", "no inherit"]),
      comment: maker.comment(),
    };
  },
  "foreign key": (maker, world) => {
    const { random } = maker;
    const targets = [...world.all("primary key"), ...world.all("unique")].filter(
      ({ options, table }) => !options.includes("deferrable") && !isPartitioned(world, table),
    );
    if (targets.length === 0) return undefined;
    const target = random.pick(targets);
    const types = target.columns.map((id) => world.get("column", id)!);
    const choices = world.all("table").flatMap(({ id }) => {
      const columns = types.map((type) =>
        random
          .some(
            world.columnsOf(id).filter((column) => isReferable(world, column, type)),
            1,
          )
          .at(0),
      );
      return columns.every((column) => column !== undefined) && new Set(columns).size === columns.length
        ? [{ table: id, columns: columns.map(({ id: one }) => one) }]
        : [];
    });
    if (choices.length === 0) return undefined;
    const choice = random.pick(choices);
    return {
      kind: "foreign key",
      id: maker.id(),
      ...choice,
      name: maker.name("r"),
      target: target.id,
      options: `${random.pick(["", "on delete cascade", "on update cascade on delete restrict"])} ${random.pick(ENDINGS)}${
        isPartitioned(world, choice.table) ? "" : random.pick(["", "", "", "", " not valid"])
      }`,
      comment: maker.comment(),
    };
  },
  exclusion: (maker, world) => {
    const isFit = (column: ColumnObject): boolean =>
      (column.builtIn === "int4range" && column.userType === undefined && column.columns === undefined) ||
      world.isKey(column);
    const part = pickPart(maker, world, isFit, 1, (table) => !isPartitioned(world, table));
    if (part === undefined) return undefined;
    return {
      kind: "exclusion",
      id: maker.id(),
      ...part,
      name: maker.name("x"),
      options: maker.random.pick(ENDINGS),
      comment: maker.comment(),
    };
  },
  index: (maker, world) => {
    const { random } = maker;
    const views = world.all("view").filter(({ isMaterialized }) => isMaterialized);
    const isOnView = views.length > 0 && random.chance(0.2);
    const view = isOnView ? random.pick(views) : undefined;
    const part =
      view === undefined
        ? pickPart(maker, world, () => true, 2)
        : { table: view.id, columns: random.some(view.columns, 1) };
    if (part === undefined) return undefined;
    const plain = part.columns.every((id) => world.isKey(world.get("column", id)!));
    const isUnique = plain && view === undefined && !isPartitioned(world, part.table) && random.chance(0.2);
    const method = isUnique || !plain ? "btree" : random.pick(["btree", "btree", "btree", "hash", "brin"] as const);
    const others = view === undefined ? columnsOf(world, part.table) : view.columns;
    return {
      kind: "index",
      id: maker.id(),
      ...part,
      name: maker.name("i"),
      variant: isUnique ? random.pick([0, 2]) : random.below(3),
      where: random.chance(0.25) ? random.pick(others) : undefined,
      calls:
        view === undefined && !isUnique && method === "btree" ? pickFunction(maker, world, "plain", 0.15) : undefined,
      include:
        method === "btree" && random.chance(0.15)
          ? random.some(
              others.filter((id) => !part.columns.includes(id)),
              1,
            )
          : [],
      isUnique,
      method,
      comment: maker.comment(),
    };
  },
  view: (maker, world) => {
    const { random } = maker;
    const sources = [
      ...world.all("table").map(({ id }) => ({ id, columns: columnsOf(world, id) })),
      ...world.all("view").map(({ id, columns }) => ({ id, columns })),
    ].filter(({ columns }) => columns.length > 0);
    if (sources.length === 0) return undefined;
    const source = random.pick(sources);
    const isMaterialized = random.chance(0.3);
    return {
      kind: "view",
      id: maker.id(),
      schema: maker.schema(world),
      name: maker.name("v"),
      source: source.id,
      columns: random.some(source.columns, 1 + random.below(3)),
      where: random.chance(0.4) ? random.pick(source.columns) : undefined,
      calls: pickFunction(maker, world, "plain", 0.3),
      variant: random.below(3),
      isMaterialized,
      options: random.pick(["", "", "with (security_barrier = true)", "with (security_invoker = true)"]),
      comment: maker.comment(),
    };
  },
  trigger: (maker, world) => {
    const { random } = maker;
    const functions = world.all("function").filter(({ flavour }) => flavour === "trigger");
    const table = pickTable(maker, world);
    if (functions.length === 0 || table === undefined) return undefined;
    const columns = columnsOf(world, table);
    const plain = columns.filter((id) => world.get("column", id)!.columns === undefined);
    const events = random.pick(TRIGGER_EVENTS);
    return {
      kind: "trigger",
      id: maker.id(),
      table,
      name: maker.name("g"),
      function: random.pick(functions).id,
      events,
      columns: events.endsWith("update") && random.chance(0.4) ? random.some(columns, 1) : [],
      where: !events.includes("delete") && plain.length > 0 && random.chance(0.4) ? random.pick(plain) : undefined,
      fires: isPartitioned(world, table) ? "" : random.pick(["", "", "", "disable", "enable always", "enable replica"]),
      comment: maker.comment(),
    };
  },
  policy: (maker, world) => {
    const part = pickPart(maker, world, () => true, 1);
    if (part === undefined) return undefined;
    return {
      kind: "policy",
      id: maker.id(),
      ...part,
      name: maker.name("o"),
      command: maker.random.pick(["all", "select", "update"]),
      calls: pickFunction(maker, world, "plain", 0.3),
      variant: maker.random.below(3),
      comment: maker.comment(),
    };
  },
  statistics: (maker, world) => {
    const part = pickPart(maker, world, (column) => world.isKey(column) && column.columns === undefined, 2);
    if (part === undefined || part.columns.length < 2) return undefined;
    return {
      kind: "statistics",
      id: maker.id(),
      schema: maker.schema(world),
      ...part,
      name: maker.name("z"),
      options: maker.random.pick(["", "(ndistinct)", "(dependencies, mcv)"]),
      comment: maker.comment(),
    };
  },
  grant: (maker, world) => {
    const { random } = maker;
    const granted = new Set(world.all("grant").map(({ target }) => target));
    const targets = world
      .all("table", "view", "sequence", "function", "schema", "enum", "domain")
      .filter(({ id }) => !granted.has(id));
    if (targets.length === 0) return undefined;
    const target = random.pick(targets);
    const words = {
      table: ["select", "insert, update", "all"],
      view: ["select", "insert"],
      sequence: ["usage", "select"],
      function: ["execute"],
      schema: ["usage", "usage, create"],
      enum: ["usage"],
      domain: ["usage"],
    }[target.kind];
    return {
      kind: "grant",
      id: maker.id(),
      target: target.id,
      privilege: random.pick(words),
      options: random.pick(["", "", "with grant option"]),
    };
  },
};

export const SEQUENCES = ["", "increment 5", "as smallint cycle", "start 100 cache 7", "minvalue -3 maxvalue 500"];

export function isPartitioned(world: World, table: Id): boolean {
  return world.get("table", table)?.partitionBy !== undefined;
}

function columnsOf(world: World, table: Id): readonly Id[] {
  return world.columnsOf(table).map(({ id }) => id);
}

function pickTable({ random }: Maker, world: World): Id | undefined {
  const tables = world.all("table");
  return tables.length === 0 ? undefined : random.pick(tables).id;
}

export function pickFunction(
  { random }: Maker,
  world: World,
  flavour: FunctionObject["flavour"],
  chance: number,
): Id | undefined {
  const functions = world.all("function").filter((one) => one.flavour === flavour);
  return functions.length > 0 && random.chance(chance) ? random.pick(functions).id : undefined;
}

/** Some columns of a table that has any. */
function pickPart(
  { random }: Maker,
  world: World,
  isFit: (column: ColumnObject) => boolean,
  count: number,
  isTable: (table: Id) => boolean = () => true,
): { readonly table: Id; readonly columns: readonly Id[] } | undefined {
  const parts = world
    .all("table")
    .filter(({ id }) => isTable(id))
    .map(({ id }) => ({
      table: id,
      columns: world
        .columnsOf(id)
        .filter(isFit)
        .map(({ id: one }) => one),
    }))
    .filter(({ columns }) => columns.length > 0);
  if (parts.length === 0) return undefined;
  const { table, columns } = random.pick(parts);
  return { table, columns: random.some(columns, 1 + random.below(count)) };
}

function makeKey(
  maker: Maker,
  world: World,
  kind: "primary key" | "unique",
  isTable: (table: Id) => boolean,
): Thing | undefined {
  const isFit = (column: ColumnObject): boolean =>
    world.isKey(column) &&
    column.columns === undefined &&
    (kind === "unique" || !(world.get("domain", column.userType) !== undefined));
  const part = pickPart(maker, world, isFit, 2, isTable);
  if (part === undefined) return undefined;
  const { random } = maker;
  const others = columnsOf(world, part.table).filter((id) => !part.columns.includes(id));
  const isDeferrable = random.chance(0.1);
  return {
    kind,
    id: maker.id(),
    ...part,
    name: maker.name(kind === "unique" ? "u" : "pk"),
    include: random.chance(0.1) ? random.some(others, 1) : [],
    options: `${kind === "unique" && random.chance(0.15) ? "nulls " : ""}${isDeferrable ? "deferrable" : ""}`,
    comment: maker.comment(),
  };
}

/** Whether a column may refer to one of another type. */
export function isReferable(world: World, column: ColumnObject, target: ColumnObject): boolean {
  const [one, other] = [world.builtInOf(column), world.builtInOf(target)];
  return one !== undefined && one === other && column.columns === undefined && column.collation === target.collation;
}

function makeColumn(maker: Maker, world: World, table: Id): ColumnObject {
  const { random } = maker;
  const isPlain = !isPartitioned(world, table) && world.get("table", table)!.inherits === undefined;
  const types = world.all("enum", "enum", "domain", "composite");
  const userType = types.length > 0 && random.chance(0.25) ? random.pick(types) : undefined;
  const plain = world.columnsOf(table).filter(({ columns }) => columns === undefined);
  const isGenerated = plain.length > 0 && random.chance(0.06);
  const builtIn = isGenerated
    ? "integer"
    : random.chance(0.5)
      ? random.pick(["integer", "bigint", "text", "date"])
      : random.pick(TYPE_NAMES);
  const column: ColumnObject = {
    kind: "column",
    id: maker.id(),
    table,
    name: maker.name("c"),
    builtIn,
    userType: isGenerated ? undefined : userType?.id,
    isArray: !isGenerated && userType?.kind === "enum" && random.chance(0.2),
    nullable: random.chance(0.6),
    variant: random.below(3),
    collation: random.chance(0.1),
    storage: random.pick(["", "", "", "", "external", "main"]),
    statistics: random.chance(0.05) ? 50 : undefined,
    comment: maker.comment(),
  };
  if (isGenerated)
    return { ...column, nullable: true, columns: random.some(plain, 1 + random.below(2)).map(({ id }) => id) };
  const isNumber = column.userType === undefined && BUILT_IN[builtIn]!.group === "number";
  if (isPlain && isNumber && /int/.test(builtIn) && random.chance(0.15)) {
    return { ...column, nullable: false, identity: random.pick(["always", "by default"] as const) };
  }
  return { ...column, ...fallbackOf(maker, world, isNumber) };
}

/** A default, or none. */
export function fallbackOf(
  maker: Maker,
  world: World,
  isNumber: boolean,
): Pick<ColumnObject, "default" | "calls" | "next"> {
  const { random } = maker;
  const none = { default: undefined, calls: undefined, next: undefined };
  if (isNumber && random.chance(0.3)) {
    const calls = pickFunction(maker, world, "fallback", 0.7);
    if (calls !== undefined) return { ...none, calls };
    const sequences = world.all("sequence");
    if (sequences.length > 0) return { ...none, next: random.pick(sequences).id };
  }
  return random.chance(0.4) ? { ...none, default: 5 + random.below(2) } : none;
}

/** How many of each kind a world has about, in the order in which they are made. */
const PLAN: readonly (readonly [Kind, number])[] = [
  ["schema", 2],
  ["enum", 3],
  ["composite", 1],
  ["domain", 2],
  ["sequence", 2],
  ["function", 3],
  ["table", 4],
  ["partition", 3],
  ["column", 16],
  ["function", 4],
  ["column", 6],
  ["primary key", 5],
  ["unique", 2],
  ["check", 4],
  ["foreign key", 5],
  ["exclusion", 1],
  ["view", 4],
  ["index", 5],
  ["trigger", 3],
  ["policy", 2],
  ["statistics", 1],
  ["ownership", 1],
  ["grant", 2],
];

export function makeWorld(maker: Maker): World {
  let world = new World([]);
  for (const [kind, count] of PLAN) {
    for (let left = maker.random.below(count + 1); left > 0; left--) world = add(maker, world, kind);
  }
  return world;
}

export function add(maker: Maker, world: World, kind: Kind): World {
  const made = MAKERS[kind](maker, world);
  return made === undefined ? world : world.with(made);
}
