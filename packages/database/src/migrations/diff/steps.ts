import type { Connection } from "../../connection/connection.ts";
import { type Call, perform } from "../compare/call.ts";
import { factsOf } from "../locks/facts.ts";
import type { LockMode } from "../locks/lock-mode.ts";
import { readSurroundings } from "../locks/read-surroundings.ts";
import { knownTable, tableKey } from "../locks/surroundings.ts";
import { partsOf } from "../operations/identifier.ts";
import { inline } from "../operations/literal.ts";
import { record } from "../operations/record.ts";

/** A statement of a plan, and what is to be known of it. */
export interface DiffStep {
  readonly sql: string;
  /** Whether PostgreSQL takes it in a transaction. */
  readonly transactional: boolean;
  /** The strongest lock that it takes on a table that is there already; null: none. */
  readonly lock: LockMode | null;
  /** Whether a table is written anew, row by row. */
  readonly rewrites: boolean;
  /** Whether data are lost if there are any. */
  readonly destructive: boolean;
  /** What is lost: `users.name: drops the column`. */
  readonly losses: readonly string[];
}

/** The statements of calls that run in a database, one after another. */
export async function stepsOf(calls: readonly Call[], connection: Connection): Promise<readonly DiffStep[]> {
  if (calls.length === 0) return [];
  const surroundings = await readSurroundings(connection);
  const tables = { ...surroundings.tables };
  return calls.flatMap((call) => {
    const steps = record(perform([call])).map((step): DiffStep => {
      if (step.kind !== "sql") throw new Error("unreachable: no comparison changes data");
      const sql = inline(step.statement);
      const { transactional, lock = null, rewrites } = factsOf(sql, { ...surroundings, tables });
      const losses = step.losses
        .filter(({ unlikely }) => unlikely !== true)
        .map(({ object, reason }) => `${object}: ${reason}`);
      return {
        sql,
        transactional: transactional && step.recovery === undefined,
        lock,
        rewrites: rewrites.length > 0,
        destructive: losses.length > 0,
        losses,
      };
    });
    if (call.method === "createTable") tables[tableKey(partsOf(call.arguments[0]))] = knownTable({ isNew: true });
    return steps;
  });
}
