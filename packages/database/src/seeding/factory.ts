import { DefinitionError } from "../errors.ts";
import { addInstance } from "../model/writing.ts";
import { insert } from "../query/insert.ts";
import type { Executor } from "../query/query.ts";
import type { Inserted, Key } from "../query/row-types.ts";
import { tableOf, type Writable } from "../query/table.ts";

type Values = Readonly<Record<string, unknown>>;

/** A factory whose rows have a key that fits a column of this type. */
export interface KeyFactory<V> {
  readonly $key: NonNullable<V>;
}

/**
 * What a row is made from, by column: a value, or another factory, which makes a row of its own for it, whose primary key is
 * the value.
 */
export type FactoryValues<Row> = {
  readonly [K in keyof Inserted<Row>]: Inserted<Row>[K] | KeyFactory<Inserted<Row>[K]>;
};

/** Values that go before those of the definition, or what makes them of the row's number. */
export type FactoryOverrides<Row> = Partial<FactoryValues<Row>> | ((n: number) => Partial<FactoryValues<Row>>);

/** Makes rows of one model, for tests and for seeds. Immutable; made by `defineFactory`. */
export class Factory<Row extends object> {
  declare readonly $key: Key<Row>;
  readonly #model: Writable<Row>;
  readonly #layers: readonly FactoryOverrides<Row>[];
  /** Shared by all that come from one definition, so that no two rows have the same number. */
  readonly #sequence: { last: number };

  constructor(model: Writable<Row>, layers: readonly FactoryOverrides<Row>[], sequence = { last: 0 }) {
    this.#model = model;
    this.#layers = layers;
    this.#sequence = sequence;
  }

  /** A factory whose rows have these values besides: `const inactive = users.state({ isActive: false })`. */
  state(overrides: FactoryOverrides<Row>): Factory<Row> {
    return new Factory(this.#model, [...this.#layers, overrides], this.#sequence);
  }

  /**
   * A new instance that is not stored.
   *
   * @throws {DefinitionError} when a value is another factory, whose row would have to be stored first.
   */
  build(overrides: FactoryOverrides<Row> = {}): Row {
    return this.#instance(this.#plain(this.#values(overrides), "build()"));
  }

  /**
   * The values of so many rows, numbered from 1 each time, for a seed: `rows: ({ count }) => users.rows(count)`.
   *
   * @throws {DefinitionError} when a value is another factory.
   */
  *rows(count: number): Generator<Inserted<Row>, void, undefined> {
    for (let n = 1; n <= count; n++) yield this.#plain(this.#valuesOf(n, {}), "rows()") as unknown as Inserted<Row>;
  }

  /** Stores a new row, and rows of other factories before it where values are factories. Runs the models' hooks. */
  async create(db: Executor, overrides: FactoryOverrides<Row> = {}): Promise<Row> {
    const values = { ...this.#values(overrides) };
    for (const [property, value] of Object.entries(values)) {
      if (value instanceof Factory) values[property] = value.#keyOf(await value.create(db));
    }
    return await addInstance(this.#instance(values), db);
  }

  /**
   * Stores as many new rows in one statement, and one statement more for each factory among the values, which makes a row
   * for each of them. Like a repository's `createMany` it runs no hooks. The rows are in the order of their numbers.
   *
   * @throws {DefinitionError} when `count` is no whole number, 0 or more.
   */
  async createMany(db: Executor, count: number, overrides: FactoryOverrides<Row> = {}): Promise<Row[]> {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new DefinitionError(`createMany() takes how many rows there are to be, not ${count}.`);
    }
    if (count === 0) return [];
    const rows = Array.from({ length: count }, () => ({ ...this.#values(overrides) }));
    for (const [factory, places] of placesOf(rows)) {
      const created = await factory.createMany(db, places.length);
      for (const [i, { row, property }] of places.entries()) row[property] = factory.#keyOf(created[i]!);
    }
    return await db.all(insert(this.#model, rows as unknown as Inserted<Row>[]));
  }

  #plain(values: Values, caller: string): Values {
    const property = Object.keys(values).find((name) => values[name] instanceof Factory);
    if (property === undefined) return values;
    throw new DefinitionError(
      `${this.#model.name}.${property} is the key of another factory's row, which ${caller} does not store. Give it a ` +
        "value, or use create().",
    );
  }

  #values(overrides: FactoryOverrides<Row>): Values {
    return this.#valuesOf(++this.#sequence.last, overrides);
  }

  #valuesOf(n: number, overrides: FactoryOverrides<Row>): Values {
    const layers = [...this.#layers, overrides].map((layer) => (typeof layer === "function" ? layer(n) : layer));
    return Object.assign({}, ...layers);
  }

  #instance(values: Values): Row {
    return new (this.#model as unknown as new (values: Values) => Row)(values);
  }

  #keyOf(row: object): unknown {
    const [key, ...more] = tableOf(this.#model).primaryKey;
    if (key !== undefined && more.length === 0) return (row as Values)[key.property];
    throw new DefinitionError(
      `${this.#model.name} has no primary key of one column, so its factory is no value. Create the row, and give what is ` +
        "needed of it.",
    );
  }
}

/** Where in the rows which factories are. */
function placesOf(rows: readonly Record<string, unknown>[]) {
  const places = new Map<Factory<object>, { readonly row: Record<string, unknown>; readonly property: string }[]>();
  for (const row of rows) {
    for (const [property, value] of Object.entries(row)) {
      if (!(value instanceof Factory)) continue;
      const those = places.get(value);
      if (those === undefined) places.set(value, [{ row, property }]);
      else those.push({ row, property });
    }
  }
  return places;
}

/**
 * Says what a row of a model looks like, when nothing else is said of it.
 *
 * ```ts
 * const users = defineFactory(User, (n) => ({ email: `user${n}@example.com`, hashedPassword: "-" }));
 * const orders = defineFactory(Order, () => ({ userId: users, note: "two plates" }));
 *
 * const order = await orders.create(db, { note: "bench" }); // and a user for it
 * ```
 *
 * @param definition is given the number of the row, from 1 in each process: what is unique in the model is made of it.
 */
export function defineFactory<Row extends object>(
  model: Writable<Row>,
  definition: (n: number) => FactoryValues<Row>,
): Factory<Row> {
  return new Factory<Row>(model, [definition as FactoryOverrides<Row>]);
}
