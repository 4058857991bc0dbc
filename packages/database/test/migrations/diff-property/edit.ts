import { add } from "./make.ts";
import { fallbackOf, isPartitioned, type Maker, pickFunction, SEQUENCES } from "./maker.ts";
import { BUILT_IN, TYPE_NAMES } from "./types.ts";
import type { ColumnObject, Kind, Of, Thing } from "./world.ts";
import { World } from "./world.ts";

/*
 * Random edits of a world.
 */

/** What is added, more often what there is more of. */
const ADDED: readonly Kind[] = [
  ..."column column column column check index index view view trigger policy".split(" "),
  ..."table partition enum domain composite sequence function function unique statistics grant ownership schema".split(
    " ",
  ),
  ...["foreign key", "foreign key", "primary key", "exclusion"],
] as Kind[];

/** Another world, a few edits away. */
export function editWorld(maker: Maker, world: World): World {
  let edited = world;
  for (let left = 1 + maker.random.below(6); left > 0; left--) {
    const next = editOnce(maker, edited);
    if (next.inOrder() !== undefined) edited = next;
  }
  return edited;
}

function editOnce(maker: Maker, world: World): World {
  const { random } = maker;
  const turn = random.next();
  if (world.things.length === 0 || turn < 0.35) return add(maker, world, random.pick(ADDED));
  // Else most of them would be columns.
  const kinds = [...new Set(world.things.map(({ kind }) => kind))];
  const thing = random.pick(random.chance(0.5) ? world.things : world.all(random.pick(kinds)));
  if (turn < 0.55) {
    const left = world.without(thing.id);
    return world.things.length - left.things.length > 8 && random.chance(0.7) ? world : left;
  }
  if (turn < 0.6 && thing.kind !== "ownership" && thing.kind !== "grant") {
    const comment = random.pick([undefined, "another", "it's another"]);
    return world.with({ ...thing, comment });
  }
  return change(maker, world, thing);
}

type Change<K extends Kind> = (thing: Of<K>, maker: Maker, world: World) => Thing | World | undefined;

function change(maker: Maker, world: World, thing: Thing): World {
  const changed = (CHANGES[thing.kind] as Change<Kind> | undefined)?.(thing, maker, world);
  if (changed === undefined) return world;
  return changed instanceof World ? changed : world.with(changed);
}

/** Another of a list. */
function other<T>({ random }: Maker, list: readonly T[], is: T): T {
  const others = list.filter((one) => one !== is);
  return others.length === 0 ? is : random.pick(others);
}

