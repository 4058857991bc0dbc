import { DefinitionError } from "../errors.ts";
import type { ColumnName, Inserted } from "../query/row-types.ts";
import { columnOf, isMapped, type Mapped, tableOf, type Writable } from "../query/table.ts";
import type { Session } from "../session/session.ts";
import type { Random } from "./random.ts";

/** Rows one after another, as `insert` takes them. */
export type SeedRows<Row> = Iterable<Inserted<Row>> | AsyncIterable<Inserted<Row>>;

/** What a function that makes rows is given. */
export interface SeedContext {
  /** The transaction of the whole run. To be used before the first row is given; after it the rows' COPY has it for itself. */
  readonly db: Session;
  /** Numbers that are the same in every run, whichever other seeds run along. */
  readonly random: Random;
  /** The same moment in every run: 2026-01-01, 00:00 UTC. */
  readonly now: Date;
  /** How many rows are wanted: the seed's `count`, or what was asked for instead; 0 when the seed has none. */
  readonly count: number;
  readonly environment: string;
  /** Has something told once everything is stored for good: a password that was made, for one. Nothing after a dry run. */
  note(text: string): void;
}

/** Options of {@link defineSeed}. */
export interface SeedOptions<Row> {
  /** Default: the table's name. Unique among the seeds of a run. */
  readonly name?: string | undefined;
  /**
   * Reference data is what the application needs everywhere; development data is made up, and refused where others depend on
   * the data.
   */
  readonly kind: "reference" | "development";
  /** The natural key: columns of a unique index, by which a row is the same as one that is there. */
  readonly on: readonly ColumnName<Row>[];
  /** Columns that only new rows get; in a row that is there they stay as they are. */
  readonly keep?: readonly ColumnName<Row>[] | undefined;
  /** Seeds whose rows these refer to: they come first. */
  readonly after?: readonly Seed[] | undefined;
  /** How many rows the function makes when nothing else is said. */
  readonly count?: number | undefined;
  /** The rows, or a function that makes them anew in each run. */
  readonly rows: readonly Inserted<Row>[] | ((seed: SeedContext) => SeedRows<Row> | Promise<SeedRows<Row>>);
}

/** Rows that a table shall have; made by `defineSeed`. */
export interface Seed {
  readonly name: string;
  readonly kind: "reference" | "development";
  readonly model: Mapped<unknown>;
  /** By property, as the others. */
  readonly on: readonly string[];
  readonly keep: readonly string[];
  readonly after: readonly Seed[];
  readonly count: number | undefined;
  /** How many rows there are, when that is known before. */
  readonly size: number | undefined;
  /** Makes its rows. */
  rows(seed: SeedContext): Promise<SeedRows<unknown>>;
}

/**
 * Says which rows a table shall have. `seed` stores them: rows that are not there are added, rows that are there, by their
 * natural key, get the values that the seed gives, and others stay alone.
 *
 * ```ts
 * export const plans = defineSeed(Plan, {
 *   kind: "reference",
 *   on: ["code"],
 *   rows: [{ code: "free", title: "Free" }, { code: "pro", title: "Pro" }],
 * });
 * ```
 *
 * @throws {DefinitionError} when `on` or `keep` names no column, or `count` is no whole number.
 */
export function defineSeed<Row>(model: Writable<Row>, options: SeedOptions<Row>): Seed {
  if (!isMapped(model)) throw new DefinitionError("defineSeed takes a model, and then what its rows are.");
  const table = tableOf(model as Writable<Row>);
  const { name = table.name, kind, on, keep = [], after = [], count, rows } = options;
  if (kind !== "reference" && kind !== "development") {
    throw new DefinitionError(`The seed ${name} must say its kind: "reference" or "development".`);
  }
  if (!Array.isArray(on) || on.length === 0) {
    throw new DefinitionError(`The seed ${name} needs the columns of a unique index: { on: ["column"] }.`);
  }
  for (const property of [...on, ...keep]) columnOf(table, property);
  if (count !== undefined) checkCount(count);
  if (!Array.isArray(rows) && typeof rows !== "function") {
    throw new DefinitionError(
      `The rows of the seed ${name} are an array, or a function that gives them anew in each run.`,
    );
  }
  return {
    name,
    kind,
    model,
    on,
    keep,
    after,
    count,
    size: typeof rows === "function" ? undefined : rows.length,
    rows: async (seed) => (typeof rows === "function" ? await rows(seed) : rows),
  };
}

/** @throws {DefinitionError} when it is no number of rows. */
export function checkCount(count: number): void {
  if (Number.isSafeInteger(count) && count >= 0) return;
  throw new DefinitionError(`The count of a seed is how many rows there are to be, not ${count}.`);
}
