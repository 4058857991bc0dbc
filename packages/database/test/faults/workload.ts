import { setTimeout as sleep } from "node:timers/promises";
import {
  type DatabaseManager,
  errors,
  insert,
  integer,
  Model,
  type Session,
  type SessionOptions,
  select,
} from "../../src/index.ts";
import { Random } from "./random.ts";

/** A row is a number. No key forbids it twice: a write that is sent again shows. */
export class Entry extends Model.define({ number: integer() }) {
  static override readonly table: string = "entries";
}

export const ENTRIES = "create table entries (number integer not null)";

/** One unit of work, and what its writer was told. */
export interface Unit {
  readonly kind: string;
  /** All of them are there, or none. */
  readonly numbers: readonly number[];
  /** Rolled back inside the unit: never there. */
  readonly undone: readonly number[];
  /** Whether a session kept track of its outcome, so that it can be found out. */
  readonly isTracked: boolean;
  readonly outcome: "acknowledged" | "failed" | "unknown";
  readonly error: unknown;
  /** When it began and was settled, as by performance.now(). */
  readonly from: number;
  readonly to: number;
}

/** What a unit is given: its numbers are asked for one by one, and what it does with them it writes down. */
interface Plan {
  readonly manager: DatabaseManager;
  readonly options: SessionOptions;
  readonly numbers: number[];
  readonly undone: number[];
  next(): number;
  /** Pauses for as long as an application computes between two statements. */
  think(): Promise<void>;
}

class OwnFailure extends Error {}

const add = (db: Session, number: number): Promise<Entry> => db.add(new Entry({ number }));

/** The ways to write. Those that run a callback again write the same numbers again. */
const KINDS: Readonly<Record<string, (plan: Plan) => Promise<unknown>>> = {
  "one statement": ({ manager, numbers, options, next }) => {
    numbers.push(next());
    return manager.session((db) => add(db, numbers[0]!), options);
  },
  "three statements": ({ manager, numbers, options, next, think }) => {
    numbers.push(next(), next(), next());
    return manager.session(async (db) => {
      for (const number of numbers) {
        await add(db, number);
        await think();
      }
    }, options);
  },
  "statements together": ({ manager, numbers, options, next }) => {
    numbers.push(next(), next(), next());
    return manager.session((db) => Promise.all(numbers.map((number) => add(db, number))), options);
  },
  "a read, then a write": ({ manager, numbers, options, next, think }) => {
    numbers.push(next());
    return manager.session(async (db) => {
      await db.first(select(Entry).where(Entry.c.number.eq(1)));
      await think();
      await add(db, numbers[0]!);
    }, options);
  },
  "by hand": ({ manager, numbers, options, next }) => {
    numbers.push(next());
    return manager.session((db) => db.sql`insert into entries values (${numbers[0]})`, options);
  },
  savepoints: ({ manager, numbers, undone, options, next, think }) => {
    numbers.push(next(), next());
    undone.push(next());
    return manager.session(async (db) => {
      await add(db, numbers[0]!);
      await think();
      await db.transaction(() => add(db, numbers[1]!));
      await undo(db, undone[0]!);
    }, options);
  },
  retry: ({ manager, numbers, options, next, think }) => {
    numbers.push(next(), next());
    return manager.retry(async (db) => {
      for (const number of numbers) {
        await add(db, number);
        await think();
      }
    }, options);
  },
  "outside a session": ({ manager, numbers, next }) => {
    numbers.push(next());
    return manager.execute(insert(Entry, { number: numbers[0]! }));
  },
  "two rows outside a session": ({ manager, numbers, next }) => {
    numbers.push(next(), next());
    const rows = numbers.map((number) => ({ number }));
    return manager.execute(insert(Entry, rows));
  },
  "a failure of its own": ({ manager, numbers, options, next, think }) => {
    numbers.push(next());
    return manager.session(async (db) => {
      await add(db, numbers[0]!);
      await think();
      throw new OwnFailure("changed my mind");
    }, options);
  },
  aborted: async ({ manager, numbers, options, next, think }) => {
    numbers.push(next(), next());
    const abort = new AbortController();
    void think().then(() => abort.abort(new OwnFailure("aborted")));
    const work = async (db: Session): Promise<void> => {
      for (const number of numbers) {
        await add(db, number);
        await think();
      }
    };
    try {
      return await manager.session(work, { ...options, signal: abort.signal });
    } catch (error) {
      throw error instanceof errors.QueryCanceled ? new OwnFailure("aborted", { cause: error }) : error;
    }
  },
};

