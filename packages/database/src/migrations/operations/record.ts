import { DefinitionError } from "../../errors.ts";
import type { Operations } from "./operations.ts";
import { RENDER } from "./render.ts";
import type { RecordedStep, Statement } from "./step.ts";

/**
 * Runs a revision's `upgrade` or `downgrade` and returns the steps it recorded; nothing is sent.
 *
 * @throws {DefinitionError} when the function is async, or an operation contradicts itself.
 */
export function record(describe: (op: Operations) => unknown): readonly RecordedStep[] {
  const steps: RecordedStep[] = [];
  const recorders = Object.entries(RENDER).map(([name, render]): [string, unknown] => [
    name,
    (...given: readonly unknown[]): void => {
      const statement = (render as (...given: readonly unknown[]) => Statement)(...given);
      const title = [name, given[0]].join(" ");
      steps.push({
        kind: "sql",
        operation: name,
        title,
        losses: [],
        reverse: undefined,
        statement,
        recovery: undefined,
      });
    },
  ]);
  const returned = describe(Object.fromEntries(recorders) as unknown as Operations);
  if (returned instanceof Promise) {
    returned.catch(() => {}); // it is refused for being a promise; how it ends does not matter any more
    throw new DefinitionError("It is async, but it only records operations, which run after it has returned.");
  }
  return steps;
}
