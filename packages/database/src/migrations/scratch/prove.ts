import type { Connection } from "../../connection/connection.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { reflect } from "../catalog/reflect.ts";
import { type Call, perform } from "../compare/call.ts";
import { compare } from "../compare/compare.ts";
import { detected } from "../compare/detected.ts";
import { inline } from "../operations/literal.ts";
import type { Operations } from "../operations/operations.ts";
import { record } from "../operations/record.ts";
import type { OpenScratch } from "./scratch.ts";

/** A statement of an operation was refused in a scratch database. */
export class StepRefused extends Error {
  /** `createTable users`. */
  readonly step: string;
  declare readonly cause: Error;

  constructor(step: string, cause: Error) {
    super(cause.message, { cause });
    this.step = step;
  }
}

/** Runs what operations record. @throws {StepRefused} */
export async function run(
  connection: Connection,
  describe: (op: Operations) => void,
  signal?: AbortSignal,
): Promise<void> {
  await connection.query("begin");
  for (const step of record(describe)) {
    if (step.kind !== "sql") throw new Error("unreachable: no comparison changes data");
    try {
      await connection.query(inline(step.statement), [], signal);
    } catch (error) {
      signal?.throwIfAborted();
      throw new StepRefused(step.title, error as Error);
    }
  }
  await connection.query("commit");
}

/**
 * Runs both directions on an empty database that is first made what the live one is, and looks after each whether it has
 * come to what it should.
 *
 * @returns what has not been as it should, a sentence for each; none: it is proven.
 */
export async function prove(
  open: OpenScratch,
  { from, to, up, down }: { from: Catalog; to: Catalog; up: readonly Call[]; down: readonly Call[] },
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const scratch = await open();
  const schemas = [...new Set([...from.schemas, ...to.schemas].map(({ name }) => name))];
  const { defaultSchema } = from;
  const look = (): Promise<Catalog> => reflect(scratch, { defaultSchema, schemas, signal });
  const reach = async (what: string, calls: readonly Call[], goal: Catalog): Promise<readonly string[]> => {
    try {
      await run(scratch, perform(calls), signal);
    } catch (error) {
      if (!(error instanceof StepRefused)) throw error;
      return [`${what}, PostgreSQL refuses ${error.step}: ${error.message}`];
    }
    const left = compare(await look(), goal).filter(({ method }) => !method.endsWith("Schema"));
    return detected(left).map((line) => `${what}, this is left: ${line}`);
  };
  const stages = [
    ["When what the database holds is made again", compare(await look(), from), from],
    ["When the upgrade is run", up, to],
    ["When the downgrade is run", down, from],
  ] as const;
  for (const [what, calls, goal] of stages) {
    const problems = await reach(what, calls, goal);
    if (problems.length > 0) return problems;
  }
  return [];
}
