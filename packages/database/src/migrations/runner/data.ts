import { AsyncLocalStorage } from "node:async_hooks";
import type { Connection } from "../../connection/connection.ts";
import type { Result } from "../../connection/flight.ts";
import { DefinitionError } from "../../errors.ts";
import { templateText } from "../../query/sql.ts";
import type { BatchOptions, BatchWork, DataConnection } from "../operations/data.ts";
import { quoteName, quoteQualified, showName } from "../operations/identifier.ts";
import { literal } from "../operations/literal.ts";
import { splitStatements } from "../operations/split-statements.ts";
import type { Position } from "./log-table.ts";

/** What surrounds a data migration. */
export interface Surroundings {
  readonly connection: Connection;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (rows: number, total: number | undefined) => void;
  /** Told each statement of the migration's own before it is sent. */
  readonly onStatement?: (text: string) => void;
  /** Undefined: a transaction is open around it. */
  readonly stepwise?: Stepwise | undefined;
}

/** What surrounds a data migration of a revision that runs step by step. */
export interface Stepwise {
  /** Runs what belongs together in a transaction of its own. */
  together<T>(work: () => Promise<T>): Promise<T>;
  /** Notes how far it has come, in the transaction under way. */
  remember(position: Omit<Position, "title">): Promise<void>;
  /** How far an earlier run had come. */
  readonly resumeAt: Position | undefined;
  /** What an earlier run has walked is not what is walked now. */
  refuseToResume(): never;
}

/** A table as it is walked. */
interface Walked {
  readonly names: readonly string[];
  readonly total: number | undefined;
}

/** What `op.data` gives to a data migration. */
export class MigrationData implements DataConnection {
  readonly #around: Surroundings;
  #isEnded = false;
  #calls = 0;
  /** The walks that are done, in order. */
  readonly #passed: string[] = [];
  /** Whether what asks is the work that runs together just now. */
  readonly #inside = new AsyncLocalStorage<true>();
  /** Settles when the one before has ended. */
  #statements: Promise<unknown> = Promise.resolve();
  #walks: Promise<unknown> = Promise.resolve();

  constructor(around: Surroundings) {
    this.#around = around;
  }

  get signal(): AbortSignal | undefined {
    return this.#around.signal;
  }

  /** From now on it takes nothing: the migration has ended, although its function may still be at work. */
  end(): void {
    this.#isEnded = true;
  }

