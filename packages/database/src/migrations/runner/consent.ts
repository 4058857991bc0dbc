import type { Connection } from "../../connection/connection.ts";
import { ConsentNeeded, type RevisionLosses } from "../errors.ts";
import { quoteName, quoteQualified } from "../operations/identifier.ts";
import type { Loss } from "../operations/step.ts";
import { canLose } from "../operations/type-change.ts";

/** Rows are counted up to here; whoever decides does not need to know more exactly, and a large table takes long. */
const COUNTED = 10_000;

/** What would be lost, and how much of it. */
export interface CountedLoss extends Loss {
  /** Rows that hold it, counted up to 10,001; undefined when they cannot be counted. */
  readonly rows: number | undefined;
}

/** Of these losses those that would destroy something: nothing is lost with a table that is empty or not there yet. */
export async function countLosses(connection: Connection, losses: readonly Loss[]): Promise<readonly CountedLoss[]> {
  const counted: CountedLoss[] = [];
  for (const loss of losses) {
    const rows = await countRows(connection, loss);
    if (rows !== 0) counted.push({ ...loss, rows });
  }
  return counted;
}

/** What a revision destroys, and what of it was agreed to. */
export interface Asked {
  readonly revision: string;
  readonly losses: readonly Loss[];
  readonly allowed: readonly string[];
}

/** @throws {ConsentNeeded} naming everything that would be destroyed and was not agreed to. */
export async function requireConsent(connection: Connection, asked: readonly Asked[]): Promise<void> {
  const open: RevisionLosses[] = [];
  for (const { revision, losses, allowed } of asked) {
    const counted = await countLosses(
      connection,
      losses.filter(({ object }) => !allowed.includes(object)),
    );
    if (counted.length > 0) open.push({ revision, losses: counted });
  }
  if (open.length > 0) throw new ConsentNeeded(open);
}

async function countRows(connection: Connection, { table, column, change }: Loss): Promise<number | undefined> {
  if (table === undefined) return undefined;
  const name = quoteQualified(table);
  const { rows: found } = await connection.query(
    `select has_table_privilege(c.oid, 'select') and not row_security_active(c.oid),
            format_type(a.atttypid, a.atttypmod), a.attgenerated <> ''
     from pg_class c left join pg_attribute a on a.attrelid = c.oid and a.attname = $2
     where c.oid = to_regclass($1)`,
    [name, column ?? null],
  );
  const [isCountable, type, isGenerated] = (found[0] ?? []) as [boolean?, (string | null)?, (boolean | null)?];
  if (isCountable === undefined || (column !== undefined && type === null)) return 0;
  if (change === undefined && isGenerated === true) return 0; // it can be had again from the others
  if (change !== undefined && !canLose(type ?? undefined, change.to, change.using, column)) return 0;
  if (!isCountable) return undefined;
  const held = column === undefined ? "" : `where ${quoteName(column)} is not null`;
  const { rows } = await connection.query(
    `select count(*)::int from (select from ${name} ${held} limit ${COUNTED + 1}) counted`,
  );
  return rows[0]![0] as number;
}
