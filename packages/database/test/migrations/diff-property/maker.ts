import type { Random } from "./random.ts";
import { BUILT_IN, TYPE_NAMES } from "./types.ts";
import type { ColumnObject, FunctionObject, Id, Thing, World } from "./world.ts";

/*
 * What random objects are made with.
 */

export type Make = (maker: Maker, world: World) => Thing | undefined;

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

export const SEQUENCES = ["", "increment 5", "as smallint cycle", "start 100 cache 7", "minvalue -3 maxvalue 500"];

export function isPartitioned(world: World, table: Id): boolean {
  return world.get("table", table)?.partitionBy !== undefined;
}

export function columnsOf(world: World, table: Id): readonly Id[] {
  return world.columnsOf(table).map(({ id }) => id);
}

export function pickTable({ random }: Maker, world: World): Id | undefined {
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
export function pickPart(
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

export function makeKey(
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

export function makeColumn(maker: Maker, world: World, table: Id): ColumnObject {
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
