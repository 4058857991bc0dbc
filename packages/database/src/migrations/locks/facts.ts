import { recoveryOf } from "../operations/recovery-of.ts";
import { Words } from "../operations/words.ts";
import { alterTable } from "./alter-table.ts";
import { create } from "./create.ts";
import { changeData } from "./data.ts";
import { drop } from "./drop.ts";
import { type Facts, Findings } from "./findings.ts";
import { alterOther, maintain } from "./other.ts";
import type { Surroundings } from "./surroundings.ts";

export type { Facts, TableLock, Unknown } from "./findings.ts";

/**
 * What one statement locks, writes anew and reads, as far as its text and what is known of the database tell; measured on
 * PostgreSQL 16. What they do not tell is in `unknown`.
 *
 * @param surroundings what is known; default nothing but PostgreSQL itself.
 */
export function factsOf(sql: string, surroundings: Surroundings = {}): Facts {
  const findings = new Findings(surroundings);
  findings.transactional = isTransactional(sql);
  const words = new Words(sql);
  const reads = [alterTableIn, create, drop, alterOther, maintain, changeData];
  if (!reads.some((read) => read(words, findings))) findings.unsure("locks", "rewrites", "scans", "rebuilds");
  return findings.facts();
}

function alterTableIn(words: Words, findings: Findings): boolean {
  if (!words.take("alter", "table")) return false;
  alterTable(words, findings);
  return true;
}

/** What PostgreSQL refuses in a transaction and a revision may hold (PreventInTransactionBlock). */
function isTransactional(sql: string): boolean {
  const words = new Words(sql);
  const isMade = words.take("create");
  if ((isMade || words.take("drop")) && ["database", "tablespace", "subscription"].some((word) => words.is(word)))
    return false;
  words.take("unique");
  if (isMade && words.take("index")) return !words.is("concurrently"); // of which recovery would want to know the name
  return recoveryOf(sql) === undefined;
}
