import { isRange } from "./settle.ts";
import { nameOf, quoted, sqlValue } from "./sql.ts";
import { isCastable } from "./types.ts";
import type { ColumnObject, Id, World } from "./world.ts";

/*
 * Rows for the tables of the first of two worlds, where the way to the other and back is one that rows can take: no column
 * comes that must have a value and has none, no constraint that they do not hold.
 */

const COUNT = 3;

/** What holds rows: a table, or a partition with the columns of its parent. */
export interface Unit {
  readonly id: Id;
  readonly table: Id;
  /** The value of the key that it is partitioned by. */
  readonly key: number | undefined;
}

export class Rows {
  readonly units: readonly Unit[];
  readonly #from: World;
  readonly #to: World;

  constructor(from: World, to: World) {
    this.#from = from;
    this.#to = to;
    const wanted = from.all("table", "partition").flatMap((thing): Unit[] => {
      if (thing.kind === "partition") {
        const isWanted = from.get("table", thing.parent)!.hasRows;
        return isWanted ? [{ id: thing.id, table: thing.parent, key: thing.slot ?? 99 }] : [];
      }
      return thing.hasRows && thing.partitionBy === undefined
        ? [{ id: thing.id, table: thing.id, key: undefined }]
        : [];
    });
    let units: readonly Unit[] = wanted;
    for (let before = -1; before !== units.length; ) {
      before = units.length;
      const filled = new Set(units.map(({ id }) => id));
      units = units.filter((unit) => this.#isPossible(unit, filled));
    }
    this.units = units;
  }

  /** Puts them in. */
  insert(): readonly string[] {
    const inserts = this.units.map((unit) => {
      const columns = this.#from.columnsOf(unit.table).filter((column) => column.columns === undefined);
      const table = this.#from.get("table", unit.table)!;
      const names = [
        ...(unit.key === undefined ? [] : [quoted(table.key)]),
        ...columns.map(({ name }) => quoted(name)),
      ];
      const rows = Array.from({ length: COUNT }, (_, row) => {
        const values = columns.map((column) => (this.#isNull(column, row) ? "null" : this.#value(column, row)));
        return `(${[...(unit.key === undefined ? [] : [unit.key]), ...values].join(", ")})`;
      });
      const into = nameOf(this.#from, unit.id);
      return names.length === 0
        ? `insert into ${into} default values`
        : `insert into ${into} (${names.join(", ")}) overriding system value values ${rows.join(", ")}`;
    });
    return inserts.length === 0 ? [] : ["set session_replication_role = replica", ...inserts];
  }

  /** Queries for what rows shall still hold afterwards. `isBefore`: asked of the first side, cast as it will be. */
  questions(isBefore: boolean): readonly string[] {
    return this.#surviving().map(({ unit, columns }) => {
      const values = columns.map(({ was, now }) => {
        const [from, to] = [this.#from.builtInOf(was), this.#to.builtInOf(now)];
        const name = quoted(was.name);
        return isBefore && from !== to && to !== undefined ? `${name}::${to}::text` : `${name}::text`;
      });
      return this.#question(unit, values);
    });
  }

  /** Queries for what has not been touched, and is there before and after the whole way. */
  untouched(): readonly string[] {
    return this.#surviving().map(({ unit, columns }) => {
      const same = columns.filter(({ was, now }) => this.#typeOf(this.#from, was) === this.#typeOf(this.#to, now));
      return this.#question(
        unit,
        same.map(({ was }) => `${quoted(was.name)}::text`),
      );
    });
  }

  #question(unit: Unit, values: readonly string[]): string {
    return `select array[${values.join(", ")}]::text[]::text from only ${nameOf(this.#from, unit.id)} order by 1`;
  }

