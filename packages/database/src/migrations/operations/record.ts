import { DefinitionError } from "../../errors.ts";
import type { Operations } from "./operations.ts";
import { RENDER, type Statement } from "./render.ts";

/**
 * Runs a revision's `upgrade` or `downgrade` and returns the statements it recorded; nothing is sent.
 *
 * @throws {DefinitionError} when the function is async, or an operation contradicts itself.
 */
export function record(describe: (op: Operations) => unknown): readonly Statement[] {
  const statements: Statement[] = [];
  const recorders = Object.entries(RENDER).map(([name, render]) => [
    name,
    (...given: readonly unknown[]): void => {
      statements.push((render as (...given: readonly unknown[]) => Statement)(...given));
    },
  ]);
  const returned = describe(Object.fromEntries(recorders) as Operations);
  if (returned instanceof Promise) {
    returned.catch(() => {}); // it is refused for being a promise; how it ends does not matter any more
    throw new DefinitionError("It is async, but it only records operations, which run after it has returned.");
  }
  return statements;
}
