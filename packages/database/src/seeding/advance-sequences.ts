import { sql } from "../query/sql.ts";
import type { Table, TableColumn } from "../query/table.ts";
import type { Fragment } from "../query/writer.ts";
import type { Session } from "../session/session.ts";

/**
 * Has sequences that belong to columns go on after the values that were given explicitly, or the next row would get one of
 * them. A sequence that is past them already stays where it is. Like nextval, this is not taken back by a rollback.
 *
 * @param staged the table that holds the rows.
 */
export async function advanceSequences(
  db: Session,
  table: Table,
  columns: readonly TableColumn[],
  staged: Fragment,
): Promise<void> {
  const numbers = columns.filter(({ type }) => ["smallint", "integer", "bigint"].includes(type));
  await Promise.all(
    numbers.map(({ name }) =>
      db.execute(sql`
        select setval(sequence, furthest)
        from (select seqrelid::regclass as sequence, seqincrement as step,
                     coalesce(pg_sequence_last_value(seqrelid), seqstart - seqincrement) as last,
                     (select case when seqincrement > 0 then max(${sql.id(name)}) else min(${sql.id(name)}) end::bigint
                      from ${staged}) as furthest
              from pg_sequence
              where seqrelid = pg_get_serial_sequence(${table.sql}, ${name})::regclass) as standing
        where (furthest - last) * sign(step) > 0`),
    ),
  );
}