/** A savepoint whose work is rolled back; only its own failure is caught. */
async function undo(db: Session, number: number): Promise<void> {
  try {
    await db.transaction(async () => {
      await add(db, number);
      throw new OwnFailure("not this one");
    });
  } catch (error) {
    if (!(error instanceof OwnFailure)) throw error;
  }
}

/** Writers and readers that go on until they are told to stop, and a ledger of what they were told. */
export class Workload {
  readonly units: Unit[] = [];
  readonly readErrors: unknown[] = [];
  reads = 0;
  readonly #manager: DatabaseManager;
  readonly #random: Random;
  readonly #running: Promise<void>[] = [];
  /** When the fault began and when it was over, as by performance.now(). */
  faultFrom = 0;
  faultTo = Number.POSITIVE_INFINITY;
  /** When each writer first had a unit acknowledged after the fault. */
  readonly #recovered: (number | undefined)[] = [];
  #number = 0;
  #isStopping = false;

  constructor(manager: DatabaseManager, seed: number) {
    this.#manager = manager;
    this.#random = new Random(seed);
  }

  start(writers: number, readers: number): void {
    for (let writer = 0; writer < writers; writer++) this.#running.push(this.#write(writer));
    for (let reader = 0; reader < readers; reader++) this.#running.push(this.#read());
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#running);
  }

  acknowledged(): number {
    return this.units.filter(({ outcome }) => outcome === "acknowledged").length;
  }

  /** When every writer had had a unit acknowledged after the fault; undefined while one has not. */
  recoveredAt(): number | undefined {
    const moments = this.#recovered.filter((at) => at !== undefined);
    return moments.length === this.#recovered.length ? Math.max(...moments) : undefined;
  }

  async #write(writer: number): Promise<void> {
    this.#recovered[writer] = undefined;
    while (!this.#isStopping) {
      const unit = await this.#unit();
      this.units.push(unit);
      if (unit.outcome === "acknowledged" && unit.to > this.faultTo) this.#recovered[writer] ??= unit.to;
      await sleep(unit.outcome === "acknowledged" ? this.#random.between(0, 3) : 20);
    }
  }

  async #unit(): Promise<Unit> {
    const kind = this.#random.pick(Object.keys(KINDS));
    const trackOutcome = this.#random.next() < 0.5;
    const plan: Plan = {
      manager: this.#manager,
      options: { trackOutcome },
      numbers: [],
      undone: [],
      next: () => ++this.#number,
      think: () => sleep(this.#random.between(0, 4)),
    };
    const from = performance.now();
    const settled = (outcome: Unit["outcome"], error?: unknown): Unit => ({
      kind,
      numbers: plan.numbers,
      undone: plan.undone,
      isTracked: kind === "retry" || (trackOutcome && !kind.endsWith("outside a session")),
      outcome,
      error,
      from,
      to: performance.now(),
    });
    try {
      await KINDS[kind]!(plan);
      return settled("acknowledged");
    } catch (error) {
      return settled(error instanceof errors.CommitOutcomeUnknown ? "unknown" : "failed", error);
    }
  }

  async #read(): Promise<void> {
    while (!this.#isStopping) {
      try {
        await this.#manager.session((db) => db.first(select(Entry).where(Entry.c.number.eq(1))));
      } catch (error) {
        this.readErrors.push(error);
      }
      this.reads += 1;
      await sleep(this.#random.between(0, 3));
    }
  }
}

/** Whether the writer itself wanted its unit to fail. */
export function isOwn(error: unknown): boolean {
  return error instanceof OwnFailure;
}

/** Whether a fault may well lead to this; anything else is a mistake of the layer's. */
export function isExpected(error: unknown): boolean {
  return (
    error === undefined ||
    isOwn(error) ||
    error instanceof errors.ConnectionLost ||
    error instanceof errors.ConnectionFailed ||
    error instanceof errors.PoolTimeout
  );
}