  async sql<T = Record<string, unknown>>(strings: TemplateStringsArray, ...values: readonly unknown[]): Promise<T[]> {
    const text = templateText(strings).reduce((before, part, index) => `${before}$${index}${part}`);
    splitStatements(text); // refuses what a revision refuses: ending the transaction, a COPY that waits for data
    const result = await this.#together(() => {
      this.#around.onStatement?.(text);
      return this.#query(text, values);
    });
    return objects(result) as T[];
  }

  /**
   * Keyset pagination: each batch begins behind the last key of the one before, so that a long table costs no more at its
   * end than at its beginning, and rows changed meanwhile are neither skipped nor seen twice as long as their keys stay.
   */
  async batches(options: BatchOptions, work: BatchWork): Promise<void> {
    const { size = 1000 } = options;
    if (!Number.isInteger(size) || size < 1) throw new DefinitionError("A batch's size is a whole number, at least 1.");
    // A walk inside a batch is repeated with that batch, so that nothing of it is remembered.
    if (this.#inside.getStore()) return this.#walk(options, size, work, undefined);
    const call = this.#calls++;
    const walk = this.#walks.then(() => this.#walk(options, size, work, call));
    this.#walks = walk.catch(() => {});
    return walk;
  }

  /** @param call its number among the walks that are remembered. */
  async #walk(options: BatchOptions, size: number, work: BatchWork, call: number | undefined): Promise<void> {
    const { table, columns, where } = options;
    const { names, total } = await this.#together(() => this.#describe(options));
    const keys = names.map(quoteName);
    const walk = `${quoteQualified(table)} by ${keys.join(", ")}${where === undefined ? "" : ` where ${where}`}`;
    const { stepwise } = this.#around;
    const resumeAt = stepwise?.resumeAt;
    const known = call === undefined ? undefined : resumeAt?.walks[call];
    if (known !== undefined && known !== walk) stepwise!.refuseToResume();
    const isUnderWay = known !== undefined && call === resumeAt!.walks.length - 1 && resumeAt!.after !== null;
    if (known !== undefined && !isUnderWay) {
      this.#passed.push(walk);
      return;
    }
    const text = (after: readonly string[] | null): string => {
      const conditions = [
        where === undefined ? "" : `(${where})`,
        after === null ? "" : `(${keys.join(", ")}) > (${keys.map((_, index) => `$${index + 1}`).join(", ")})`,
      ].filter((condition) => condition !== "");
      const seen = columns === undefined ? ["*"] : [...new Set([...keys, ...columns.map(quoteName)])];
      const selected = [...seen, ...keys.map((name, index) => `${name}::text as hypertroq_key_${index}`)];
      return (
        `select ${selected.join(", ")} from ${quoteQualified(table)}` +
        `${conditions.length === 0 ? "" : ` where ${conditions.join(" and ")}`} order by ${keys.join(", ")} limit ${size + 1}`
      );
    };
    let after = isUnderWay ? resumeAt!.after : null;
    for (let done = 0, more = true; more; ) {
      this.signal?.throwIfAborted();
      const from = after;
      const batch = await this.#together(async () => {
        const result = await this.#query(text(from), from ?? []);
        const [rows, [next]] = [result.rows.slice(0, size), result.rows.slice(size)];
        const [first, last] = [rows[0], rows.at(-1)].map((row) => row?.slice(-keys.length) as string[] | undefined);
        const isLast = next === undefined;
        // One row more is read, because the batch after this one would leave out what has the same key as its last row.
        if (next?.slice(-keys.length).every((value, index) => value === last?.[index])) {
          throw new DefinitionError(
            `Several rows of ${showName(table)} have the same key, ${keys.join(", ")}. Give one that tells them apart.`,
          );
        }
        if (first !== undefined && last !== undefined) {
          await work(objects({ columns: result.columns, rows }, keys.length), { key: names, first, last });
        }
        if (call !== undefined) {
          await stepwise?.remember({ walks: [...this.#passed, walk], after: isLast ? null : last! });
        }
        return { rows: rows.length, last, isLast };
      });
      done += batch.rows;
      if (batch.rows > 0) this.#around.onProgress?.(done, total);
      after = batch.last ?? null;
      more = !batch.isLast;
    }
    if (call !== undefined) this.#passed.push(walk);
  }

  /** The key's columns, and about how many rows there are (pg_class.reltuples). */
  async #describe({ table, key, where = "true" }: BatchOptions): Promise<Walked> {
    // Its name is no value, so that an error may say it.
    const { rows } = await this.#query(
      `select c.reltuples::float8,
              array(select a.attname::text
                    from pg_index i, unnest(i.indkey) with ordinality k (attnum, position)
                      join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
                    where i.indrelid = c.oid and i.indisprimary order by k.position),
              array(select attname::text from pg_attribute where attrelid = c.oid and not attnotnull and attnum > 0)
       from pg_class c where c.oid = ${literal(quoteQualified(table))}::regclass`,
      [],
    );
    const [estimate, primaryKey, nullable] = rows[0] as [number, readonly string[], readonly string[]];
    const names = key === undefined ? primaryKey : [key].flat();
    if (names.length === 0) {
      throw new DefinitionError(
        `${showName(table)} has no primary key. Say which columns its rows are told apart by: key: ["…"]`,
      );
    }
    const missing = names.filter((name) => nullable.includes(name)).map((name) => `${quoteName(name)} is null`);
    if (missing.length > 0) {
      const { rows: nulls } = await this.#query(
        `select exists (select from ${quoteQualified(table)} where (${where}) and (${missing.join(" or ")}))`,
        [],
      );
      if (nulls[0]?.[0] === true)
        throw new DefinitionError(`A row of ${showName(table)} has NULL in its key, ${names.join(", ")}.`);
    }
    return { names, total: estimate > 0 ? estimate : undefined };
  }

  /** One after another; what a batch's work asks for belongs to the batch. */
  async #together<T>(work: () => Promise<T>): Promise<T> {
    this.#refuseLate();
    if (this.#inside.getStore()) return work();
    const inside = (): Promise<T> => this.#inside.run(true, work);
    const { stepwise } = this.#around;
    const result = this.#statements.then(() => (stepwise === undefined ? inside() : stepwise.together(inside)));
    this.#statements = result.catch(() => {});
    return result;
  }

  #refuseLate(): void {
    if (this.#isEnded) throw new DefinitionError("The data migration has ended. Was an await forgotten?");
  }

  async #query(text: string, values: readonly unknown[]): Promise<Result> {
    this.#refuseLate();
    return this.#around.connection.query(text, values, this.signal);
  }
}

/** Rows as objects by the names of their columns, without the last `hidden` ones. */
function objects({ columns, rows }: Pick<Result, "columns" | "rows">, hidden = 0): Record<string, unknown>[] {
  const names = columns.slice(0, columns.length - hidden);
  return rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])));
}
