import { type Call, perform } from "../compare/call.ts";
import type { Operations } from "../operations/operations.ts";
import { reverseOf } from "../operations/reverse-of.ts";

/** The calls that take back other calls, last first. @throws {IrreversibleOperation} */
export function reverseCalls(calls: readonly Call[]): readonly Call[] {
  const reversed: Call[] = [];
  const take = new Proxy({} as Operations, {
    get:
      (_, method) =>
      (...given: readonly unknown[]) =>
        reversed.push({ method, arguments: given } as unknown as Call),
  });
  reverseOf(perform(calls))(take);
  return reversed;
}
