import { type ConnectOptions, connect } from "../connection/connect.ts";
import { normalisePlan, parameterCount } from "./normalise.ts";

/** Seconds for all of it. */
const PATIENCE = 5;

/**
 * The generic plan of a statement: for whatever parameters (PostgreSQL, PREPARE). Runs nothing, on a connection of its
 * own, which reads only, waits for no lock, and is closed again.
 *
 * By EXPLAIN EXECUTE: the option GENERIC_PLAN says the same in the simple protocol, but in the extended one, which is
 * spoken here, its parameters have to be bound, and it plans with what they are bound to.
 *
 * @throws what connecting throws, and what the server has against it.
 */
export async function genericPlan(target: ConnectOptions, text: string): Promise<string> {
  const connection = await connect({
    ...target,
    applicationName: "hypertroq explain",
    connectTimeout: PATIENCE,
    statementTimeout: PATIENCE,
    lockTimeout: 0.1,
    serverSettings: {
      ...target.serverSettings,
      default_transaction_read_only: "on",
      plan_cache_mode: "force_generic_plan",
    },
  });
  try {
    const count = parameterCount(text);
    const parameters = count === 0 ? "" : `(${new Array(count).fill("null").join(", ")})`;
    const { results, failure } = await connection.fly([
      { text: `prepare explained as ${text}`, values: [], once: true },
      { text: `explain execute explained${parameters}`, values: [], once: true },
    ]);
    if (failure !== undefined) throw failure;
    return normalisePlan(results[1]!.rows.map(([line]) => String(line)).join("\n"));
  } finally {
    await connection.close();
  }
}
