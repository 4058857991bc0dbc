import type { Call } from "../compare/call.ts";
import { callText } from "./typescript.ts";

/** Columns of a statement in a function. */
const INDENT = 2;

/**
 * The statements of an `upgrade` or a `downgrade`, without the indentation of its first line's block.
 *
 * @param remarks for each call lines that stand above it.
 */
export function bodyOf(calls: readonly Call[], remarks: readonly (readonly string[])[] = []): string {
  return calls
    .map(({ method, arguments: given }, index) => {
      const comments = (remarks[index] ?? []).map((line) => `// ${line.replace(/\s+/g, " ")}\n`);
      const text = callText(`op.${method}`, given, INDENT).replace(/\n {2}/g, "\n");
      return comments.join("") + text;
    })
    .join("\n");
}
