import { randomBytes } from "node:crypto";
import { type ConnectOptions, connect } from "../connection/connect.ts";
import type { Step } from "../connection/flight.ts";
import { normalisePlan, parameterCount } from "./normalise.ts";
import { readOnly } from "./read-only.ts";

/** Seconds for connecting, and for the rest. */
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
  const connection = await connect({ ...target, applicationName: "hypertroq explain", connectTimeout: PATIENCE });
  try {
    const name = `hypertroq_${randomBytes(6).toString("hex")}`;
    const count = parameterCount(text);
    const parameters = count === 0 ? "" : `(${new Array(count).fill("null").join(", ")})`;
    const results = await readOnly(
      connection,
      [once(`prepare ${name} as ${text}`), once(`explain execute ${name}${parameters}`)],
      {
        statementTimeout: PATIENCE,
        lockTimeout: 0.1,
        settings: { plan_cache_mode: "force_generic_plan" },
        undo: once(`deallocate ${name}`),
      },
    );
    return normalisePlan(results[1]!.rows.map(([line]) => String(line)).join("\n"));
  } finally {
    await connection.close();
  }
}

function once(text: string): Step {
  return { text, values: [], once: true };
}
