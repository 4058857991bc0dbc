import {
  columnsOf,
  isPartitioned,
  isReferable,
  type Make,
  makeKey,
  pickFunction,
  pickPart,
  pickTable,
} from "./maker.ts";
import type { ColumnObject, Kind } from "./world.ts";

const TRIGGER_EVENTS = ["before insert", "after update", "before insert or update", "after delete"];
const ENDINGS = ["", "", "deferrable", "deferrable initially deferred"];

/** Random parts of tables, and what is about them. */
export const PARTS = {
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
} satisfies { readonly [K in Kind]?: Make };
