import type { StoredRow } from "../query/table.ts";

/** Lets a class add private fields to an object that another one has made. */
class Given {
  constructor(instance: object) {
    // biome-ignore lint/correctness/noConstructorReturn: what a derived class initializes is what this returns.
    return instance;
  }
}

/**
 * What the database last said of an instance, kept in a private field of it: nobody sees it, no copy of the instance has
 * it, and it costs a tenth of an entry in a WeakMap, whose every entry the garbage collector has to look at.
 */
class State extends Given {
  #row: StoredRow | undefined;

  constructor(instance: object, row: StoredRow) {
    super(instance);
    this.#row = row;
  }

  static rowOf(instance: object): StoredRow | undefined {
    return #row in instance ? instance.#row : undefined;
  }

  static remember(instance: object, row: StoredRow | undefined): void {
    if (#row in instance) instance.#row = row;
    else if (row !== undefined) new State(instance, row);
  }
}

/** The names of relations that were loaded with an instance. */
class Relations extends Given {
  #names: readonly string[];

  constructor(instance: object) {
    super(instance);
    this.#names = [];
  }

  static namesOf(instance: object): readonly string[] {
    return #names in instance ? instance.#names : [];
  }

  static add(instance: object, name: string): void {
    const relations = (#names in instance ? instance : new Relations(instance)) as Relations;
    if (!relations.#names.includes(name)) relations.#names = [...relations.#names, name];
  }
}

/** Notes what the database says of an instance that has just been made of it. */
export function stamp<Row extends object>(instance: Row, row: StoredRow): Row {
  return new State(instance, row) as unknown as Row;
}

/** What the database last said of the instance; undefined when it is not stored. */
export const rowOf = State.rowOf;

/** Notes what the database says of the instance now; undefined: it is not stored. */
export const remember = State.remember;

export const relationsOf = Relations.namesOf;

/** Gives the instance what was loaded of a relation. */
export function relate(instance: object, name: string, value: unknown): void {
  (instance as Record<string, unknown>)[name] = value;
  Relations.add(instance, name);
}
