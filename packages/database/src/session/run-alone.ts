import type { Result, Step } from "../connection/flight.ts";
import type { Source } from "../query/query.ts";
import { autocommit, type Lender, usable } from "./autocommit.ts";
import type { PlainTables } from "./plain-tables.ts";

/**
 * Runs one statement as a transaction of its own, and asks along with it what is due to be asked about the tables it reads.
 *
 * @param reads what it reads, when it may be known to do nothing else; it may be sent again when the tables are plain.
 * @throws like `autocommit`; what makes its rows unusable.
 */
export async function runAlone(
  context: Lender & { readonly tables: PlainTables },
  step: Step,
  reads: readonly Source[] | undefined,
  signal: AbortSignal | undefined,
): Promise<Result> {
  const { tables } = context;
  const question = reads === undefined ? undefined : tables.ask(reads);
  const onlyReads = reads !== undefined && tables.arePlain(reads);
  const steps = question === undefined ? [step] : [step, ...question.steps];
  const [result, ...answers] = await autocommit(context, steps, onlyReads, signal);
  question?.learn(answers);
  return usable(result!);
}
