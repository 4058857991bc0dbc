import type { Connection } from "../../connection/connection.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { reflect } from "../catalog/reflect.ts";
import { type Call, perform } from "../compare/call.ts";
import { compare } from "../compare/compare.ts";
import { detected } from "../compare/detected.ts";
import { Side } from "../compare/node.ts";
import { withoutOwners } from "../compare/owners.ts";
import { inline } from "../operations/literal.ts";
import type { Operations } from "../operations/operations.ts";
import { record } from "../operations/record.ts";
import { becauseOfAge } from "../operations/server-age.ts";
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
      throw new StepRefused(step.title, await becauseOfAge(connection, step.statement.text, error as Error));
    }
  }
  if (!isStepwise) await connection.query("commit");
}

type Calls = readonly Call[];

export interface Proof {
  readonly from: Catalog;
  readonly to: Catalog;
  readonly up: readonly Call[];
  readonly down: readonly Call[];
  /** Whether their steps are transactions of their own; default false. */
  readonly isStepwise?: boolean;
  /** All that the live database has, where `from` leaves something out; default `from`. */
  readonly whole?: Catalog;
  /**
   * `to` once more, as it takes over what is there after the upgrade: what makes way for a change is written by PostgreSQL in
   * other words afterwards. Default: `to` speaks of all.
   */
  readonly adopt?: ((is: Catalog) => Catalog) | undefined;
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
  const { isStepwise, adopt, filter = (catalog) => catalog } = proof;
  const [from, to, whole] = [comparable(proof.from), comparable(proof.to), comparable(proof.whole ?? proof.from)];
  const ownerless = (calls: Calls): Calls => calls.filter(({ method }) => method !== "setOwner");
  const [up, down] = [ownerless(proof.up), ownerless(proof.down)];
  const scratch = await open();
  const look = async (): Promise<Catalog> =>
    reflect(scratch, { defaultSchema: from.defaultSchema, signal }).then(comparable);
  const reach = async (
    what: string,
    calls: Calls,
    wanted: Catalog,
    goalOf = same(wanted),
  ): Promise<readonly string[]> => {
    try {
      await run(scratch, perform(calls), signal, isStepwise);
    } catch (error) {
      if (!(error instanceof StepRefused)) throw error;
      return [`${what}, PostgreSQL refuses ${error.step}: ${error.message}`];
    }
    const found = await look();
    const is = wanted === whole ? found : filter(found);
    const left = compare(is, goalOf(is)).filter(({ method }) => !method.endsWith("Schema"));
    return [
      ...detected(left).map((line) => `${what}, this is left: ${line}`),
      ...missing(is, wanted).map((key) => `${what}, this is gone: ${key}`),
    ];
  };
  const made = await reach("When what the database holds is made again", compare(await look(), whole), whole);
  if (made.length > 0) return made;
  const settled = adopt && ((is: Catalog): Catalog => comparable(adopt(is)));
  const upgraded = await reach("When the upgrade is run", up, to, settled);
  return upgraded.length > 0 ? upgraded : reach("When the downgrade is run", down, from);
}

/**
 * Who owns what is not for the role that makes scratch databases to say, and what nobody knows how to make is not there.
 */
function comparable(catalog: Catalog): Catalog {
  return { ...withoutOwners(catalog), others: catalog.others.filter(({ create }) => create !== undefined) };
}

function same(catalog: Catalog): (is: Catalog) => Catalog {
  return () => catalog;
}

function missing(is: Catalog, goal: Catalog): readonly string[] {
  const there = new Side(is).nodes;
  return [...new Side(goal).nodes.keys()].filter((key) => !there.has(key));
}