const CHANGES: { readonly [K in Kind]?: Change<K> } = {
  enum: (thing, { random }) => {
    const { values } = thing;
    const place = 1 + random.below(values.length);
    switch (random.below(5)) {
      case 0:
        return { ...thing, values: [...values, `new ${values.length}`] };
      case 1:
        return { ...thing, values: [...values.slice(0, place), `mid ${values.length}`, ...values.slice(place)] };
      case 2:
        return { ...thing, values: [`first ${values.length}`, ...values] };
      case 3:
        return { ...thing, values: [...values].reverse() };
      default:
        return values.length < 2 ? undefined : { ...thing, values: values.slice(0, -1) };
    }
  },
  domain: (thing, { random }) =>
    random.chance(0.5)
      ? { ...thing, checks: [0, 1, 2].filter((check) => thing.checks.includes(check) !== random.chance(0.4)) }
      : random.chance(0.8)
        ? { ...thing, default: thing.default === undefined ? 6 : undefined }
        : { ...thing, notNull: !thing.notNull },
  composite: (thing, { random }) => {
    const { attributes } = thing;
    if (attributes.length > 1 && random.chance(0.4)) return { ...thing, attributes: attributes.slice(0, -1) };
    return { ...thing, attributes: [...attributes, [`new ${attributes.length}`, random.pick(["date", "bigint"])]] };
  },
  sequence: (thing, maker) => ({ ...thing, options: other(maker, SEQUENCES, thing.options) }),
  function: (thing, maker, world) => {
    const { random } = maker;
    switch (random.below(5)) {
      case 0:
        return { ...thing, argument: other(maker, ["integer", "bigint", "numeric"], thing.argument) };
      case 1:
        return { ...thing, parameter: other(maker, ["a", "b", "Select"], thing.parameter) };
      case 2:
        return thing.flavour === "plain"
          ? undefined
          : { ...thing, options: random.pick(["", "security definer", "stable"]) };
      case 3:
        return thing.flavour === "plain" || thing.flavour === "fallback"
          ? { ...thing, calls: pickFunction(maker, world, "plain", 0.7) }
          : undefined;
      default:
        return { ...thing, variant: thing.variant + 1 };
    }
  },
  table: (thing, maker, world) => {
    const isPlain = thing.partitionBy === undefined;
    const isOwner = world.all("ownership").some(({ column }) => world.get("column", column)!.table === thing.id);
    switch (maker.random.below(4)) {
      case 0:
        return { ...thing, security: other(maker, ["", "enable", "enable, force"], thing.security) };
      case 1:
        return isPlain ? { ...thing, fillfactor: other(maker, [undefined, 70, 80], thing.fillfactor) } : undefined;
      case 2:
        return isPlain
          ? { ...thing, identity: other(maker, ["default", "full", "nothing"], thing.identity) }
          : undefined;
      default:
        return isPlain && !isOwner && thing.inherits === undefined
          ? { ...thing, unlogged: !thing.unlogged }
          : undefined;
    }
  },
  partition: (thing) => ({ ...thing, isDetached: !thing.isDetached }),
  column: (thing, maker, world) => changeColumn(thing, maker, world),
  "primary key": (thing, { random }, world) => changeKey(thing, random.next(), world),
  unique: (thing, { random }, world) => changeKey(thing, random.next(), world),
  check: (thing, maker, world) =>
    maker.random.chance(0.6)
      ? { ...thing, variant: thing.variant + 1 }
      : { ...thing, calls: pickFunction(maker, world, "plain", 0.6) },
  "foreign key": (thing, { random }) => ({
    ...thing,
    options: `${random.pick(["on delete set null", "on delete cascade", "on update cascade"])} ${random.pick(["", "deferrable", "deferrable initially deferred"])}`,
  }),
  exclusion: (thing, maker) => ({ ...thing, options: other(maker, ["", "deferrable"], thing.options) }),
  index: (thing, maker, world) => {
    const { random } = maker;
    if (random.chance(0.3) && !thing.isUnique) return { ...thing, variant: (thing.variant + 1) % 3 };
    if (random.chance(0.5))
      return { ...thing, where: thing.where === undefined ? random.pick(thing.columns) : undefined };
    if (world.find(thing.table)!.kind === "view" || thing.method !== "btree" || thing.isUnique) return undefined;
    return { ...thing, calls: pickFunction(maker, world, "plain", 0.6) };
  },
  view: (thing, maker, world) => {
    const { random } = maker;
    const source = world.get("view", thing.source)?.columns ?? world.columnsOf(thing.source).map(({ id }) => id);
    switch (random.below(6)) {
      case 0: {
        const more = source.filter((id) => !thing.columns.includes(id));
        return more.length === 0 ? undefined : { ...thing, columns: [...thing.columns, random.pick(more)] };
      }
      case 1:
        return thing.columns.length < 2 ? undefined : { ...thing, columns: thing.columns.slice(1) };
      case 2:
        return { ...thing, where: thing.where === undefined ? random.pick(source) : undefined };
      case 3:
        return { ...thing, calls: pickFunction(maker, world, "plain", 0.6) };
      case 4:
        return { ...thing, isMaterialized: !thing.isMaterialized };
      default:
        return {
          ...thing,
          variant: thing.variant + 1,
          options: other(maker, ["", "with (security_barrier = true)"], thing.options),
        };
    }
  },
  trigger: (thing, maker, world) => {
    const { random } = maker;
    const functions = world.all("function").filter(({ flavour }) => flavour === "trigger");
    switch (random.below(3)) {
      case 0:
        return { ...thing, function: random.pick(functions).id };
      case 1:
        return isPartitioned(world, thing.table)
          ? undefined
          : { ...thing, fires: other(maker, ["", "disable", "enable always"], thing.fires) };
      default:
        return {
          ...thing,
          columns: [],
          where: undefined,
          events: other(maker, ["before insert", "after update"], thing.events),
        };
    }
  },
  policy: (thing, maker, world) =>
    maker.random.chance(0.6)
      ? { ...thing, variant: thing.variant + 1 }
      : { ...thing, calls: pickFunction(maker, world, "plain", 0.5), command: maker.random.pick(["all", "update"]) },
  statistics: (thing, maker) => ({ ...thing, options: other(maker, ["", "(ndistinct)", "(mcv)"], thing.options) }),
  grant: (thing, { random }) => ({ ...thing, options: random.pick(["", "with grant option"]) }),
};

