import { type Name, quoteQualified, showName } from "./identifier.ts";
import { checkOptions, checkSql, flag, text } from "./options.ts";
import { type Renderers, when } from "./rendered.ts";

export interface PartitionOperations {
  /** ALTER TABLE … ATTACH PARTITION. The bound is SQL: `for values from ('2026-01-01') to ('2026-02-01')`, `default`. */
  attachPartition(table: Name, partition: Name, bound: string): void;
  /**
   * ALTER TABLE … DETACH PARTITION; the partition stays as a table. `concurrently` locks readers and writers out of
   * neither, runs outside a transaction, and leaves a check of the bound behind. `was`: its bound.
   */
  detachPartition(
    table: Name,
    partition: Name,
    options?: { readonly concurrently?: boolean | undefined; readonly was?: string | undefined },
  ): void;
  /** ALTER TABLE … INHERIT. */
  addParent(table: Name, parent: Name): void;
  /** ALTER TABLE … NO INHERIT. Columns that the table had from the parent alone are its own then, and stay so. */
  removeParent(table: Name, parent: Name): void;
}

export const PARTITION: Renderers<PartitionOperations> = {
  attachPartition(table, partition, bound) {
    const sql = checkSql("The bound", bound);
    return {
      subject: showName(partition),
      statements: [`alter table ${quoteQualified(table)} attach partition ${quoteQualified(partition)} ${sql}`],
      reverse: (op) => op.detachPartition(table, partition, { was: bound }),
    };
  },

  detachPartition(table, partition, options = {}) {
    const { concurrently, was } = checkOptions("It", options, { concurrently: flag, was: text });
    const [parent, part] = [quoteQualified(table), quoteQualified(partition)];
    const detach = `alter table ${parent} detach partition ${part}`;
    return {
      subject: showName(partition),
      statements: [`${detach}${when(concurrently, "concurrently")}`],
      reverse: was === undefined ? undefined : (op) => op.attachPartition(table, partition, was),
      recovery: concurrently
        ? { kind: "detachPartition", table: parent, partition: part, finalize: `${detach} finalize` }
        : undefined,
    };
  },

  addParent(table, parent) {
    return {
      subject: showName(table),
      statements: [`alter table ${quoteQualified(table)} inherit ${quoteQualified(parent)}`],
      reverse: (op) => op.removeParent(table, parent),
    };
  },

  removeParent(table, parent) {
    return {
      subject: showName(table),
      statements: [`alter table ${quoteQualified(table)} no inherit ${quoteQualified(parent)}`],
      reverse: (op) => op.addParent(table, parent),
    };
  },
};
