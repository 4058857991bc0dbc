import { columnPath } from "./column-clause.ts";
import type { BatchRange, DataConnection } from "./data.ts";
import { type Name, quoteList, quoteName, quoteQualified } from "./identifier.ts";
import { checkOptions, checkSql, names, whole } from "./options.ts";
import type { Renderers } from "./rendered.ts";

export interface FillOperations {
  /**
   * UPDATE … SET column = value WHERE column IS NULL, in batches by the primary key: `op.fillColumn("orders", "code",
   * "gen_random_uuid()")`. The value is SQL, and is computed for each row. With `transaction = false` each batch is a
   * transaction of its own, and a run that was killed goes on with the batch after it. Triggers fire as for any UPDATE.
   * `key`: columns, unique together and never NULL, in place of the primary key. `size`: rows in a batch; default 1000.
   * Taken back, the values stay.
   */
  fillColumn(
    table: Name,
    column: string,
    value: string,
    options?: { readonly key?: readonly string[] | undefined; readonly size?: number | undefined },
  ): void;
}

export const FILL: Renderers<FillOperations> = {
  fillColumn(table, column, value, options = {}) {
    const { key, size } = checkOptions("It", options, { key: names, size: whole });
    const isEmpty = `${quoteName(column)} is null`;
    const update = `update ${quoteQualified(table)} set ${quoteName(column)} = ${checkSql("The value", value)} where ${isEmpty}`;
    const batches = {
      table,
      columns: [],
      where: isEmpty,
      ...(key === undefined ? {} : { key }),
      ...(size === undefined ? {} : { size }),
    };
    return {
      subject: columnPath(table, column),
      statements: [],
      run: (db) => db.batches(batches, (_, range) => updateRange(db, update, range)),
      reverse: () => {},
    };
  },
};

/** From the first row of a batch to its last. */
async function updateRange(db: DataConnection, update: string, { key, first, last }: BatchRange): Promise<void> {
  const values = [...first, ...last];
  const columns = quoteList(key);
  const texts = values.map((_, index) => {
    if (index === 0) return `${update} and (${columns}) >= (`;
    return index === first.length ? `) and (${columns}) <= (` : ", ";
  });
  await db.sql(Object.assign([...texts, ")"], { raw: texts }), ...values);
}
