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

/**
 * Runs what operations record, but changes of data: a scratch database has none.
 *
 * @param isStepwise whether each step is a transaction of its own; default: all are one.
 * @throws {StepRefused}
 */
export async function run(
  connection: Connection,
  describe: (op: Operations) => void,
  signal?: AbortSignal,
  isStepwise = false,
): Promise<void> {
  if (!isStepwise) await connection.query("begin");
  for (const step of record(describe)) {
    if (step.kind !== "sql") continue;
    try {
      await connection.query(inline(step.statement), [], signal);
    } catch (error) {
      signal?.throwIfAborted();
      throw new StepRefused(step.title, error as Error);
    }
  }
  if (!isStepwise) await connection.query("commit");
}

export interface Proof {
  readonly from: Catalog;
  readonly to: Catalog;
  readonly up: readonly Call[];
  readonly down: readonly Call[];
  /** Whether their steps are transactions of their own; default false. */
  readonly isStepwise?: boolean;
  /** The schemas to look at. */
  readonly schemas: readonly string[];
  /** All that the live database has, where `from` leaves something out; default `from`. */
  readonly whole?: Catalog;
  /** What a catalog is compared without; default nothing. */
  readonly filter?: (catalog: Catalog) => Catalog;
}

/**
 * Runs both directions on an empty database that is first made what the live one is, and looks after each whether it has
 * come to what it should.
 *
 * @returns what has not been as it should, a sentence for each; none: it is proven.
 */
export async function prove(open: OpenScratch, proof: Proof, signal?: AbortSignal): Promise<readonly string[]> {
  const { from, to, up, down, isStepwise, schemas, whole = from, filter = (catalog) => catalog } = proof;
  const scratch = await open();
  const look = (): Promise<Catalog> => reflect(scratch, { defaultSchema: from.defaultSchema, schemas, signal });
  const reach = async (what: string, calls: readonly Call[], goal: Catalog): Promise<readonly string[]> => {
    try {
      await run(scratch, perform(calls), signal, isStepwise);
    } catch (error) {
      if (!(error instanceof StepRefused)) throw error;
      return [`${what}, PostgreSQL refuses ${error.step}: ${error.message}`];
    }
    const is = await look();
    const left = compare(goal === whole ? is : filter(is), goal).filter(({ method }) => !method.endsWith("Schema"));
    return detected(left).map((line) => `${what}, this is left: ${line}`);
  };
  const stages = [
    ["When what the database holds is made again", compare(await look(), whole), whole],
    ["When the upgrade is run", up, to],
    ["When the downgrade is run", down, from],
  ] as const;
  for (const [what, calls, goal] of stages) {
    const problems = await reach(what, calls, goal);
    if (problems.length > 0) return problems;
  }
  return [];
}
