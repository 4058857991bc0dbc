import type { Connection } from "../../connection/connection.ts";
import { StatementFailed } from "../../errors.ts";
import { type Call, perform } from "../compare/call.ts";
import { countOf } from "../errors/run.ts";
import { type Name, partsOf, quoteName, quoteQualified, showName } from "../operations/identifier.ts";
import { literal } from "../operations/literal.ts";
import { record } from "../operations/record.ts";
import type { Loss } from "../operations/step.ts";

/**
 * What is to be known of each call beyond what it says: the rows that it destroys or that stand in its way, as the database
 * is now. What a downgrade destroys is not there yet: then it is the rows of its table that are told, and no consent is named,
 * because a downgrade asks for none.
 *
 * @returns for each call lines for people, mostly none.
 */
export async function remarksOn(
  calls: readonly Call[],
  direction: "up" | "down",
  live: Connection,
  signal?: AbortSignal,
): Promise<readonly (readonly string[])[]> {
  const ask = async (sql: string): Promise<number | undefined> => {
    try {
      const { rows } = await live.query(`select count(*)::int8::text ${sql}`, [], signal);
      return Number(rows[0]![0]);
    } catch (error) {
      // Who may read the catalog need not be allowed to read the rows; and what comes first is not there yet.
      if (error instanceof StatementFailed && UNCOUNTED.includes(error.sqlState)) return undefined;
      throw error;
    }
  };
  const remarks: string[][] = [];
  for (const [index, call] of calls.entries()) {
    const losses = record(perform([call])).flatMap((step) => step.losses);
    const lines: string[] = [];
    for (const loss of losses.filter(({ unlikely }) => unlikely !== true)) {
      lines.push(await (direction === "up" ? lossRemark(loss, call, ask) : lossOnTheWayBack(loss, ask)));
    }
    lines.push(...(await emptyRemark(call, ask)));
    remarks[index] = lines;
  }
  return remarks;
}

/** How a remark begins that says why an upgrade would fail. */
export const OBSTACLE = "Fails as it is:";

/** insufficient_privilege, undefined_table, undefined_column, invalid_schema_name (PostgreSQL, "Error Codes"). */
const UNCOUNTED: readonly (string | undefined)[] = ["42501", "42P01", "42703", "3F000"];

type Count = (sql: string) => Promise<number | undefined>;

async function lossRemark({ object, reason, table, column }: Loss, call: Call, count: Count): Promise<string> {
  const rows = table === undefined ? await countValue(object, call, count) : await count(rowsOf(table, column));
  const told =
    rows === undefined ? "rows not counted" : `${countOf(rows)}${column === undefined ? "" : " with a value"}`;
  // Where the table is empty nobody is asked.
  const consent = rows === 0 && table !== undefined ? "" : `; applied with --allow-drop ${object}`;
  return `${object}: ${reason} (${told})${consent}`;
}

async function lossOnTheWayBack({ object, reason, table, column }: Loss, count: Count): Promise<string> {
  const filled = table === undefined || column === undefined ? undefined : await count(rowsOf(table, column));
  const rows = filled ?? (table === undefined ? undefined : await count(rowsOf(table, undefined)));
  const told = rows === undefined ? "the rows that are there then" : `now ${countOf(rows)}`;
  return `${object}: ${reason} (${told}${filled === undefined ? "" : " with a value"})`;
}

function rowsOf(table: Name, column: string | undefined): string {
  return `from ${quoteQualified(table)}${column === undefined ? "" : ` where ${quoteName(column)} is not null`}`;
}

/** Rows of all columns of an enum that have a value of it. */
async function countValue(object: string, call: Call, count: Count): Promise<number | undefined> {
  if (call.method !== "replaceEnum") return undefined;
  const [name, , { columns }] = call.arguments;
  const value = object.slice(showName(name).length + 1);
  let sum = 0;
  for (const given of columns) {
    const { column: path, type } = typeof given === "string" ? { column: given, type: undefined } : given;
    const parts = partsOf(path);
    const column = quoteName(parts.at(-1)!);
    const has =
      type === undefined ? `${column}::text = ${literal(value)}` : `${literal(value)} = any (${column}::text[])`;
    const rows = await count(`from ${quoteQualified(parts.slice(0, -1))} where ${has}`);
    if (rows === undefined) return undefined;
    sum += rows;
  }
  return sum;
}

/** Rows that would have no value where one is needed. */
async function emptyRemark(call: Call, count: Count): Promise<readonly string[]> {
  if (call.method === "addColumn") {
    const [table, , { nullable, default: fallback, identity, generated, type }] = call.arguments;
    if (nullable === true || type.endsWith("serial")) return [];
    if ([fallback, identity, generated].some((source) => source !== undefined)) return [];
    const rows = await count(rowsOf(table, undefined));
    if (!rows) return [];
    return [
      `${OBSTACLE} ${countOf(rows)} of ${showName(table)} would have no value. Give it a default, or fill it first.`,
    ];
  }
  if (call.method !== "alterColumn") return [];
  const [table, column, { nullable }] = call.arguments;
  if (nullable !== false) return [];
  const rows = await count(`from ${quoteQualified(table)} where ${quoteName(column)} is null`);
  return rows ? [`${OBSTACLE} ${countOf(rows)} of ${showName(table)} have no value in ${column}. Fill it first.`] : [];
}
