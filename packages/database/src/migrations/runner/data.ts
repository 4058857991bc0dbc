import type { Connection } from "../../connection/connection.ts";
import type { Result } from "../../connection/flight.ts";
import { DefinitionError } from "../../errors.ts";
import { templateText } from "../../query/sql.ts";
import { refuseUnfit } from "../../session/unfit-statements.ts";
import type { BatchOptions, DataConnection } from "../operations/data.ts";
import { quoteName, quoteQualified } from "../operations/identifier.ts";
import type { Position } from "./log-table.ts";

/** What surrounds the batches of a data migration. */
export interface Surroundings {
  readonly connection: Connection;
  readonly signal: AbortSignal | undefined;
  /** Runs what belongs together: in a transaction of its own, or as it is where one is open. */
  together<T>(work: () => Promise<T>): Promise<T>;
  /** Notes how far it has come, in the transaction under way. */
  remember(position: Position): Promise<void>;
  /** How far an earlier run had come. */
  readonly resumeAt: Position | undefined;
  onProgress(rows: number, total: number | undefined): void;
}

/** What `op.data` gives to a data migration. */
export class MigrationData implements DataConnection {
  readonly #around: Surroundings;
  #calls = 0;
  #isTogether = false;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  get signal(): AbortSignal | undefined {
    return this.#around.signal;
  }

  async sql<T = Record<string, unknown>>(strings: TemplateStringsArray, ...values: readonly unknown[]): Promise<T[]> {
    const text = templateText(strings).reduce((before, part, index) => `${before}$${index}${part}`);
    refuseUnfit(text);
    return objects(await this.#together(() => this.#query(text, values))) as T[];
  }

  /**
   * Keyset pagination: each batch begins behind the last key of the one before, so that a long table costs no more at its
   * end than at its beginning, and rows changed meanwhile are neither skipped nor seen twice as long as their keys stay.
   */
  async batches(
    { table, key, columns, where, size = 1000 }: BatchOptions,
    work: (rows: readonly Record<string, unknown>[]) => Promise<void>,
  ): Promise<void> {
    if (!Number.isInteger(size) || size < 1) throw new DefinitionError("A batch's size is a whole number, at least 1.");
    const call = this.#calls++;
    const { resumeAt } = this.#around;
    if (resumeAt !== undefined && call < resumeAt.call) return;
    const { keys, total } = await this.#describe(table, key);
    const text = (after: readonly string[] | null): string => {
      const conditions = [
        where === undefined ? "" : `(${where})`,
        after === null ? "" : `(${keys.join(", ")}) > (${keys.map((_, index) => `$${index + 1}`).join(", ")})`,
      ].filter((condition) => condition !== "");
      const seen = columns === undefined ? ["*"] : [...new Set([...keys, ...columns.map(quoteName)])];
      const selected = [...seen, ...keys.map((name, index) => `${name}::text as hypertroq_key_${index}`)];
      return (
        `select ${selected.join(", ")} from ${quoteQualified(table)}` +
        `${conditions.length === 0 ? "" : ` where ${conditions.join(" and ")}`} order by ${keys.join(", ")} limit ${size}`
      );
    };
    let after = resumeAt?.call === call ? resumeAt.after : null;
    for (let done = 0, more = true; more; ) {
      this.signal?.throwIfAborted();
      const from = after;
      const batch = await this.#together(async () => {
        const result = await this.#query(text(from), from ?? []);
        const last = result.rows.at(-1)?.slice(-keys.length) as string[] | undefined;
        if (last !== undefined) await work(objects(result, keys.length));
        const isLast = result.rows.length < size;
        await this.#around.remember(isLast ? { call: call + 1, after: null } : { call, after: last! });
        return { rows: result.rows.length, last, isLast };
      });
      done += batch.rows;
      if (batch.rows > 0) this.#around.onProgress(done, total);
      after = batch.last ?? null;
      more = !batch.isLast;
    }
  }

  /** The key's quoted columns, and about how many rows there are (pg_class.reltuples). */
  async #describe(
    table: string,
    key: string | readonly string[] | undefined,
  ): Promise<{ keys: readonly string[]; total: number | undefined }> {
    const { rows } = await this.#together(() =>
      this.#query(
        `select c.reltuples::float8, array(
           select a.attname::text
           from pg_index i, unnest(i.indkey) with ordinality k (attnum, position)
             join pg_attribute a on a.attrelid = $1::regclass and a.attnum = k.attnum
           where i.indrelid = $1::regclass and i.indisprimary order by k.position)
         from pg_class c where c.oid = $1::regclass`,
        [quoteQualified(table)],
      ),
    );
    const [estimate, primaryKey] = rows[0] as [number, readonly string[]];
    const names = key === undefined ? primaryKey : [key].flat();
    if (names.length === 0) {
      throw new DefinitionError(
        `${table} has no primary key. Say which columns its rows are told apart by: key: ["…"]`,
      );
    }
    return { keys: names.map(quoteName), total: estimate > 0 ? estimate : undefined };
  }

  /** A batch is one already: what its work asks for belongs to it. */
  async #together<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isTogether) return work();
    this.#isTogether = true;
    try {
      return await this.#around.together(work);
    } finally {
      this.#isTogether = false;
    }
  }

  #query(text: string, values: readonly unknown[]): Promise<Result> {
    return this.#around.connection.query(text, values, this.signal);
  }
}

/** Rows as objects by the names of their columns, without the last `hidden` ones. */
function objects({ columns, rows }: Result, hidden = 0): Record<string, unknown>[] {
  const names = columns.slice(0, columns.length - hidden);
  return rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])));
}
