import { IrreversibleOperation } from "../errors.ts";
import type { Operations } from "./operations.ts";
import { record } from "./record.ts";

/**
 * A downgrade that takes back what an upgrade does, last first: `export const downgrade = reverseOf(upgrade)`.
 *
 * @throws {IrreversibleOperation} when the downgrade is recorded, naming the operations that nothing takes back.
 */
export function reverseOf(describe: (op: Operations) => void): (op: Operations) => void {
  return (op) => {
    const steps = record(describe);
    const irreversible = steps.filter(({ reverse }) => reverse === undefined);
    if (irreversible.length > 0) throw new IrreversibleOperation(irreversible.map(({ title }) => title));
    for (const { reverse } of steps.toReversed()) reverse!(op);
  };
}
