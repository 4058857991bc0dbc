import type { Connection } from "../../connection/connection.ts";
import { StatementFailed } from "../../errors.ts";
import { ServerTooOld } from "../errors.ts";

/** What operations have a word for and an older server that is supported does not know (PostgreSQL, "Release Notes"). */
const NEWER: readonly (readonly [words: RegExp, what: string, since: number])[] = [
  [/\bnulls not distinct\b/i, "NULLS NOT DISTINCT", 15],
  [/\bon delete set (?:null|default) \(/i, "ON DELETE SET NULL or DEFAULT with a list of columns", 15],
  [/\bsecurity_invoker\b/i, "security_invoker", 15],
];

/**
 * Why a server has refused a statement, where that is its age; else the refusal itself. A transaction that is open, and has
 * failed, is rolled back.
 */
export async function becauseOfAge(connection: Connection, text: string, refusal: Error): Promise<Error> {
  const isRefused = refusal instanceof StatementFailed && ["42601", "22023"].includes(refusal.sqlState);
  const [, what, since] = NEWER.find(([words]) => isRefused && words.test(text)) ?? [];
  if (what === undefined || since === undefined) return refusal;
  try {
    await connection.query("rollback");
    const { rows } = await connection.query("select current_setting('server_version_num')::int");
    const is = Math.floor((rows[0]![0] as number) / 10_000);
    return is < since ? new ServerTooOld(what, since, is, refusal) : refusal;
  } catch {
    return refusal; // the connection is gone, and that is said by whoever needs it next
  }
}