  #surviving(): readonly { readonly unit: Unit; readonly columns: readonly Pair[] }[] {
    return this.units
      .filter(({ id }) => this.#to.has(id))
      .map((unit) => ({
        unit,
        columns: this.#from.columnsOf(unit.table).flatMap((was) => {
          const now = this.#to.get("column", was.id);
          if (now === undefined || was.columns !== undefined) return [];
          const composite = this.#from.get("composite", was.userType);
          const isChanged = composite !== undefined && this.#to.get("composite", composite.id) !== composite;
          return isChanged ? [] : [{ was, now }];
        }),
      }));
  }

  #value(column: ColumnObject, row: number): string {
    const list = this.#from.enumOf(column);
    if (list !== undefined) return `'${this.#enumValue(list.id)!.replaceAll("'", "''")}'`;
    const composite = this.#from.get("composite", column.userType);
    return composite === undefined
      ? sqlValue(this.#from, column, row)
      : `'(${",".repeat(composite.attributes.length - 1)})'`;
  }

  /** One that both sides have and no condition speaks of. */
  #enumValue(id: Id): string | undefined {
    const [was, now] = [this.#from, this.#to].map((world) => world.get("enum", id)?.values);
    const isFit = (values: readonly string[], value: string): boolean =>
      values.includes(value) && (values.length === 1 || values.at(-1) !== value);
    return was!.find((value) => isFit(was!, value) && isFit(now ?? was!, value));
  }

  #isNull({ id, nullable }: ColumnObject, row: number): boolean {
    if (row !== 1 || !nullable || id % 2 === 0) return false;
    return [this.#from, this.#to].every((world) => {
      const column = world.get("column", id);
      if (column === undefined) return true;
      const isUsed = world
        .all("primary key", "unique", "index", "foreign key", "exclusion")
        .some((one) => one.columns.includes(id));
      return (
        column.nullable &&
        !isUsed &&
        column.identity === undefined &&
        world.get("domain", column.userType)?.notNull !== true
      );
    });
  }

  #typeOf(world: World, column: ColumnObject): string {
    return world.builtInOf(column) ?? `${column.userType}${column.isArray}`;
  }

  #isPossible(unit: Unit, filled: ReadonlySet<Id>): boolean {
    const [from, to] = [this.#from, this.#to];
    const isEnumFine = ({ userType }: ColumnObject): boolean => {
      const list = from.get("enum", userType) ?? from.get("enum", from.get("domain", userType)?.userType);
      return list === undefined || this.#enumValue(list.id) !== undefined;
    };
    const before = from.columnsOf(unit.table);
    if (!before.every(isEnumFine)) return false;
    if (!to.has(unit.id)) return true;
    const isLost = (column: ColumnObject, world: World, other: World): boolean =>
      !other.has(column.id) && isRequired(world, column) && stateOf(world, other, column) === "null";
    return (
      before.every((was) => {
        const now = to.get("column", was.id);
        return now === undefined ? !isLost(was, from, to) : this.#isCast(was, now);
      }) &&
      to.columnsOf(unit.table).every((column) => !isLost(column, to, from)) &&
      [from, to].every((world, index) => this.#isKept(unit, world, index === 0 ? to : from, filled))
    );
  }

  #isCast(was: ColumnObject, now: ColumnObject): boolean {
    const [one, other] = [this.#typeOf(this.#from, was), this.#typeOf(this.#to, now)];
    if (one === other) return true;
    const [from, to] = [this.#from.builtInOf(was), this.#to.builtInOf(now)];
    if (to === undefined) return false;
    return from === undefined ? ["text", "character varying"].includes(to) : isCastable(from, to);
  }

  /** Whether rows hold the constraints of a world, also where they have come from the other one. */
  #isKept({ table }: Unit, world: World, other: World, filled: ReadonlySet<Id>): boolean {
    const state = (id: Id): State => stateOf(world, other, world.get("column", id)!);
    const isDistinct = (columns: readonly Id[]): boolean =>
      columns.some((id) => {
        if (state(id) === "serial") return true;
        if (state(id) !== "values") return false;
        const there = other.get("column", id)!;
        return other.isKey(there) || isRange(there);
      });
    for (const one of world.all("primary key", "unique", "index", "exclusion")) {
      if (one.table !== table || (one.kind === "index" && !one.isUnique)) continue;
      const isFree = one.kind !== "primary key" && !("options" in one && one.options.includes("nulls"));
      if (!isDistinct(one.columns) && !(isFree && one.columns.some((id) => state(id) === "null"))) return false;
    }
    for (const one of world.all("foreign key")) {
      if (one.table !== table || one.columns.some((id) => state(id) === "null")) continue;
      const target = world.get("primary key", one.target) ?? world.get("unique", one.target)!;
      if (!filled.has(target.table) || !other.has(target.table)) return false;
      const isSame = one.columns.every((id, index) => {
        const to = target.columns[index]!;
        if (state(id) !== "values" || state(to) !== "values") return false;
        return other.builtInOf(other.get("column", id)!) === other.builtInOf(other.get("column", to)!);
      });
      if (!isSame) return false;
    }
    return true;
  }
}

interface Pair {
  readonly was: ColumnObject;
  readonly now: ColumnObject;
}

type State = "values" | "serial" | "constant" | "null";

/** What the rows have in a column of a world, when it has come from the other one. */
function stateOf(world: World, other: World, column: ColumnObject): State {
  if (other.has(column.id)) return "values";
  if (column.columns !== undefined) return "constant";
  if (column.identity !== undefined || column.next !== undefined) return "serial";
  const domain = world.get("domain", column.userType);
  const isGiven = column.default !== undefined || column.calls !== undefined || domain?.default !== undefined;
  return isGiven ? "constant" : "null";
}

function isRequired(world: World, column: ColumnObject): boolean {
  const isKeyed = world.all("primary key").some(({ columns }) => columns.includes(column.id));
  return !column.nullable || isKeyed || world.get("domain", column.userType)?.notNull === true;
}