function changeKey(thing: Of<"primary key" | "unique">, turn: number, world: World): Thing {
  if (turn < 0.4) return { ...thing, options: thing.options.includes("deferrable") ? "" : "deferrable" };
  if (turn < 0.7) {
    const others = world
      .columnsOf(thing.table)
      .filter(({ id }) => !thing.columns.includes(id) && !thing.include.includes(id));
    return { ...thing, include: thing.include.length > 0 ? [] : others.slice(0, 1).map(({ id }) => id) };
  }
  return { ...thing, columns: [...thing.columns].reverse() };
}

function changeColumn(thing: ColumnObject, maker: Maker, world: World): Thing | World | undefined {
  const { random } = maker;
  const isGenerated = thing.columns !== undefined;
  switch (random.below(10)) {
    case 0:
    case 1:
    case 2:
      return isGenerated ? undefined : retype(thing, maker, world);
    case 3:
    case 4:
      return thing.identity === undefined ? { ...thing, nullable: !thing.nullable } : undefined;
    case 5:
    case 6:
      if (isGenerated || thing.identity !== undefined) return undefined;
      return {
        ...thing,
        ...fallbackOf(maker, world, world.groupOf(thing) === "number" && thing.userType === undefined),
      };
    case 7: {
      const isInteger = ["integer", "bigint", "smallint"].includes(thing.builtIn) && thing.userType === undefined;
      const { partitionBy } = world.get("table", thing.table)!;
      if (isGenerated || !isInteger || partitionBy !== undefined) return undefined;
      if (thing.identity !== undefined) return { ...thing, identity: random.pick([undefined, "always" as const]) };
      return {
        ...thing,
        identity: "by default",
        nullable: false,
        default: undefined,
        calls: undefined,
        next: undefined,
      };
    }
    case 8:
      if (isGenerated)
        return random.chance(0.3) ? { ...thing, variant: thing.variant + 1 } : { ...thing, columns: undefined };
      return { ...thing, storage: other(maker, ["", "external", "main"], thing.storage) };
    default:
      return random.chance(0.5)
        ? { ...thing, statistics: thing.statistics === undefined ? 80 : undefined }
        : { ...thing, collation: !thing.collation };
  }
}

/** A type to which PostgreSQL can cast. Columns that refer to each other change together, as people do it. */
function retype(thing: ColumnObject, maker: Maker, world: World): World | undefined {
  const { random } = maker;
  const builtIn = world.builtInOf(thing);
  const group = world.groupOf(thing);
  const near =
    builtIn === undefined ? [] : TYPE_NAMES.filter((name) => BUILT_IN[name]!.group === group && group !== "other");
  const choices = [
    ...near,
    ...(random.chance(0.3) ? ["text", "character varying"] : []),
    ...(group === "text" && random.chance(0.1) ? TYPE_NAMES : []),
  ];
  const fit = choices.filter((name) => name !== builtIn || thing.userType !== undefined);
  if (fit.length === 0) return undefined;
  const enums = world.all("enum");
  const domains = world.all("domain").filter((domain) => domain.userType === undefined && domain.builtIn === builtIn);
  const target =
    group === "text" && enums.length > 0 && random.chance(0.1)
      ? { userType: random.pick(enums).id }
      : domains.length > 0 && random.chance(0.3)
        ? { userType: random.pick(domains).id }
        : { userType: undefined, builtIn: random.pick(fit) };
  const group2 = new Set([thing.id]);
  if (random.chance(0.8)) {
    for (let before = 0; before !== group2.size; ) {
      before = group2.size;
      for (const key of world.all("foreign key")) {
        const to = world.get("primary key", key.target) ?? world.get("unique", key.target)!;
        key.columns.forEach((id, index) => {
          if (group2.has(id)) group2.add(to.columns[index]!);
          if (group2.has(to.columns[index]!)) group2.add(id);
        });
      }
    }
  }
  return new World(
    world.things.map((one) =>
      group2.has(one.id) && one.kind === "column" ? { ...one, isArray: false, ...target } : one,
    ),
  );
}
